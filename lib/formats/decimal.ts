/** Powers of ten that a double holds exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);

const splitter = 2 ** 27 + 1;

/** Rounding error of `a * b`, exactly (Dekker 1971), given the rounded product. */
function productError(a: number, b: number, product: number): number {
  const ca = splitter * a;
  const aHigh = ca - (ca - a);
  const aLow = a - aHigh;
  const cb = splitter * b;
  const bHigh = cb - (cb - b);
  const bLow = b - bHigh;
  return aLow * bLow - (((product - aHigh * bHigh) - aLow * bHigh) - aHigh * bLow);
}

/**
 * The double nearest to `(high * 10^lowDigits + low) / 10^decimals`, computed in twice the working
 * precision. A shortest decimal of a double has up to 17 digits, more than an integer of 53 bits
 * takes, so that logs are full of numbers that one division would round twice.
 *
 * @param high Integer below 2^53.
 * @param low Integer below `10^lowDigits`.
 * @param lowDigits At most 7.
 * @param decimals At most 22.
 * @return The double; NaN when it lies so near to the middle of two that more digits must decide.
 */
export function longDecimal(
  high: number,
  low: number,
  lowDigits: number,
  decimals: number,
): number {
  const scale = powersOfTen[lowDigits]!;
  const product = high * scale;
  const rest = productError(high, scale, product) + low;
  const mantissa = product + rest;
  const mantissaLow = rest - (mantissa - product);
  const divisor = powersOfTen[decimals]!;
  const quotient = mantissa / divisor;
  const back = quotient * divisor;
  const remainder = (mantissa - back) - productError(quotient, divisor, back) + mantissaLow;
  const correction = remainder / divisor;
  const value = quotient + correction;
  const error = correction - (value - quotient);
  return value + error * (1 + 1e-6) === value ? value : NaN;
}
