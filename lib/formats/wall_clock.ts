import { secondsOfDate } from "./scan.ts";

/**
 * Seconds of a date and time of day written as `MM-DD-YYYY HH:MM:SS[.fff]`, `YYYY-MM-DD HH:MM:SS`,
 * `YYYY/MM/DD` or with a `T` between. No zone is applied.
 *
 * @param text The date and time.
 * @return Seconds since 1970-01-01T00:00:00 of the same wall clock; NaN when it is neither.
 */
export function wallClockS(text: string): number {
  const match =
    /^(?:(\d\d)-(\d\d)-(\d{4})|(\d{4})[-/](\d\d)[-/](\d\d))[ T](\d\d):(\d\d):(\d\d)(\.\d+)?$/
      .exec(text);
  if (match === null) return NaN;
  const dateS = match[3] === undefined
    ? secondsOfDate(Number(match[4]), Number(match[5]), Number(match[6]))
    : secondsOfDate(Number(match[3]), Number(match[1]), Number(match[2]));
  const [hour, minute, second] = [Number(match[7]), Number(match[8]), Number(match[9])];
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  return dateS + hour * 3600 + minute * 60 + second + Number(`0${match[10] ?? ""}`);
}

/** A moment written in ISO 8601. */
export interface IsoTime {
  /** Seconds; since the epoch when `zoned`, else of the wall clock. */
  readonly timeS: number;
  /** Whether the text says its zone. */
  readonly zoned: boolean;
}

/**
 * A moment written in ISO 8601, with any number of fractional digits and with or without a zone.
 *
 * @param text The moment.
 * @return Its seconds; null when it is not such a text.
 */
export function isoTime(text: string): IsoTime | null {
  const match = /^(.*?\d)\s*(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(text.trim());
  if (match === null || /^\d\d-\d\d-/.test(text)) return null;
  const timeS = wallClockS(match[1]!);
  if (Number.isNaN(timeS)) return null;
  const zone = match[2];
  if (zone === undefined) return { timeS, zoned: false };
  if (zone === "Z" || zone === "UTC") return { timeS, zoned: true };
  const offsetS = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60;
  return { timeS: zone[0] === "-" ? timeS + offsetS : timeS - offsetS, zoned: true };
}
