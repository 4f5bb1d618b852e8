/** A number to four significant digits, for messages. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** How far a number is from another, as a signed percentage. */
export function off(found: number, expected: number): string {
  const percent = 100 * (found / expected - 1);
  return Math.abs(percent) > 300
    ? `${short(found / expected)} times`
    : `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
