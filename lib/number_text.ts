/**
 * Numbers as text: significant digits, SI prefixes, intervals.
 *
 * @module
 */

/** What stands for a value that is not there. */
export const missingText = "–";

/**
 * A number to a count of significant digits, thousands grouped, without an exponent between 1e-4 and
 * 1e15. Digits before the point are all shown: 123,456 to 3 digits is 123,456.
 *
 * @param value The number; NaN and null are shown as a dash.
 * @param digits Significant digits; default 3.
 * @return The text.
 *
 * @example
 * ```ts
 * import { formatNumber } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatNumber(0.031_62), "0.0316");
 * assert.equal(formatNumber(25.96, 3), "26.0");
 * assert.equal(formatNumber(1_234_567.8), "1,234,568");
 * assert.equal(formatNumber(NaN), "–");
 * ```
 */
export function formatNumber(value: number | null, digits = 3): string {
  if (value === null || Number.isNaN(value)) return missingText;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) return exponential(value, digits);
  return formatFixed(value, decimalsFor(value, digits));
}

/**
 * A number with a fixed count of decimals, thousands grouped.
 *
 * @param value The number; NaN and null are shown as a dash.
 * @param decimals Digits after the point, 0 to 20.
 * @return The text.
 *
 * @example
 * ```ts
 * import { formatFixed } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatFixed(-1234.5, 2), "−1,234.50");
 * ```
 */
export function formatFixed(value: number | null, decimals: number): string {
  if (value === null || Number.isNaN(value)) return missingText;
  const text = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = text.split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && Number(text) !== 0 ? "−" : "";
  return sign + grouped + (fraction === undefined ? "" : `.${fraction}`);
}

const prefixes = [
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
] as const;

/**
 * A quantity with the SI prefix that leaves one to three digits before the point.
 *
 * @param value The quantity in the unit; NaN and null are shown as a dash.
 * @param unit A unit that takes prefixes, such as `J` or `W`.
 * @param digits Significant digits; default 3.
 * @return The text.
 *
 * @example
 * ```ts
 * import { formatQuantity } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatQuantity(25_960, "J"), "26.0 kJ");
 * assert.equal(formatQuantity(0.000_42, "J", 2), "420 µJ");
 * ```
 */
export function formatQuantity(value: number | null, unit: string, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return formatNumber(value, digits);
  const [factor, prefix] = prefixOf(value, digits);
  return `${formatNumber(value / factor, digits)} ${prefix}${unit}`;
}

/**
 * A quantity with its interval in one unit: `26.0 ± 0.4 kJ` where the interval is as wide on both
 * sides, else `26.0 kJ (25.1 to 27.3)`. The interval sets the last digit: two digits of its width.
 *
 * @param value The estimate in the unit.
 * @param low Lower end of the interval.
 * @param high Upper end.
 * @param unit A unit that takes prefixes.
 * @return The text; without the interval where it is not known.
 *
 * @example
 * ```ts
 * import { formatInterval } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatInterval(26_000, 25_600, 26_400, "J"), "26.00 ± 0.40 kJ");
 * assert.equal(formatInterval(26_000, 25_100, 28_300, "J"), "26.0 kJ (25.1 to 28.3)");
 * assert.equal(formatInterval(26_000, NaN, NaN, "J"), "26.0 kJ");
 * ```
 */
export function formatInterval(
  value: number | null,
  low: number | null,
  high: number | null,
  unit: string,
): string {
  const bounded = value !== null && low !== null && high !== null &&
    [value, low, high].every(Number.isFinite) && high > low;
  if (!bounded) return formatQuantity(value, unit);
  const [factor, prefix] = prefixOf(Math.max(Math.abs(value), Math.abs(low), Math.abs(high)), 3);
  const decimals = Math.min(6, decimalsFor((high - low) / 2 / factor, 2));
  const text = (x: number) => formatFixed(x / factor, decimals);
  const [below, above] = [text(value - low), text(high - value)];
  return below === above
    ? `${text(value)} ± ${above} ${prefix}${unit}`
    : `${text(value)} ${prefix}${unit} (${text(low)} to ${text(high)})`;
}

function prefixOf(value: number, digits: number): readonly [number, string] {
  // Rounded first: 999.7 to 3 digits is 1.00 k.
  const size = Math.abs(Number(value.toPrecision(digits)));
  if (size === 0) return [1, ""];
  return prefixes.find(([factor]) => size >= factor) ?? prefixes.at(-1)!;
}

/** Decimals that show a count of significant digits; rounding up to a power of ten is minded. */
export function decimalsFor(value: number, digits: number): number {
  if (value === 0) return 0;
  const power = Number(Math.abs(value).toExponential(digits - 1).split("e")[1]);
  return Math.min(20, Math.max(0, digits - 1 - power));
}

/** A number with a power of ten. */
export function exponential(value: number, digits: number): string {
  const [mantissa, power] = Math.abs(value).toExponential(digits - 1).split("e");
  const sign = value < 0 ? "−" : "";
  return `${sign}${mantissa}e${power!.replace("+", "").replace("-", "−")}`;
}
