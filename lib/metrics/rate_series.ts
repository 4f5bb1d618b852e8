/** Rates that stand in a table of times: market prices, carbon intensity by the hour. */

import type { Loss } from "../losses.ts";
import type { Rate, RateColumns } from "./rate.ts";
import { parseZone } from "../clock.ts";
import { wallClock } from "./wall_clock.ts";

/** A rate by periods, as columns; between periods it is not known. */
export interface RateSeries {
  /** Unit of the values, such as `EUR/kWh` or `g/kWh`. */
  readonly unit: string;
  /** Where each period begins, in seconds of the epoch, increasing. */
  readonly startS: Float64Array;
  /** Where each ends; never after the next begins. */
  readonly endS: Float64Array;
  /** The value of each; NaN is missing. */
  readonly value: Float64Array;
  /** Usual length of a period, in seconds. */
  readonly stepS: number;
  /** Name of the source. */
  readonly path: string;
  /** Rows left out, and why. */
  readonly dropped: readonly Loss[];
}

/**
 * A series as a rate, at the times that it is about. Outside its periods it is not known: nothing
 * is extended or bridged.
 *
 * @param series The series.
 * @return The rate; measured values are taken as exact.
 *
 * @example
 * ```ts
 * import { parseRateSeries, seriesRate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const text = "time,price\n2026-01-01T00:00Z,40\n2026-01-01T01:00Z,60\n2026-01-01T03:00Z,20\n";
 * const series = await parseRateSeries(text, {
 *   path: "prices.csv", time: "time", value: "price", unit: "EUR/MWh",
 *   kind: "energy-price", currency: "EUR",
 * });
 * const from = Date.UTC(2026, 0, 1) / 1000;
 * const { value, coveredS } = seriesRate(series).over(
 *   Float64Array.of(from + 1800),
 *   Float64Array.of(from + 3 * 3600),
 * );
 * assert.ok(Math.abs(value[0]! - (0.04 * 0.5 + 0.06) / 1.5) < 1e-12);
 * assert.equal(coveredS[0], 1.5 * 3600);
 * ```
 */
export function seriesRate(series: RateSeries): Rate {
  return {
    unit: series.unit,
    basis: "declared",
    description: `${series.path}, at its own times`,
    hasInterval: false,
    over: (startS, endS) => overlapMeans(series, startS, endS),
  };
}

function overlapMeans(series: RateSeries, startS: Float64Array, endS: Float64Array): RateColumns {
  const value = new Float64Array(startS.length).fill(NaN);
  const coveredS = new Float64Array(startS.length);
  for (let i = 0; i < startS.length; i++) {
    let sum = 0;
    let covered = 0;
    for (
      let k = firstEndingAfter(series.endS, startS[i]!);
      k < series.startS.length && series.startS[k]! < endS[i]!;
      k++
    ) {
      if (Number.isNaN(series.value[k]!)) continue;
      const part = Math.min(series.endS[k]!, endS[i]!) - Math.max(series.startS[k]!, startS[i]!);
      sum += part * series.value[k]!;
      covered += part;
    }
    coveredS[i] = covered;
    if (covered > 0) value[i] = sum / covered;
  }
  return { value, low: value, high: value, coveredS };
}

function firstEndingAfter(endS: Float64Array, moment: number): number {
  let low = 0;
  let high = endS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endS[middle]! <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A series of a past year as a rate of any year: for each month, each hour of the clock, and
 * workdays (Monday to Friday) and weekends apart, the mean of the series' periods that begin then.
 *
 * It keeps the daily and yearly course and loses what made one day unlike another: spikes and
 * negative hours are averaged away. A cell without a value is not known.
 *
 * @param series The series.
 * @param zone Zone of the clock: ISO offset or IANA name.
 * @return The rate.
 *
 * @example
 * ```ts
 * import { monthHourRate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const hour = (day: number) => Date.UTC(2023, 0, day, 8) / 1000;
 * const rate = monthHourRate({
 *   unit: "g/kWh", path: "2023.csv", stepS: 3600, dropped: [],
 *   startS: Float64Array.of(hour(2), hour(3)),
 *   endS: Float64Array.of(hour(2) + 3600, hour(3) + 3600),
 *   value: Float64Array.of(300, 500),
 * }, "UTC");
 * const monday = Date.UTC(2026, 0, 5, 8) / 1000;
 * const { value, coveredS } = rate.over(
 *   Float64Array.of(monday, monday + 3600),
 *   Float64Array.of(monday + 3600, monday + 7200),
 * );
 * assert.equal(value[0], 400);
 * assert.equal(coveredS[1], 0);
 * ```
 */
export function monthHourRate(series: RateSeries, zone: string): Rate {
  const clock = wallClock(parseZone(zone));
  const sum = new Float64Array(12 * 2 * 24);
  const count = new Float64Array(sum.length);
  const cell = (epochS: number): number => {
    const { month, weekday, minute } = clock(epochS);
    return ((month - 1) * 2 + (weekday < 5 ? 0 : 1)) * 24 + Math.floor(minute / 60);
  };
  for (let k = 0; k < series.startS.length; k++) {
    if (Number.isNaN(series.value[k]!)) continue;
    const at = cell(series.startS[k]!);
    sum[at] = sum[at]! + series.value[k]!;
    count[at] = count[at]! + 1;
  }
  return {
    unit: series.unit,
    basis: "modelled",
    description: `${series.path}, means by month, hour and workday or weekend`,
    hasInterval: false,
    over(startS, endS) {
      const value = new Float64Array(startS.length).fill(NaN);
      const coveredS = new Float64Array(startS.length);
      for (let i = 0; i < startS.length; i++) {
        let total = 0;
        let covered = 0;
        for (let from = startS[i]!; from < endS[i]!;) {
          const to = Math.min(endS[i]!, (Math.floor(from / 900) + 1) * 900);
          const at = cell(from);
          if (count[at]! > 0) {
            total += (to - from) * sum[at]! / count[at]!;
            covered += to - from;
          }
          from = to;
        }
        coveredS[i] = covered;
        if (covered > 0) value[i] = total / covered;
      }
      return { value, low: value, high: value, coveredS };
    },
  };
}
