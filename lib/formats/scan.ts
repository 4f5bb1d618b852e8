/** Numbers and times straight from bytes, without making strings. */

const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
const decoder = new TextDecoder();

/**
 * The number written in a range of bytes; spaces around it are allowed, anything else is not.
 *
 * @param bytes The buffer.
 * @param from Index of its first byte.
 * @param to Index after its last byte.
 * @return The nearest double, as `Number(text)` gives it; NaN when it is not a decimal number.
 */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && bytes[from] === 32) from++;
  while (to > from && bytes[to - 1]! <= 32) to--;
  let at = from;
  let negative = false;
  if (at < to && (bytes[at] === 45 || bytes[at] === 43)) negative = bytes[at++] === 45;
  let mantissa = 0;
  let digits = 0;
  let decimals = 0;
  let byte = 0;
  for (; at < to; at++) {
    byte = bytes[at]! - 48;
    if (byte < 0 || byte > 9) break;
    mantissa = mantissa * 10 + byte;
    digits++;
  }
  if (at < to && bytes[at] === 46) {
    at++;
    for (; at < to; at++) {
      byte = bytes[at]! - 48;
      if (byte < 0 || byte > 9) break;
      mantissa = mantissa * 10 + byte;
      digits++;
      decimals++;
    }
  }
  if (digits === 0) return NaN;
  if (at === to && mantissa <= 9007199254740991 && decimals <= 22) {
    // Both operands are exact, so the one division rounds correctly.
    const value = mantissa / powersOfTen[decimals]!;
    return negative ? -value : value;
  }
  if (at < to && (bytes[at]! | 32) !== 101) return NaN;
  const text = decoder.decode(bytes.subarray(from, to));
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

/**
 * Seconds from 1970-01-01T00:00:00 to a date of the proleptic Gregorian calendar.
 *
 * @param year Year.
 * @param month Month from 1.
 * @param day Day of the month from 1.
 * @return Seconds; NaN when there is no such date.
 */
export function secondsOfDate(year: number, month: number, day: number): number {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return NaN;
  return Date.UTC(year, month - 1, day) / 1000;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return 30 + ((month + (month >> 3)) & 1);
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

/** Two digits at an index; NaN when they are not. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/**
 * Seconds since midnight of a time written as `HH:MM:SS`, with an optional decimal fraction.
 *
 * @param bytes The buffer.
 * @param from Index of its first byte.
 * @param to Index after its last byte.
 * @param fraction The byte before the fraction, by default a full stop.
 * @return Seconds; NaN when it is not such a time. A leap second is allowed.
 */
export function parseTimeOfDay(
  bytes: Uint8Array,
  from: number,
  to: number,
  fraction = 46,
): number {
  if (to - from < 8 || bytes[from + 2] !== 58 || bytes[from + 5] !== 58) return NaN;
  const hour = twoDigits(bytes, from);
  const minute = twoDigits(bytes, from + 3);
  const second = twoDigits(bytes, from + 6);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return NaN;
  let rest = 0;
  if (to - from > 8) {
    if (bytes[from + 8] !== fraction || to - from === 9) return NaN;
    let digits = 0;
    for (let at = from + 9; at < to; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return NaN;
      if (digits < 15) {
        rest = rest * 10 + digit;
        digits++;
      }
    }
    rest /= powersOfTen[digits]!;
  }
  return hour * 3600 + minute * 60 + second + rest;
}

/**
 * Seconds from a count of nanoseconds too long for a double, without first rounding it to one.
 *
 * @param digits Decimal digits of the count.
 * @return Seconds, correctly rounded to within one unit in the last place.
 *
 * @example
 * ```ts
 * import { secondsOfNanoseconds } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * assert.equal(secondsOfNanoseconds("1784415664368472832"), 1784415664.3684728);
 * ```
 */
export function secondsOfNanoseconds(digits: string): number {
  if (digits.length <= 15) return Number(digits) / 1e9;
  const cut = digits.length - 9;
  return Number(digits.slice(0, cut)) + Number(digits.slice(cut)) / 1e9;
}
