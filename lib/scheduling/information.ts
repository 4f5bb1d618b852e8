/** Checks that a policy knows no more than it declares. */

import { createRandom } from "../random.ts";
import { type Day, dayColumns } from "./day.ts";
import { createHindsight } from "./hindsight.ts";
import type { ScheduleModel } from "./model.ts";
import { createEpisode, type DaySource, dayStartOf, type Policy } from "./policy.ts";
import type { SlotDecision } from "./simulator.ts";
import type { Solver } from "./solver.ts";

/** The first slot in which hidden knowledge showed, or null. */
export interface InformationCheck {
  /** Slots whose decision was compared. */
  readonly compared: number;
  /** First slot decided otherwise because of something the policy had not declared; null: none. */
  readonly leakSlot: number | null;
}

/**
 * Plays a policy on a day and on the same day with another future, and compares what it decides
 * before the two part. The other future has other day-ahead prices too, but for those that are public
 * before the two part where the policy declares to read them. A policy that declares to know all of
 * today is compared on other past days than it declares instead.
 *
 * @param policy The policy; its decisions must depend on nothing but what it is shown.
 * @param model The compiled system.
 * @param source Its days.
 * @param solver HiGHS, for policies that ask for optima of the past.
 * @param index The day.
 * @param partSlot The first slot that differs.
 * @return What was compared and whether anything leaked.
 *
 * @example
 * ```ts
 * import {
 *   checkInformation,
 *   compileModel,
 *   createWorld,
 *   exampleConfig,
 *   greedyPolicy,
 *   loadSolver,
 *   parseScheduleConfig,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const solver = await loadSolver();
 * const model = compileModel(config);
 * const check = checkInformation(greedyPolicy(), model, createWorld(config), solver, 40, 20);
 * assert.deepEqual(check, { compared: 20, leakSlot: null });
 * ```
 */
export function checkInformation(
  policy: Policy,
  model: ScheduleModel,
  source: DaySource,
  solver: Solver,
  index: number,
  partSlot: number,
): InformationCheck {
  const day = source.day(index);
  const from = policy.information.today === "all" ? model.slots : partSlot;
  const past = new Set(source.history(index, policy.information.pastDays));
  const altered = new Map<Day, Day>();
  const other: DaySource = {
    day(i) {
      const original = source.day(i);
      if (past.has(original)) return original;
      let made = altered.get(original);
      if (made === undefined) {
        const readsAhead = i === index && policy.information.today !== "past";
        made = scramble(original, model, i === index ? from : 0, readsAhead);
        altered.set(original, made);
      }
      return made;
    },
    history: (i, count) => source.history(i, count).map((d) => other.day(d.index)),
  };
  const trace = (days: DaySource): SlotDecision[] => {
    const episode = createEpisode(model, days.day(index), policy.information.today);
    const hindsight = createHindsight(solver, model, days);
    policy.begin(dayStartOf(model, days, hindsight, index, policy.information));
    const decisions: SlotDecision[] = [];
    for (let t = 0; t < from; t++) {
      const decision = policy.decide(episode.view);
      decisions.push(decision);
      episode.play(decision);
    }
    return decisions;
  };
  const a = trace(source);
  const b = trace(other);
  const leakSlot = a.findIndex((decision, t) => !sameDecision(decision, b[t]!));
  return {
    compared: day === source.day(index) ? from : 0,
    leakSlot: leakSlot < 0 ? null : leakSlot,
  };
}

function scramble(day: Day, model: ScheduleModel, from: number, readsAhead: boolean): Day {
  const random = createRandom(day.index + 77);
  const { dayAhead } = day;
  const copy: { -readonly [K in keyof Day]: Day[K] } = {
    ...day,
    ...(dayAhead !== undefined && {
      dayAhead: {
        ...dayAhead,
        priceUsdPerKWh: dayAhead.priceUsdPerKWh.map((price, i) =>
          readsAhead && dayAhead.publicSlot[i]! < from ? price : price * 2 * random.uniform()
        ),
      },
    }),
  };
  for (const name of dayColumns) {
    const column = Float64Array.from(day[name]);
    const width = column.length / model.slots;
    for (let i = from * width; i < column.length; i++) {
      column[i] = name === "arrivals"
        ? Math.round(column[i]! * 2 * random.uniform())
        : name === "pue"
        ? 1 + (column[i]! - 1) * random.uniform()
        : column[i]! * 2 * random.uniform();
    }
    copy[name] = column;
  }
  return copy;
}

function sameDecision(a: SlotDecision, b: SlotDecision): boolean {
  const same = (x: Float64Array, y: Float64Array): boolean => x.every((v, i) => v === y[i]);
  return same(a.assign, b.assign) && same(a.batteryKWh, b.batteryKWh) &&
    a.make.every((row, j) => same(row, b.make[j]!));
}
