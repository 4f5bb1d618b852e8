/** Time stamps as price files write them. */

/** A stamp, read as far as it goes. */
export interface Stamp {
  /** Milliseconds since 1970 of the wall clock that it shows. */
  readonly wallMs: number;
  /** Its offset from UTC, ms; null when it names none. */
  readonly offsetMs: number | null;
}

/** Order of day and month in dates with slashes. */
export type DateOrder = "day-first" | "month-first";

const zone = String.raw`\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?`;
const clock = String.raw`[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?`;
const iso = new RegExp(`^(\\d{4})([-/])(\\d{1,2})\\2(\\d{1,2})${clock}${zone}`);
const dotted = new RegExp(`^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})${clock}${zone}`);
const slashed = new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${clock}\\s*([AaPp][Mm])?${zone}`);
// The end of a range says nothing new: "01.01.2024 00:00 - 01.01.2024 01:00", a name in brackets neither.
const rest = /^\s*(?:[-–].*)?(?:\([^)]*\))?$/;

/**
 * Reads a stamp: ISO 8601 or with slashes, `DD.MM.YYYY HH:MM`, `D/M/YYYY` or `M/D/YYYY` with an optional AM
 * or PM, seconds or milliseconds since 1970; of a range the start.
 *
 * @param text The stamp.
 * @param order Order of day and month where slashes part them; null when it is not known.
 * @return The stamp; null when it is none, or cannot be told without the order.
 */
export function readStamp(text: string, order: DateOrder | null): Stamp | null {
  if (/^\d{10}(\.\d+)?$/.test(text)) return { wallMs: Number(text) * 1000, offsetMs: 0 };
  if (/^\d{13}$/.test(text)) return { wallMs: Number(text), offsetMs: 0 };
  let match = iso.exec(text);
  if (match !== null) {
    const [whole, year, , month, day, hour, minute, second, offset] = match;
    return stampOf(text, whole, [year, month, day, hour, minute, second], offset);
  }
  match = dotted.exec(text);
  if (match !== null) {
    const [whole, day, month, year, hour, minute, second, offset] = match;
    return stampOf(text, whole, [year, month, day, hour, minute, second], offset);
  }
  match = slashed.exec(text);
  if (match === null || order === null) return null;
  const [whole, a, b, year, hour, minute, second, half, offset] = match;
  const [day, month] = order === "day-first" ? [a, b] : [b, a];
  if (half === undefined) {
    return stampOf(text, whole, [year, month, day, hour, minute, second], offset);
  }
  if (Number(hour) < 1 || Number(hour) > 12) return null;
  const hour24 = Number(hour) % 12 + (half.toLowerCase() === "pm" ? 12 : 0);
  return stampOf(text, whole, [year, month, day, String(hour24), minute, second], offset);
}

/**
 * The order of day and month in dates with slashes: month first with AM or PM, else what a number above
 * 12 in any of them tells.
 *
 * @param stamps All stamps of a file.
 * @return The order; null when the stamps have no such dates or do not tell.
 */
export function dateOrderOf(stamps: Iterable<string>): DateOrder | null {
  let seen = false;
  for (const text of stamps) {
    const match = slashed.exec(text);
    if (match === null) {
      // The stamps of a file are alike: those that begin otherwise need no order.
      if (!seen && text !== "") return null;
      continue;
    }
    seen = true;
    if (match[7] !== undefined || Number(match[2]) > 12) return "month-first";
    if (Number(match[1]) > 12) return "day-first";
  }
  return null;
}

function stampOf(
  text: string,
  whole: string,
  parts: readonly (string | undefined)[],
  offset: string | undefined,
): Stamp | null {
  const [year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0));
  const wallMs = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!);
  const back = new Date(wallMs);
  const exists = back.getUTCMonth() === month! - 1 && back.getUTCDate() === day! && hour! < 24;
  if (!exists || minute! > 59 || second! > 59 || !rest.test(text.slice(whole.length))) return null;
  return { wallMs, offsetMs: offset === undefined ? null : offsetOf(offset) };
}

/** Milliseconds of an offset such as Z, +0100 or -05:00. */
export function offsetOf(text: string): number {
  if (!/^[+-]/.test(text)) return 0;
  const digits = text.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (text.startsWith("-") ? -1 : 1) * minutes * 60_000;
}
