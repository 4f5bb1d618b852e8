/** What energy costs or emits: joules times a rate over time. */

import { type Estimate, type Figure, weakestBasis } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";
import type { EnergyBins } from "./energy_bins.ts";
import type { Rate } from "./rate.ts";
import { joulesPerKwh } from "./units.ts";

/** What is done with energy for whose time the rate is not known. */
export type GapRule = "refuse" | "leave-out" | "mean";

/** Money, carbon or water of energy, and how much of it is known. */
export interface RatedEnergy {
  /** The amount, in the rate's numerator: EUR, g, L. */
  readonly amount: Figure;
  /** Joules that the amount is of. */
  readonly coveredJ: number;
  /** Joules for whose time the rate is not known. */
  readonly uncoveredJ: number;
  /** Covered share of the joules, 0 to 1; null without energy. */
  readonly coverage: number | null;
  /** Where the rate is first not known, in seconds of the epoch; null when it always is. */
  readonly firstGapS: number | null;
  /** Seconds without a measured energy: in none of the sums. */
  readonly unmeasuredS: number;
  /** Time and energy at which the rate was below 0: such energy earns money. */
  readonly negative: { readonly seconds: number; readonly energyJ: number };
}

/**
 * Carbon, money or water of energy at a rate that may change over time.
 *
 * amount = sum over bins of energy / 3.6e6 x mean rate of the bin. A bin's energy counts as covered
 * by the part of its time for which the rate is known. The interval joins, in quadrature, that of
 * the energies (whose errors add up, see {@linkcode Dependence}) and that of the rate.
 *
 * @param bins Energy by spans of time on the epoch clock, at the facility's meter.
 * @param rate A constant, series or tariff, per kWh.
 * @param gaps What to do where the rate is not known: `refuse` (default) gives no amount, `leave-out`
 * the amount of the covered energy only, `mean` takes the mean rate of the covered energy for the rest.
 * @return The amount and its coverage.
 *
 * @example
 * ```ts
 * import { applyRate, constantRate, estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const carbon = applyRate(
 *   {
 *     startS: Float64Array.of(0), endS: Float64Array.of(3600),
 *     energyJ: Float64Array.of(7.2e6), basis: "measured",
 *   },
 *   constantRate(estimate(350, { basis: "declared" }), "g/kWh"),
 * );
 * assert.equal(carbon.amount.value, 700);
 * assert.equal(carbon.amount.unit, "g");
 * assert.equal(carbon.amount.basis, "declared");
 * ```
 */
export function applyRate(bins: EnergyBins, rate: Rate, gaps: GapRule = "refuse"): RatedEnergy {
  const unit = rate.unit.split("/")[0]!;
  const columns = rate.over(bins.startS, bins.endS);
  const hasEnergyInterval = bins.lowJ !== undefined && bins.highJ !== undefined;
  let value = 0;
  let energyDown = 0;
  let energyUp = 0;
  let rateDown = 0;
  let rateUp = 0;
  let coveredJ = 0;
  let uncoveredJ = 0;
  let firstGapS: number | null = null;
  let unmeasuredS = 0;
  const negative = { seconds: 0, energyJ: 0 };
  for (let i = 0; i < bins.energyJ.length; i++) {
    const lengthS = bins.endS[i]! - bins.startS[i]!;
    const energyJ = bins.energyJ[i]!;
    if (Number.isNaN(energyJ)) {
      unmeasuredS += lengthS;
      continue;
    }
    const covered = columns.coveredS[i]! / lengthS;
    // What rounding leaves out is no gap.
    const share = covered > 1 - 1e-9 ? 1 : covered;
    if (share < 1) {
      uncoveredJ += energyJ * (1 - share);
      firstGapS ??= bins.startS[i]!;
    }
    if (!(columns.coveredS[i]! > 0)) continue;
    const partJ = energyJ * share;
    const r = columns.value[i]!;
    coveredJ += partJ;
    value += partJ * r;
    rateDown += partJ * (r - columns.low[i]!);
    rateUp += partJ * (columns.high[i]! - r);
    if (hasEnergyInterval) {
      const down = (energyJ - bins.lowJ![i]!) * share * Math.abs(r);
      const up = (bins.highJ![i]! - energyJ) * share * Math.abs(r);
      energyDown += r < 0 ? up : down;
      energyUp += r < 0 ? down : up;
    }
    if (r < 0) {
      negative.seconds += columns.coveredS[i]!;
      negative.energyJ += partJ;
    }
  }
  const fill = gaps === "mean" && coveredJ > 0 ? (coveredJ + uncoveredJ) / coveredJ : 1;
  const known = hasEnergyInterval || rate.hasInterval;
  const size = (joules: number): number => joules * fill / joulesPerKwh;
  const total: Estimate = {
    value: size(value),
    low: known ? size(value - Math.hypot(energyDown, rateDown)) : null,
    high: known ? size(value + Math.hypot(energyUp, rateUp)) : null,
    basis: weakestBasis(bins.basis, rate.basis, ...(fill > 1 ? ["modelled" as const] : [])),
  };
  const refused = coveredJ + uncoveredJ === 0
    ? "no-energy"
    : uncoveredJ > 0 && (gaps === "refuse" || coveredJ === 0)
    ? "rate-not-known"
    : null;
  return {
    amount: refused === null ? figure(total, unit) : noFigure(unit, refused, total.basis),
    coveredJ,
    uncoveredJ,
    coverage: coveredJ + uncoveredJ === 0 ? null : coveredJ / (coveredJ + uncoveredJ),
    firstGapS,
    unmeasuredS,
    negative,
  };
}
