/** Prices and intensities over time: one interface for constants, series and tariffs. */

import type { Basis, Estimate } from "./estimate.ts";

/** Values of a rate over spans of time, as columns of equal length. */
export interface RateColumns {
  /** Mean over the covered part of each span; NaN where nothing is covered. */
  readonly value: Float64Array;
  /** Lower ends of the interval; the same array as `value` when there is none. */
  readonly low: Float64Array;
  /** Upper ends. */
  readonly high: Float64Array;
  /** Seconds of each span for which the rate is known. */
  readonly coveredS: Float64Array;
}

/** A price, carbon intensity or water intensity over time, per kWh. */
export interface Rate {
  /** Unit, such as `EUR/kWh` or `g/kWh`. */
  readonly unit: string;
  /** How it came about. */
  readonly basis: Basis;
  /** What it is, in words. */
  readonly description: string;
  /** Whether it has an interval. */
  readonly hasInterval: boolean;
  /**
   * Values over spans of the epoch clock.
   *
   * @param startS Where each begins, in seconds.
   * @param endS Where each ends, in seconds.
   * @return Time-weighted means.
   */
  over(startS: Float64Array, endS: Float64Array): RateColumns;
}

/**
 * A rate that never changes.
 *
 * @param perKwh Its value per kWh, in the unit.
 * @param unit The unit, such as `g/kWh`.
 * @return The rate.
 * @throws {RangeError} When the estimate has no value.
 *
 * @example
 * ```ts
 * import { constantRate, estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const rate = constantRate(estimate(350, { basis: "declared" }), "g/kWh");
 * assert.equal(rate.over(Float64Array.of(0), Float64Array.of(60)).value[0], 350);
 * ```
 */
export function constantRate(perKwh: Estimate, unit: string): Rate {
  const { value, low, high, basis } = perKwh;
  if (value === null) throw new RangeError("a rate needs a value");
  return {
    unit,
    basis,
    description: `${value} ${unit}`,
    hasInterval: low !== null,
    over(startS, endS) {
      const column = (x: number): Float64Array => new Float64Array(startS.length).fill(x);
      const values = column(value);
      return {
        value: values,
        low: low === null ? values : column(low),
        high: high === null ? values : column(high),
        coveredS: endS.map((end, i) => end - startS[i]!),
      };
    },
  };
}
