/** What a policy is, what it may know, and how it plays a day. */

import { type Day, revealSlots, unknownDay } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { createSimulator, type DayTotals, type Simulator, type SlotDecision } from "./simulator.ts";
import type { Hindsight } from "./hindsight.ts";

/** What a policy declares to know beyond the model and the state. */
export interface Information {
  /** Whole days before this one that it reads. */
  readonly pastDays: number;
  /**
   * Of today: only what has happened including this slot; besides it the day-ahead prices that are
   * public at this slot; or everything (a reference, not a policy).
   */
  readonly today: "past" | "day-ahead" | "all";
}

/** The start of a day, as far as a policy may see it. */
export interface DayStart {
  /** The compiled system. */
  readonly model: ScheduleModel;
  /** Past days, latest first, as many as declared. */
  readonly past: readonly Day[];
  /** Optima of past days, made when asked for. */
  readonly hindsight: Hindsight;
  /** Today, for a policy that declared to know it; null otherwise. */
  readonly today: Day | null;
}

/** A slot, as far as a policy may see it. */
export interface SlotView {
  /** The compiled system. */
  readonly model: ScheduleModel;
  /** Slot to decide. */
  readonly slot: number;
  /** Today up to this slot; every later number is NaN. */
  readonly observed: Day;
  /**
   * Day-ahead prices that are public at this slot, at t * sites + site, for a policy that declared to
   * read them; NaN where there is none.
   */
  readonly announcedUsdPerKWh: Float64Array;
  /** Stored energy, kWh a site. */
  readonly storedKWh: Float64Array;
  /** Waiting jobs by age, as in {@linkcode Simulator}. */
  readonly waiting: Float64Array;
  /** Length of its age axis. */
  readonly ages: number;
  /** Waiting jobs of an origin and class. */
  waitingOf(origin: number, jobClass: number): number;
  /** Those whose last slot this is. */
  urgentOf(origin: number, jobClass: number): number;
  /** Slots in a row, up to the one before this, in which no deadline was missed. */
  readonly calmSlots: number;
}

/** Decides every slot of a day. */
export interface Policy {
  /** Its name in tables. */
  readonly name: string;
  /** What it knows. */
  readonly information: Information;
  /** Called before the first slot of a day. */
  begin(start: DayStart): void;
  /** Decides a slot. */
  decide(view: SlotView): SlotDecision;
}

/** Where days come from: see {@linkcode createWorld}. */
export interface DaySource {
  /** The day of an index. */
  day(index: number): Day;
  /** The days before it, latest first. */
  history(index: number, count: number): readonly Day[];
}

/** A day in progress with what has been seen of it. */
export interface Episode {
  /** The simulator. */
  readonly simulator: Simulator;
  /** What a policy may look at. */
  readonly view: SlotView;
  /** Plays the slot and reveals the next; returns its utility. */
  play(decision: SlotDecision): number;
}

/**
 * Starts a day whose future is hidden.
 *
 * @param model The compiled system.
 * @param day The day.
 * @param today What the policy may know of it; default only what has happened.
 * @return The episode.
 */
export function createEpisode(
  model: ScheduleModel,
  day: Day,
  today: Information["today"] = "past",
): Episode {
  const simulator = createSimulator(model, day);
  const observed = unknownDay(day);
  revealSlots(observed, day, model.slots, 0, 1);
  const announcedUsdPerKWh = new Float64Array(day.priceUsdPerKWh.length).fill(NaN);
  const announce = (slot: number): void => {
    if (today === "past" || day.dayAhead === undefined) return;
    const { priceUsdPerKWh, publicSlot } = day.dayAhead;
    publicSlot.forEach((from, i) => {
      if (from <= slot) announcedUsdPerKWh[i] = priceUsdPerKWh[i]!;
    });
  };
  announce(0);
  let calmSlots = model.slots;
  return {
    simulator,
    view: {
      model,
      observed,
      announcedUsdPerKWh,
      get slot() {
        return simulator.slot;
      },
      storedKWh: simulator.storedKWh,
      waiting: simulator.waiting,
      ages: simulator.ages,
      waitingOf: simulator.waitingOf,
      urgentOf: simulator.urgentOf,
      get calmSlots() {
        return calmSlots;
      },
    },
    play(decision) {
      const before = simulator.totals.violated;
      const utility = simulator.play(decision);
      calmSlots = simulator.totals.violated > before ? 0 : calmSlots + 1;
      const { slot } = simulator;
      if (slot < model.slots) {
        revealSlots(observed, day, model.slots, slot, slot + 1);
        announce(slot);
      }
      return utility;
    },
  };
}

/** What a policy is shown at the start of a day. */
export function dayStartOf(
  model: ScheduleModel,
  source: DaySource,
  hindsight: Hindsight,
  index: number,
  information: Information,
): DayStart {
  return {
    model,
    past: source.history(index, information.pastDays),
    hindsight,
    today: information.today === "all" ? source.day(index) : null,
  };
}

/**
 * Plays a policy through a day.
 *
 * @param policy The policy.
 * @param model The compiled system.
 * @param source Its days.
 * @param hindsight Optima of past days, from {@linkcode createHindsight}.
 * @param index The day.
 * @return The sums of the day.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   greedyPolicy,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(greedyPolicy(), model, world, hindsight, 15);
 * assert.equal(totals.violated, 0);
 * assert.ok(totals.balanceError < 1e-9);
 * ```
 */
export function runDay(
  policy: Policy,
  model: ScheduleModel,
  source: DaySource,
  hindsight: Hindsight,
  index: number,
): DayTotals {
  const episode = createEpisode(model, source.day(index), policy.information.today);
  policy.begin(dayStartOf(model, source, hindsight, index, policy.information));
  while (episode.simulator.slot < model.slots) episode.play(policy.decide(episode.view));
  return episode.simulator.totals;
}
