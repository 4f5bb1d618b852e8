/** The optima of days that have passed, each solved once. */

import type { Day } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { type DayOptimum, solveDay } from "./optimum.ts";
import type { DaySource } from "./policy.ts";
import type { Solver } from "./solver.ts";

/** What hindsight says of a day. */
export interface HindsightDay {
  /** The clairvoyant optimum. */
  readonly utilityUsd: number;
  /** Site load of the optimum with PUE, kWh at t * sites + site. */
  readonly loadKWh: Float64Array;
  /** Worth of one more waiting image, at (t * sites + origin) * classes + class; NaN with binaries. */
  readonly jobUsd: Float64Array;
  /** Worth of a kWh after a slot, at t * sites + site; NaN with binaries. */
  readonly storedUsdPerKWh: Float64Array;
}

/** Solves days on demand and remembers them. */
export interface Hindsight {
  /** The optimum of a day, in short. */
  of(day: Day): HindsightDay;
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
 */
export function createHindsight(
  solver: Solver,
  model: ScheduleModel,
  source: DaySource,
): Hindsight {
  const known = new Map<number, HindsightDay>();
  const solve = (day: Day): DayOptimum => solveDay(solver, model, day);
  return {
    solve,
    of(day) {
      const own = source.day(day.index) === day;
      const before = own ? known.get(day.index) : undefined;
      if (before !== undefined) return before;
      const made = summarise(model, day, solve(day));
      if (own) known.set(day.index, made);
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
