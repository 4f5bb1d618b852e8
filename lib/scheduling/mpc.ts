/** Model-predictive control: the optimum of the next hours on a forecast, again every slot. */

import { createRandom } from "../random.ts";
import { type Day, meanPrices, revealSlots, unknownDay } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { planSlots } from "./optimum.ts";
import type { DayStart, Policy, SlotView } from "./policy.ts";
import { removeRounding } from "./rounding.ts";
import type { Solver } from "./solver.ts";

/**
 * A forecast of the rest of the day.
 *
 * - `perfect`: today itself (a reference; it declares to know the day)
 * - `persistence`: yesterday; its arrivals scaled by what arrives now over what arrived then
 * - `smoothed`: the mean of the last seven days, the ratio of today's price and arrivals to it
 *   decaying by a factor a slot
 * - `day-ahead`: as `smoothed`, with the day-ahead prices that are public where a site has them
 * - `noisy`: today with an error that grows with the square root of the lead (declares to know it)
 */
export type ForecastKind = "perfect" | "persistence" | "smoothed" | "day-ahead" | "noisy";

/** Options of {@linkcode mpcPolicy}. */
export interface MpcOptions {
  /** Forecast used. */
  readonly forecast: ForecastKind;
  /** Slots looked ahead; default 6 hours. */
  readonly lookAheadSlots?: number;
  /** `smoothed`: what is left of a ratio after a slot; default 0.9. */
  readonly decay?: number;
  /** `noisy`: relative error of a forecast one hour ahead; default 0.1. */
  readonly noise?: number;
  /** `noisy`: seed of the errors; default 1. */
  readonly seed?: number;
}

/**
 * Solves the next hours as a linear program on a forecast every slot and does the first slot of it.
 * Energy stored at the end of the look-ahead is worth yesterday's mean price, or the day's with a
 * forecast that knows it (with `day-ahead` what is known and forecast of it).
 *
 * @param solver HiGHS.
 * @param options Forecast and look-ahead.
 * @return The policy.
 *
 * @example
 * ```ts
 * import { loadSolver, mpcPolicy } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const policy = mpcPolicy(await loadSolver(), { forecast: "persistence" });
 * assert.deepEqual(policy.information, { pastDays: 1, today: "past" });
 * ```
 */
export function mpcPolicy(solver: Solver, options: MpcOptions): Policy {
  const { forecast, decay = 0.9, noise = 0.1, seed = 1 } = options;
  let predict: ((view: SlotView) => Day) | null = null;
  let terminal: Float64Array = new Float64Array();
  const sees = forecast === "perfect" || forecast === "noisy";
  return {
    name: `mpc ${forecast}${
      options.lookAheadSlots === undefined ? "" : ` ${options.lookAheadSlots} slots`
    }`,
    information: {
      pastDays: sees ? 0 : forecast === "persistence" ? 1 : 7,
      today: sees ? "all" : forecast === "day-ahead" ? "day-ahead" : "past",
    },
    begin(start) {
      const { slots } = start.model;
      predict = sees
        ? knowing(start, forecast === "noisy" ? noise : 0, seed)
        : fromPast(start, forecast === "persistence" ? 1 : decay);
      terminal = meanPrices(sees ? start.today! : start.past[0]!, slots);
    },
    decide(view) {
      const { model, slot } = view;
      const ahead = options.lookAheadSlots ?? Math.round(6 / model.slotH);
      const day = predict!(view);
      const plan = planSlots(solver, model, day, {
        fromSlot: slot,
        toSlot: Math.min(model.slots, slot + ahead),
        storedKWh: view.storedKWh,
        waiting: view.waiting,
        ages: view.ages,
        storedUsdPerKWh: forecast === "day-ahead" ? meanPrices(day, model.slots) : terminal,
      });
      return removeRounding(view, plan.decisions[0]!);
    },
  };
}

/** Today, with an error that grows with the lead. */
function knowing(start: DayStart, noise: number, seed: number): (view: SlotView) => Day {
  const today = start.today!;
  if (noise === 0) return () => today;
  const { model } = start;
  return (view) => {
    const random = createRandom(seed * 1000 + view.slot);
    const out = unknownDay(today);
    revealSlots(out, today, model.slots, 0, model.slots);
    const wander = (column: Float64Array): void => {
      const width = column.length / model.slots;
      const error = new Float64Array(width);
      for (let i = (view.slot + 1) * width; i < column.length; i++) {
        const step = noise * Math.sqrt(model.slotH) * random.normal();
        error[i % width]! += step;
        column[i]! *= Math.max(0, 1 + error[i % width]!);
      }
    };
    wander(out.arrivals);
    wander(out.priceUsdPerKWh);
    wander(out.renewableKWh);
    return out;
  };
}

/** The mean of past days from the next slot on, scaled by a decaying ratio to what is seen now. */
function fromPast(start: DayStart, decay: number): (view: SlotView) => Day {
  const { model, past } = start;
  const mean = meanDay(model, past);
  // Yesterday's prices are taken as they were; a mean of several is scaled to today's.
  const scalePrice = past.length > 1;
  return (view) => {
    const out = unknownDay(mean);
    revealSlots(out, mean, model.slots, 0, model.slots);
    revealSlots(out, view.observed, model.slots, 0, view.slot + 1);
    scaleAhead(out.arrivals, mean.arrivals, model, view.slot, decay);
    if (scalePrice) scaleAhead(out.priceUsdPerKWh, mean.priceUsdPerKWh, model, view.slot, decay);
    for (let i = (view.slot + 1) * model.sites.length; i < out.priceUsdPerKWh.length; i++) {
      const announced = view.announcedUsdPerKWh[i]!;
      if (!Number.isNaN(announced)) out.priceUsdPerKWh[i] = announced;
    }
    return out;
  };
}

function scaleAhead(
  out: Float64Array,
  mean: Float64Array,
  model: ScheduleModel,
  slot: number,
  decay: number,
): void {
  const width = out.length / model.slots;
  for (let w = 0; w < width; w++) {
    const then = mean[slot * width + w]!;
    const now = out[slot * width + w]!;
    let excess = then > 0 ? Math.max(-1, Math.min(4, now / then - 1)) : 0;
    for (let t = slot + 1; t < model.slots; t++) {
      excess *= decay;
      out[t * width + w]! *= 1 + excess;
    }
  }
}

function meanDay(model: ScheduleModel, days: readonly Day[]): Day {
  const out = unknownDay(days[0]!);
  revealSlots(out, days[0]!, model.slots, 0, model.slots);
  for (
    const name of ["arrivals", "priceUsdPerKWh", "renewableKWh", "carbonKgPerKWh", "pue"] as const
  ) {
    out[name].fill(0);
    for (const day of days) {
      for (let i = 0; i < out[name].length; i++) out[name][i]! += day[name][i]! / days.length;
    }
  }
  return out;
}
