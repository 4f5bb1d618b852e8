/** How good predictions are: the figures by which a predictor is judged. */

/** A prediction beside its measurement. */
export interface PredictedPair {
  /** Predicted value. */
  readonly predicted: number;
  /** Measured value. */
  readonly measured: number;
  /** Lower end of the interval, where there is one. */
  readonly low?: number;
  /** Upper end of the interval, where there is one. */
  readonly high?: number;
}

/** Accuracy over a set of pairs; NaN where there is nothing to count. */
export interface Accuracy {
  /** Number of pairs. */
  readonly count: number;
  /** Mean absolute percentage error, %. */
  readonly mape: number;
  /** Median absolute percentage error, %. */
  readonly mdape: number;
  /** Share of measurements inside their interval; NaN without intervals. */
  readonly coverage: number;
  /** Kendall's tau-b between predictions and measurements. */
  readonly kendallTau: number;
}

/**
 * Accuracy of predictions: mean and median of |predicted / measured - 1|, share inside the interval,
 * and Kendall's tau-b (Kendall, Biometrika 33, 1945), which only looks at the order.
 *
 * @param pairs Predictions beside measurements.
 * @return The figures.
 *
 * @example
 * ```ts
 * import { accuracy } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const a = accuracy([{ predicted: 11, measured: 10 }, { predicted: 19, measured: 20 }]);
 * assert.ok(Math.abs(a.mape - 7.5) < 1e-9);
 * assert.equal(a.kendallTau, 1);
 * ```
 */
export function accuracy(pairs: readonly PredictedPair[]): Accuracy {
  const errors = pairs.map(({ predicted, measured }) => 100 * Math.abs(predicted / measured - 1))
    .sort((a, b) => a - b);
  const bounded = pairs.filter(({ low, high }) => low !== undefined && high !== undefined);
  const inside = bounded.filter(({ measured, low, high }) => measured >= low! && measured <= high!);
  const middle = errors.length >> 1;
  return {
    count: pairs.length,
    mape: errors.reduce((sum, e) => sum + e, 0) / errors.length,
    mdape: errors.length === 0
      ? NaN
      : errors.length % 2 === 1
      ? errors[middle]!
      : (errors[middle - 1]! + errors[middle]!) / 2,
    coverage: bounded.length === 0 ? NaN : inside.length / bounded.length,
    kendallTau: kendallTau(pairs.map((p) => p.predicted), pairs.map((p) => p.measured)),
  };
}

function kendallTau(x: readonly number[], y: readonly number[]): number {
  let score = 0, x0 = 0, y0 = 0, pairs = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign(x[i]! - x[j]!), b = Math.sign(y[i]! - y[j]!);
      score += a * b;
      pairs++;
      if (a === 0) x0++;
      if (b === 0) y0++;
    }
  }
  return score / Math.sqrt((pairs - x0) * (pairs - y0));
}
