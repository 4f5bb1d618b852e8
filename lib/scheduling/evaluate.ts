/** Scores of policies on days, beside the optimum. */

import type { ScheduleEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import type { Hindsight } from "./hindsight.ts";
import type { ScheduleModel } from "./model.ts";
import { type DaySource, type Policy, runDay } from "./policy.ts";
import type { DayTotals } from "./simulator.ts";

/** A system with its days. */
export interface Setup {
  /** The compiled system. */
  readonly model: ScheduleModel;
  /** Its days. */
  readonly source: DaySource;
  /** Optima. */
  readonly hindsight: Hindsight;
}

/** How a policy did on a day. */
export interface DayResult {
  /** The day. */
  readonly day: number;
  /** Clairvoyant optimum, US dollars. */
  readonly optimumUsd: number;
  /** The policy's sums. */
  readonly totals: DayTotals;
  /** Full cycles of the batteries, mean over sites that have one. */
  readonly batteryCycles: number;
}

/** Adds the optimum and the cycles to a day's sums. */
export function dayResult(setup: Setup, day: number, totals: DayTotals): DayResult {
  let cycles = 0;
  const sized = setup.model.sites.filter((site) => site.battery.capacityKWh > 0);
  for (const site of sized) cycles += site.battery.capacityKWh;
  return {
    day,
    optimumUsd: setup.hindsight.of(setup.source.day(day)).utilityUsd,
    totals: { ...totals },
    batteryCycles: cycles > 0 ? totals.chargedKWh * meanChargeEfficiency(setup.model) / cycles : 0,
  };
}

function meanChargeEfficiency(model: ScheduleModel): number {
  let sum = 0;
  for (const site of model.sites) sum += site.battery.chargeEfficiency / model.sites.length;
  return sum;
}

/** Plays a policy through days. */
export function evaluatePolicy(
  setup: Setup,
  policy: Policy,
  days: readonly number[],
): DayResult[] {
  return days.map((day) =>
    dayResult(setup, day, runDay(policy, setup.model, setup.source, setup.hindsight, day))
  );
}

/** Plays an acting function through days of an environment. */
export function evaluateActions(
  setup: Setup,
  environment: Environment | ScheduleEnvironment,
  act: (observation: Float32Array) => ArrayLike<number>,
  days: readonly number[],
): DayResult[] {
  return days.map((day) => {
    let { observation } = environment.reset({ day });
    for (;;) {
      const step = environment.step(act(observation));
      observation = step.observation;
      if (step.terminated) return dayResult(setup, day, step.info.totals);
    }
  });
}

/** Sum of utilities over sum of optima. */
export function fractionOfOptimum(results: readonly DayResult[]): number {
  let utility = 0;
  let optimum = 0;
  for (const result of results) {
    utility += result.totals.utilityUsd;
    optimum += result.optimumUsd;
  }
  return utility / optimum;
}
