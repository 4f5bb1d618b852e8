/** The optima of days that have passed, each solved once. */

import type { Day } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { type DayOptimum, solveDay } from "./optimum.ts";
import type { DaySource } from "./policy.ts";
import type { Solver } from "./solver.ts";
import { type StoredValue, storedValueOf } from "./stored_value.ts";

/** What hindsight says of a day. */
export interface HindsightDay {
  /** The clairvoyant optimum. */
  readonly utilityUsd: number;
  /** Site load of the optimum with PUE, kWh at t * sites + site. */
  readonly loadKWh: Float64Array;
  /** Worth of one more waiting job, at (t * sites + origin) * classes + class; NaN with binaries. */
  readonly jobUsd: Float64Array;
  /** Worth of a kWh after a slot, at t * sites + site; NaN with binaries. */
  readonly storedUsdPerKWh: Float64Array;
}

/** Solves days on demand and remembers them. */
export interface Hindsight {
  /** The optimum of a day, in short. */
  of(day: Day): HindsightDay;
  /** Marginal worth of stored energy over past days (latest first), remembered. */
  storedValue(past: readonly Day[]): StoredValue;
  /** The optimum of a day with all its decisions; not remembered. */
  solve(day: Day): DayOptimum;
}

/**
 * Optima of days, solved once each.
 *
 * @param solver HiGHS.
 * @param model The compiled system.
 * @param source Days whose optimum may be asked for; only its days are remembered.
 * @return The memory.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const day = world.day(15);
 * assert.equal(hindsight.of(day), hindsight.of(day));
 * assert.ok(hindsight.of(day).utilityUsd > 0);
 * ```
 */
export function createHindsight(
  solver: Solver,
  model: ScheduleModel,
  source: DaySource,
): Hindsight {
  const known = new Map<number, HindsightDay>();
  const stored = new Map<string, StoredValue>();
  const solve = (day: Day): DayOptimum => solveDay(solver, model, day);
  const owns = (day: Day): boolean => source.day(day.index) === day;
  const of = (day: Day): HindsightDay => {
    const before = owns(day) ? known.get(day.index) : undefined;
    if (before !== undefined) return before;
    const made = summarise(model, day, solve(day));
    if (owns(day)) known.set(day.index, made);
    return made;
  };
  return {
    solve,
    of,
    storedValue(past) {
      const key = past.every(owns) ? past.map((day) => day.index).join() : "";
      const before = stored.get(key);
      if (key !== "" && before !== undefined) return before;
      const made = storedValueOf(model, past, past.map((day) => of(day).loadKWh));
      if (key !== "") stored.set(key, made);
      return made;
    },
  };
}

function summarise(model: ScheduleModel, day: Day, optimum: DayOptimum): HindsightDay {
  const n = model.sites.length;
  const loadKWh = new Float64Array(model.slots * n);
  optimum.decisions.forEach((decision, t) => {
    for (let j = 0; j < n; j++) {
      const site = model.sites[j]!;
      let kWh = site.idleKWh;
      decision.make[j]!.forEach((images, o) => kWh += images * site.options[o]!.dynamicKWh);
      loadKWh[t * n + j] = day.pue[t * n + j]! * kWh;
    }
  });
  return {
    utilityUsd: optimum.utilityUsd,
    loadKWh,
    jobUsd: optimum.prices.jobUsd,
    storedUsdPerKWh: optimum.prices.storedUsdPerKWh,
  };
}
