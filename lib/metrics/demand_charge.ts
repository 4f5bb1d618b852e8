/** Demand charges: what the month's highest mean power costs. */

import { parseZone } from "../clock.ts";
import { type Estimate, type Figure, scale, weakestBasis } from "./estimate.ts";
import { figure } from "./figure.ts";
import type { EnergyBins } from "./energy_bins.ts";
import { joulesPerKwh } from "./units.ts";
import { wallClock } from "./wall_clock.ts";

/** A charge on the peak of each month. */
export interface DemandTariff {
  /** Money per kW of the month's highest mean power. */
  readonly pricePerKw: Estimate;
  /** Code of the money. */
  readonly currency: string;
  /** Length of the interval over which power is averaged, in seconds: 900, 1800 or 3600. */
  readonly intervalS: number;
  /** Zone of the calendar and of the intervals: ISO offset or IANA name. */
  readonly zone: string;
}

/** The demand charge of one month. */
export interface MonthlyDemand {
  /** Such as `2026-03`. */
  readonly month: string;
  /** Highest mean power of an interval, in kW. */
  readonly peakKw: number;
  /** Where that interval begins, in seconds of the epoch. */
  readonly peakStartS: number;
  /** Its charge. */
  readonly cost: Figure;
  /** Intervals that the bins cover only in part, or whose energy is not known: never the peak. */
  readonly incomplete: number;
}

/**
 * Demand charges by month.
 *
 * Intervals are those of the zone's clock (from the full hour on). One that the bins do not cover
 * whole is counted and left out: its mean power is not known.
 *
 * @param bins Energy at the facility's meter, in bins that do not cross an interval's edge.
 * @param tariff Price, interval and zone.
 * @return One entry for each month that has a complete interval, in order.
 * @throws {RangeError} When a bin crosses the edge of an interval.
 *
 * @example
 * ```ts
 * import { demandCharges, estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const quarter = Float64Array.of(0, 900, 1800, 2700);
 * const [january] = demandCharges({
 *   startS: quarter,
 *   endS: quarter.map((s) => s + 900),
 *   energyJ: Float64Array.of(9e6, 18e6, 9e6, 9e6),
 *   basis: "measured",
 * }, { pricePerKw: estimate(10), currency: "EUR", intervalS: 900, zone: "UTC" });
 * assert.equal(january!.peakKw, 20);
 * assert.equal(january!.cost.value, 200);
 * ```
 */
export function demandCharges(bins: EnergyBins, tariff: DemandTariff): MonthlyDemand[] {
  const zone = parseZone(tariff.zone);
  const clock = wallClock(zone);
  const months = new Map<string, { peakJ: number; peakStartS: number; incomplete: number }>();
  let key = NaN;
  let energyJ = 0;
  let coveredS = 0;
  let startS = 0;
  const close = (): void => {
    if (Number.isNaN(key)) return;
    const { year, month } = clock(startS);
    const name = `${year}-${String(month).padStart(2, "0")}`;
    let entry = months.get(name);
    if (entry === undefined) {
      entry = { peakJ: -Infinity, peakStartS: NaN, incomplete: 0 };
      months.set(name, entry);
    }
    if (Number.isNaN(energyJ) || coveredS < tariff.intervalS - 1e-6) entry.incomplete++;
    else if (energyJ > entry.peakJ) {
      entry.peakJ = energyJ;
      entry.peakStartS = startS;
    }
  };
  for (let i = 0; i < bins.energyJ.length; i++) {
    const from = bins.startS[i]!;
    const to = bins.endS[i]!;
    const local = from + zone.offsetAtS(from);
    const interval = Math.floor(local / tariff.intervalS + 1e-9);
    if (local - interval * tariff.intervalS + (to - from) > tariff.intervalS + 1e-6) {
      throw new RangeError(
        `the bin at ${from} s crosses the edge of an interval of ${tariff.intervalS} s`,
      );
    }
    // An hour that comes twice has the same intervals on the clock, but not in time.
    if (interval !== key || from - startS >= tariff.intervalS) {
      close();
      key = interval;
      startS = from;
      energyJ = 0;
      coveredS = 0;
    }
    energyJ += bins.energyJ[i]!;
    coveredS += to - from;
  }
  close();
  const basis = weakestBasis(bins.basis, tariff.pricePerKw.basis);
  return [...months].filter(([, { peakJ }]) => peakJ > -Infinity).map(([month, peak]) => {
    const peakKw = peak.peakJ / joulesPerKwh / (tariff.intervalS / 3600);
    return {
      month,
      peakKw,
      peakStartS: peak.peakStartS,
      cost: figure({ ...scale(tariff.pricePerKw, peakKw), basis }, tariff.currency),
      incomplete: peak.incomplete,
    };
  });
}
