import { FITTED_COUNT } from "./features.ts";
import type { Fit } from "./fit.ts";

/** Of which kinds of cost an energy consists: parts that add up to 1, in the order of `FEATURES`. */
export type Composition = Float64Array;

/**
 * What the fitted model leaves out, as the standard deviation of each cost's logarithm. Real steps
 * are not a sum of separate costs: FLOPs cost more where units are saturated, bytes and FLOPs
 * overlap in time. Set on the serving generator (seeds 1 to 12, dense model), not on real data.
 */
const MODEL_DEVIATION = Float64Array.of(0.04, 0.07, 0.14, 0.01, 0.14);

/** Misfit of one-second means with nothing missing: sensors that see all of the time, or a part. */
const USUAL_MISFIT = { whole: 0.02, partial: 0.065 };

/**
 * How much more than usual the power strays from a fit.
 *
 * @param misfit Residual of the blocks, relative.
 * @param averagingS Averaging window of the sensor.
 * @param stepS Step between readings.
 * @return 1 or more.
 */
export function excessMisfit(misfit: number, averagingS: number, stepS: number): number {
  return Math.max(1, misfit / USUAL_MISFIT[isPartTime(averagingS, stepS) ? "partial" : "whole"]);
}

/** Whether a sensor sees only a part of the time between its readings. */
export function isPartTime(averagingS: number, stepS: number): boolean {
  return averagingS < 0.6 * stepS;
}

/**
 * Relative covariance of the fitted costs: that of the fit, what other weightings of the blocks
 * say, the effect of the clock's width, and what the model leaves out.
 *
 * @param fit The fit.
 * @param excess How much more than usual the power strays from the fit, 1 or more: what no costs
 *   explain is in the requests somewhere.
 * @param moved Costs with the clock moved by its width to either side; empty when not tried.
 * @return Row by row.
 */
export function costCovariance(
  fit: Fit,
  excess: number,
  moved: readonly Float64Array[],
): Float64Array {
  const n = FITTED_COUNT;
  const matrix = new Float64Array(n * n);
  const { costs } = fit;
  const relative = (other: Float64Array): Float64Array =>
    Float64Array.from(
      { length: n },
      (_, a) => costs[a]! > 0 ? (other[a]! - costs[a]!) / costs[a]! : 0,
    );
  const addOuter = (v: Float64Array, weight: number): void => {
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) matrix[a * n + b]! += weight * v[a]! * v[b]!;
    }
  };
  for (let a = 0; a < n; a++) {
    matrix[a * n + a]! += (excess * MODEL_DEVIATION[a]!) ** 2;
    for (let b = 0; b < n; b++) {
      if (!(costs[a]! > 0) || !(costs[b]! > 0)) continue;
      const fitted = fit.covariance[a * n + b]! / (costs[a]! * costs[b]!);
      if (Number.isFinite(fitted)) matrix[a * n + b]! += fitted;
    }
  }
  // The alternatives are of one trace, so their spread is a second look at the same doubt.
  for (const other of fit.alternatives) addOuter(relative(other), 0.25 / fit.alternatives.length);
  for (const other of moved) addOuter(relative(other), 1 / moved.length / 1.645 ** 2);
  return matrix;
}

/**
 * Relative variance of an energy when the sum of all is known: only costs that weigh more in it
 * than in the sum move it.
 *
 * @param covariance Relative covariance of the costs.
 * @param own Composition of the energy.
 * @param all Composition of the sum.
 * @return Variance of its logarithm.
 */
export function relativeVariance(
  covariance: Float64Array,
  own: Composition,
  all: Composition,
): number {
  const n = FITTED_COUNT;
  let variance = 0;
  for (let a = 0; a < n; a++) {
    const da = own[a]! - all[a]!;
    for (let b = 0; b < n; b++) variance += da * (own[b]! - all[b]!) * covariance[a * n + b]!;
  }
  return Math.max(0, variance);
}
