/** Intervals for results over paired days and seeds. */

import { createRandom } from "../random.ts";

/** A mean with the middle 95 % of its bootstrap. */
export interface Interval {
  /** The estimate. */
  readonly mean: number;
  /** 2.5 % quantile; NaN with fewer than two units. */
  readonly low: number;
  /** 97.5 % quantile; NaN with fewer than two units. */
  readonly high: number;
}

/** One seed's sums per day: what is compared and what it is divided by. */
export interface Ratio {
  /** Numerators by day. */
  readonly top: readonly number[];
  /** Denominators by day, shared by all seeds. */
  readonly bottom: readonly number[];
}

const draws = 2000;

/**
 * Ratio of sums over days and seeds, with a percentile bootstrap that resamples seeds and, within
 * them, days (the same days for all seeds). Units that are paired stay paired: pass differences.
 *
 * @param runs One entry a seed.
 * @param seed Seed of the bootstrap; default 1.
 * @return Estimate and 95 % interval.
 *
 * @example
 * ```ts
 * import { bootstrapRatio } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const { mean, low, high } = bootstrapRatio([{ top: [9, 8, 10], bottom: [10, 10, 10] }]);
 * assert.equal(mean, 0.9);
 * assert.ok(low >= 0.8 && high <= 1);
 * ```
 */
export function bootstrapRatio(runs: readonly Ratio[], seed: number = 1): Interval {
  const days = runs[0]?.top.length ?? 0;
  const ratio = (seeds: ArrayLike<number>, chosen: ArrayLike<number>): number => {
    let top = 0;
    let bottom = 0;
    for (let s = 0; s < seeds.length; s++) {
      const run = runs[seeds[s]!]!;
      for (let d = 0; d < chosen.length; d++) {
        top += run.top[chosen[d]!]!;
        bottom += run.bottom[chosen[d]!]!;
      }
    }
    return top / bottom;
  };
  const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
  const mean = ratio(all(runs.length), all(days));
  if (days < 2) return { mean, low: NaN, high: NaN };
  const random = createRandom(seed);
  const seeds = all(runs.length);
  const chosen = all(days);
  const values = Float64Array.from({ length: draws }, () => {
    for (let i = 0; i < seeds.length; i++) seeds[i] = random.integer(runs.length);
    for (let i = 0; i < days; i++) chosen[i] = random.integer(days);
    return ratio(seeds, chosen);
  }).sort();
  return {
    mean,
    low: values[Math.floor(0.025 * draws)]!,
    high: values[Math.ceil(0.975 * draws) - 1]!,
  };
}

/** A paired comparison over seeds. */
export interface PairedTest {
  /** Mean difference. */
  readonly mean: number;
  /** Lower end of the 95 % t interval. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Smallest true difference found with power 0.8 at this spread and number of seeds. */
  readonly detectable: number;
  /** Seeds. */
  readonly count: number;
}

/** Two-sided 95 % and one-sided 80 % quantiles of Student's t for 1 to 10 degrees of freedom. */
const t975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const t80 = [1.376, 1.061, 0.978, 0.941, 0.92, 0.906, 0.896, 0.889, 0.883, 0.879];

/**
 * Student's paired t interval and the smallest effect the test could have seen: (t_.975 + t_.80) s /
 * sqrt(n).
 *
 * @param differences One a seed, two or more.
 * @return Mean, interval and detectable effect.
 *
 * @example
 * ```ts
 * import { pairedTest } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const test = pairedTest([1, 2, 3]);
 * assert.equal(test.mean, 2);
 * assert.ok(Math.abs(test.high - test.mean - 4.303 / Math.sqrt(3)) < 1e-9);
 * ```
 */
export function pairedTest(differences: readonly number[]): PairedTest {
  const n = differences.length;
  const mean = differences.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { mean, low: NaN, high: NaN, detectable: NaN, count: n };
  const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  const at = Math.min(n - 2, t975.length - 1);
  return {
    mean,
    low: mean - t975[at]! * error,
    high: mean + t975[at]! * error,
    detectable: (t975[at]! + t80[at]!) * error,
    count: n,
  };
}
