/** Time-of-use tariffs: prices by month, weekday and hour of a zone's clock. */

import { parseZone } from "../clock.ts";
import { InputError } from "../errors.ts";
import { type Estimate, weakestBasis } from "./estimate.ts";
import type { Rate } from "./rate.ts";
import { wallClock } from "./wall_clock.ts";

/** When a price holds. */
export interface TimeOfUseWindow {
  /** Name, for messages. */
  readonly name: string;
  /** Days of the week, 0 Monday to 6 Sunday, on which it begins. */
  readonly weekdays: readonly number[];
  /** Months, 1 to 12; all when absent. The hours after midnight go by their own date's month. */
  readonly months?: readonly number[];
  /** First minute of the clock, a multiple of 15. */
  readonly fromMinute: number;
  /** Minute at which it ends, a multiple of 15, up to 1440; not above `fromMinute` when it crosses midnight. */
  readonly toMinute: number;
  /** The price per kWh. */
  readonly price: Estimate;
}

/** A tariff by time of use. */
export interface TimeOfUseTariff {
  /** Zone of its clock and calendar: ISO offset or IANA name. */
  readonly zone: string;
  /** Unit of all prices, such as `EUR/kWh`. */
  readonly unit: string;
  /** Price outside all windows. */
  readonly otherwise: Estimate;
  /** Windows that do not overlap. */
  readonly windows: readonly TimeOfUseWindow[];
}

/**
 * A time-of-use tariff as a rate. It goes by the clock on the wall: on the day when clocks go
 * forward a window may be an hour shorter, when they go back an hour longer.
 *
 * @param tariff Windows and prices.
 * @return The rate.
 * @throws {InputError} `bad-option` when windows overlap or do not begin and end on quarter hours.
 *
 * @example
 * ```ts
 * import { estimate, timeOfUseRate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const declared = { basis: "declared" } as const;
 * const rate = timeOfUseRate({
 *   zone: "America/Los_Angeles",
 *   unit: "USD/kWh",
 *   otherwise: estimate(0.1, declared),
 *   windows: [{
 *     name: "peak", weekdays: [0, 1, 2, 3, 4], fromMinute: 16 * 60, toMinute: 21 * 60,
 *     price: estimate(0.3, declared),
 *   }],
 * });
 * // 15:30 to 16:30 on Friday, 2026-07-10, in Los Angeles.
 * const from = Date.UTC(2026, 6, 10, 22, 30) / 1000;
 * const { value } = rate.over(Float64Array.of(from), Float64Array.of(from + 3600));
 * assert.ok(Math.abs(value[0]! - 0.2) < 1e-12);
 * ```
 */
export function timeOfUseRate(tariff: TimeOfUseTariff): Rate {
  const table = tableOf(tariff.windows);
  const clock = wallClock(parseZone(tariff.zone));
  const prices = [tariff.otherwise, ...tariff.windows.map(({ price }) => price)];
  const hasInterval = prices.some(({ low }) => low !== null);
  const [values, lows, highs] = [
    prices.map(({ value }) => value!),
    prices.map(({ value, low }) => low ?? value!),
    prices.map(({ value, high }) => high ?? value!),
  ];
  return {
    unit: tariff.unit,
    basis: weakestBasis(...prices.map(({ basis }) => basis)),
    description: `time of use, ${tariff.windows.length} windows, ${tariff.zone}`,
    hasInterval,
    over(startS, endS) {
      const columns = [values, lows, highs].map(() => new Float64Array(startS.length));
      for (let i = 0; i < startS.length; i++) {
        for (let from = startS[i]!; from < endS[i]!;) {
          // Offsets of zones are whole quarters of an hour, so prices change only at such moments.
          const to = Math.min(endS[i]!, (Math.floor(from / 900) + 1) * 900);
          const { month, weekday, minute } = clock(from);
          const price = table[cell(month, weekday, minute)]!;
          const part = (to - from) / (endS[i]! - startS[i]!);
          [values, lows, highs].forEach((list, c) => {
            columns[c]![i] = columns[c]![i]! + part * list[price]!;
          });
          from = to;
        }
      }
      const [value, low, high] = columns as [Float64Array, Float64Array, Float64Array];
      return { value, low, high, coveredS: endS.map((end, i) => end - startS[i]!) };
    },
  };
}

function cell(month: number, weekday: number, minute: number): number {
  return ((month - 1) * 7 + weekday) * 96 + Math.floor(minute / 15);
}

/** Which price holds in each quarter hour: 0 outside all windows, else a window's number from 1. */
function tableOf(windows: readonly TimeOfUseWindow[]): Uint8Array {
  const table = new Uint8Array(12 * 7 * 96);
  windows.forEach((window, index) => {
    const { fromMinute, toMinute } = window;
    for (const minute of [fromMinute, toMinute]) {
      if (minute % 15 !== 0 || minute < 0 || minute > 1440) {
        throw new InputError({
          code: "bad-option",
          problem: `the window "${window.name}" does not begin and end on quarter hours`,
          expected: "times such as 16:00 or 20:45",
          found: `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`,
        });
      }
    }
    const lengthMin = toMinute > fromMinute ? toMinute - fromMinute : toMinute - fromMinute + 1440;
    for (const month of window.months ?? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      for (const weekday of window.weekdays) {
        for (let after = 0; after < lengthMin; after += 15) {
          const minute = fromMinute + after;
          const at = cell(month, (weekday + Math.floor(minute / 1440)) % 7, minute % 1440);
          const other = table[at]!;
          if (other !== 0) {
            throw new InputError({
              code: "bad-option",
              problem: `the windows "${windows[other - 1]!.name}" and "${window.name}" overlap`,
              expected: "one price for every moment",
            });
          }
          table[at] = index + 1;
        }
      }
    }
  });
  return table;
}
