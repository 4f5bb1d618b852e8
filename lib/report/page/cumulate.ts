/** Energy of a trace, in the page. */

/**
 * Energy from the first reading up to each, in joules, as `createIntegrator` has it: readings of power
 * joined by straight lines, mean powers times their step; a step that is too long, or without a
 * power, adds nothing.
 *
 * @param timeS Times of the readings, in seconds.
 * @param powerW Power at each, or mean power up to each.
 * @param shape Which of the two.
 * @param maxGapS Longest step that counts, in seconds.
 * @return Joules, as long as the trace.
 */
export function cumulate(
  timeS: Float64Array,
  powerW: Float64Array,
  shape: "line" | "step",
  maxGapS: number,
): Float64Array {
  const sums = new Float64Array(timeS.length);
  for (let i = 1; i < timeS.length; i++) {
    const step = timeS[i]! - timeS[i - 1]!;
    const meanW = shape === "line" ? (powerW[i - 1]! + powerW[i]!) / 2 : powerW[i]!;
    sums[i] = sums[i - 1]! + (step <= maxGapS && !Number.isNaN(meanW) ? step * meanW : 0);
  }
  return sums;
}

/** Index of the first time that is not before a moment. */
export function firstNotBefore(timeS: Float64Array, moment: number): number {
  let low = 0;
  let high = timeS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeS[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Energy up to a moment, in joules.
 *
 * @param timeS Times of the readings.
 * @param powerW Power, as in {@linkcode cumulate}.
 * @param sums What it gave.
 * @param shape Which kind of power.
 * @param maxGapS Longest step that counts, in seconds.
 * @param moment The moment, in seconds.
 * @return Joules since the first reading.
 */
export function energyUpTo(
  timeS: Float64Array,
  powerW: Float64Array,
  sums: Float64Array,
  shape: "line" | "step",
  maxGapS: number,
  moment: number,
): number {
  const next = firstNotBefore(timeS, moment);
  if (next === 0) return 0;
  if (next === timeS.length) return sums[next - 1]!;
  const before = timeS[next - 1]!;
  const step = timeS[next]! - before;
  const inside = moment - before;
  if (!(step <= maxGapS)) return sums[next - 1]!;
  if (shape === "step") {
    return sums[next - 1]! + (Number.isNaN(powerW[next]!) ? 0 : powerW[next]! * inside);
  }
  const slope = (powerW[next]! - powerW[next - 1]!) / step;
  return sums[next - 1]! + inside * (powerW[next - 1]! + slope * inside / 2);
}
