/** What hardware costs over time. */

import { type Estimate, type Figure, scale } from "./estimate.ts";
import { figure } from "./figure.ts";
import { secondsPerYear } from "./units.ts";

/** Hardware that is bought and used up. */
export interface HardwareCost {
  /** Price of one unit. */
  readonly price: Estimate;
  /** What a unit is worth at the end, in the same money; by default 0. */
  readonly residual?: number;
  /** Units; by default 1. */
  readonly count?: number;
  /** Years of use, of 365.25 days. */
  readonly lifeYears: number;
  /** Code of the money. */
  readonly currency: string;
}

/**
 * Straight-line amortisation: (price - residual) x count x duration / life, whether the hardware is
 * busy or idle.
 *
 * @param hardware What it cost and how long it lasts.
 * @param durationS The time for which it is charged, in seconds; it may not exceed the life.
 * @return The cost.
 * @throws {RangeError} When the life is not above 0, the residual exceeds the price, or the duration
 * the life.
 *
 * @example
 * ```ts
 * import { amortisation, estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const year = amortisation(
 *   { price: estimate(30_000), residual: 6000, count: 8, lifeYears: 4, currency: "USD" },
 *   365.25 * 86_400,
 * );
 * assert.equal(year.value, 8 * 24_000 / 4);
 * ```
 */
export function amortisation(hardware: HardwareCost, durationS: number): Figure {
  const { price, residual = 0, count = 1, lifeYears, currency } = hardware;
  if (!(lifeYears > 0)) throw new RangeError(`a life of ${lifeYears} years`);
  if (price.value !== null && residual > price.value) {
    throw new RangeError(`the residual ${residual} exceeds the price ${price.value}`);
  }
  const share = durationS / (lifeYears * secondsPerYear);
  if (!(share >= 0 && share <= 1 + 1e-9)) {
    throw new RangeError(`${durationS} s is not within a life of ${lifeYears} years`);
  }
  const shift = (value: number | null): number | null => value === null ? null : value - residual;
  const net = {
    value: shift(price.value),
    low: shift(price.low),
    high: shift(price.high),
    basis: price.basis,
  };
  return figure(scale(net, count * share), currency);
}
