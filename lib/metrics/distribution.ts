/** Percentiles and moments of a column. */

import { mean, quantileSorted, sampleStandardDeviation } from "simple-statistics";

/** What a column of numbers looks like; null where there are too few. */
export interface Distribution {
  /** Numbers in it; NaN is not counted. */
  readonly count: number;
  /** Arithmetic mean. */
  readonly mean: number | null;
  /** Sample standard deviation (n - 1). */
  readonly sd: number | null;
  /** Smallest. */
  readonly min: number | null;
  /** Largest. */
  readonly max: number | null;
  /** Percentiles by name: `p50`, `p90`, `p99`, `p99.9`. */
  readonly percentiles: Readonly<Record<string, number | null>>;
  /**
   * How percentiles are made: linear interpolation at (n - 1) p of the sorted numbers, type 7 of
   * Hyndman and Fan (1996), the default of numpy.
   */
  readonly estimator: "linear-type-7";
}

/**
 * The distribution of a column. NaN stands for a missing value and is left out.
 *
 * @param values The column; it is not changed.
 * @param percentiles Which percentiles, from 0 to 100; by default 50, 90, 95 and 99.
 * @return Count, moments and percentiles.
 * @throws {RangeError} When a percentile lies outside 0 to 100.
 *
 * @example
 * ```ts
 * import { distributionOf } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const ttft = distributionOf(Float64Array.of(0.4, 0.1, NaN, 0.2, 0.3), [50, 90]);
 * assert.equal(ttft.count, 4);
 * assert.equal(ttft.percentiles["p50"], 0.25);
 * assert.ok(Math.abs(ttft.percentiles["p90"]! - 0.37) < 1e-12);
 * ```
 */
export function distributionOf(
  values: Float64Array,
  percentiles: readonly number[] = [50, 90, 95, 99],
): Distribution {
  for (const p of percentiles) {
    if (!(p >= 0 && p <= 100)) throw new RangeError(`percentile ${p} is not within 0 to 100`);
  }
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  // The functions read by index only; their types know no typed arrays.
  const numbers = sorted as unknown as number[];
  const n = sorted.length;
  return {
    count: n,
    mean: n > 0 ? mean(numbers) : null,
    sd: n > 1 ? sampleStandardDeviation(numbers) : null,
    min: n > 0 ? sorted[0]! : null,
    max: n > 0 ? sorted[n - 1]! : null,
    percentiles: Object.fromEntries(
      percentiles.map((p) => [`p${p}`, n > 0 ? quantileSorted(numbers, p / 100) : null]),
    ),
    estimator: "linear-type-7",
  };
}
