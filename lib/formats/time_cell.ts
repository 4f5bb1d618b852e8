import { parseNumber, parseTimeOfDay, secondsOfDate, secondsOfNanoseconds } from "./scan.ts";
import { isoTime } from "./wall_clock.ts";

/** Seconds of the time written in a range of bytes without spaces around it; NaN when there is none. */
export type TimeCell = (bytes: Uint8Array, from: number, to: number) => number;

const decoder = new TextDecoder();

/** A number of seconds, or of another unit when `perSecond` says how many make one. */
export function numberTime(perSecond = 1): TimeCell {
  return (bytes, from, to) => {
    // A double does not hold nanoseconds since the epoch.
    if (perSecond === 1e9 && to - from > 15) {
      for (let at = from; at < to; at++) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) return NaN;
      }
      return secondsOfNanoseconds(decoder.decode(bytes.subarray(from, to)));
    }
    return parseNumber(bytes, from, to) / perSecond;
  };
}

/**
 * A date and time in ISO 8601 or with slashes, without a zone. The part up to the minutes is the
 * same in most rows and is read once for all of them.
 */
export function wallTime(): TimeCell {
  const known = new Uint8Array(16);
  let minuteS = NaN;
  return (bytes, from, to) => {
    if (to - from < 19) return NaN;
    let same = true;
    for (let i = 15; i >= 0; i--) {
      if (bytes[from + i] !== known[i]) {
        same = false;
        break;
      }
    }
    if (!same) {
      const iso = isoTime(decoder.decode(bytes.subarray(from, from + 16)) + ":00");
      if (iso === null || iso.zoned) return NaN;
      known.set(bytes.subarray(from, from + 16));
      minuteS = iso.timeS;
    }
    const tens = bytes[from + 17]! - 48;
    const ones = bytes[from + 18]! - 48;
    if (bytes[from + 16] !== 58 || !(tens >= 0 && tens <= 6 && ones >= 0 && ones <= 9)) return NaN;
    let fraction = 0;
    let scale = 1;
    if (to - from > 19) {
      const point = bytes[from + 19];
      if ((point !== 46 && point !== 44) || to - from === 20) return NaN;
      for (let at = from + 20; at < to; at++) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) return NaN;
        // Digits beyond the nanosecond say nothing a double can hold.
        if (scale < 1e9) {
          fraction = fraction * 10 + digit;
          scale *= 10;
        }
      }
    }
    return minuteS + tens * 10 + ones + fraction / scale;
  };
}

/** A date and time with a zone, as seconds since the epoch. */
export function zonedTime(): TimeCell {
  return (bytes, from, to) => {
    const iso = isoTime(decoder.decode(bytes.subarray(from, to)));
    return iso === null || !iso.zoned ? NaN : iso.timeS;
  };
}

/**
 * A time of day such as `14:55:35:726`, on a date given once; hours, minutes and seconds may lack
 * their leading zero. A step back by more than half a day is midnight.
 *
 * @param dateS Seconds of the date's midnight.
 * @param fraction The byte before the fraction of a second.
 */
export function timeOfDay(dateS: number, fraction: number): TimeCell {
  let dayS = dateS;
  let lastS = -Infinity;
  return (bytes, from, to) => {
    const clockS = looseTimeOfDay(bytes, from, to, fraction);
    if (Number.isNaN(clockS)) return NaN;
    if (dayS + clockS < lastS - 43_200) dayS += 86_400;
    const timeS = dayS + clockS;
    if (timeS > lastS) lastS = timeS;
    return timeS;
  };
}

/** Seconds since midnight of `H:M:S` and a fraction. */
function looseTimeOfDay(bytes: Uint8Array, from: number, to: number, fraction: number): number {
  if ((to - from === 8 || to - from === 12) && bytes[from + 2] === 58 && bytes[from + 5] === 58) {
    const whole = parseTimeOfDay(bytes, from, to, fraction);
    if (!Number.isNaN(whole)) return whole;
  }
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:(.)(\d+))?$/.exec(
    decoder.decode(bytes.subarray(from, to)),
  );
  if (match === null || (match[4] ?? String.fromCharCode(fraction)).charCodeAt(0) !== fraction) {
    return NaN;
  }
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  // After a colon stands a count of milliseconds, after a point a decimal fraction.
  const rest = fraction === 58 ? Number(match[5] ?? "0") / 1000 : Number(`0.${match[5] ?? "0"}`);
  return hour * 3600 + minute * 60 + second + rest;
}

/** Dates written as `Thu May  2 16:40:54 2024`, as the C library's ctime has them. */
export function ctimeS(text: string): number {
  const match =
    /^\w{3} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/
      .exec(text.trim());
  if (match === null) return NaN;
  const [hour, minute, second] = [Number(match[3]), Number(match[4]), Number(match[5])];
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  return secondsOfDate(Number(match[6]), monthNumber(match[1]!), Number(match[2])) + hour * 3600 +
    minute * 60 + second;
}

/** Number from 1 of an English month's first three letters; NaN when it is none. */
export function monthNumber(name: string): number {
  const at = "JanFebMarAprMayJunJulAugSepOctNovDec".indexOf(name);
  return name.length === 3 && at % 3 === 0 ? at / 3 + 1 : NaN;
}
