/** The scheduling problem with Gymnasium's shape. */

import { createRandom, type Random } from "../random.ts";
import type { ActionLayer } from "./action_layer.ts";
import type { Hindsight } from "./hindsight.ts";
import type { ScheduleModel } from "./model.ts";
import { type Observer, slotObserver } from "./observation.ts";
import {
  createOutlook,
  type Outlook,
  outlookInformation,
  type OutlookKind,
  potentialOf,
} from "./outlook.ts";
import { createEpisode, type DaySource, dayStartOf, type Episode } from "./policy.ts";
import { createRewardRule, type Sparsity } from "./reward.ts";
import type { DayTotals, SlotDecision } from "./simulator.ts";
import { boxSpace, type Space } from "./spaces.ts";

/** What a step or reset tells besides the observation. */
export interface StepInfo {
  /** The day that is played. */
  readonly day: number;
  /** Slot to decide next. */
  readonly slot: number;
  /** Utility of the step, US dollars, whatever reward was paid. */
  readonly utilityUsd: number;
  /** Jobs that missed their deadline in the step. */
  readonly violated: number;
  /** Sums of the day so far. */
  readonly totals: DayTotals;
  /** Potential of the state reached, for potential-based shaping; 0 unless the environment has one. */
  readonly potential: number;
  /** Statistics of a finished episode, from {@linkcode recordEpisodes}. */
  readonly episode?: { readonly reward: number; readonly length: number };
}

/** The answer to an action. */
export interface Step {
  /** What is seen next; the same memory is not reused. */
  readonly observation: Float32Array;
  /** Reward. */
  readonly reward: number;
  /** The day is over: its end is part of the model. */
  readonly terminated: boolean;
  /** Stopped from outside (a time limit). */
  readonly truncated: boolean;
  /** Everything else. */
  readonly info: StepInfo;
}

/** How to start an episode. */
export interface ResetOptions {
  /** Restarts the stream that draws days. */
  readonly seed?: number;
  /** The day to play; default: one drawn from the environment's days. */
  readonly day?: number;
}

/** An environment with Gymnasium's reset and step. */
export interface Environment {
  /** Actions. */
  readonly actionSpace: Space;
  /** Observations. */
  readonly observationSpace: Space;
  /** Starts an episode. */
  reset(options?: ResetOptions): { readonly observation: Float32Array; readonly info: StepInfo };
  /** Acts; throws before the first reset and after the end. */
  step(action: ArrayLike<number>): Step;
}

/** What a {@linkcode scheduleEnvironment} is made of. */
export interface EnvironmentOptions {
  /** The compiled system. */
  readonly model: ScheduleModel;
  /** Its days. */
  readonly source: DaySource;
  /** Optima of past days. */
  readonly hindsight: Hindsight;
  /** What actions mean. */
  readonly layer: ActionLayer;
  /** Days that a reset may draw. */
  readonly days: readonly number[];
  /** When reward is paid; default `dense`. */
  readonly sparsity?: Sparsity;
  /** Window of `window-gated`; default 8 slots, as many as the observation looks back. */
  readonly windowSlots?: number;
  /** Reference values in the observation; default `mean-price`. */
  readonly outlook?: OutlookKind;
  /** Rewards are divided by this, US dollars; default 1. */
  readonly rewardScaleUsd?: number;
  /**
   * Utility of a fixed policy in each slot of a day, which the reward is measured against (it does
   * not depend on what is done, so that the best policy stays the best); default none.
   */
  readonly baseline?: (day: number) => Float64Array;
  /** Reference values that make up the potential of a state; default: no potential. */
  readonly potential?: OutlookKind;
}

/** An environment whose day can be looked at and decided from outside, for imitation. */
export interface ScheduleEnvironment extends Environment {
  /** The day in progress. */
  readonly episode: Episode;
  /** Plays a decision instead of an action. */
  stepDecision(decision: SlotDecision): Step;
  /** Names of the observation's numbers. */
  readonly observationNames: readonly string[];
}

/**
 * The environment: one episode is one day, terminated after its last slot.
 *
 * @param options What it is made of.
 * @return The environment.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   flowLayer,
 *   loadSolver,
 *   parseScheduleConfig,
 *   scheduleEnvironment,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const source = createWorld(config);
 * const environment = scheduleEnvironment({
 *   model,
 *   source,
 *   hindsight: createHindsight(await loadSolver(), model, source),
 *   layer: flowLayer(model, true),
 *   days: [3, 4],
 * });
 * const { observation } = environment.reset({ seed: 1 });
 * assert.ok(environment.observationSpace.contains(observation));
 * const { reward, terminated } = environment.step(environment.actionSpace.sample());
 * assert.ok(Number.isFinite(reward) && !terminated);
 * ```
 */
export function scheduleEnvironment(options: EnvironmentOptions): ScheduleEnvironment {
  const { model, source, hindsight, layer, days, outlook = "mean-price" } = options;
  const { sparsity = "dense", windowSlots = 8, rewardScaleUsd = 1, baseline } = options;
  const observer: Observer = slotObserver(model.sites.length, outlook);
  const rule = createRewardRule(sparsity, windowSlots);
  const { size } = observer;
  let random: Random = createRandom(0);
  let episode: Episode | null = null;
  let day = -1;
  let offset: Float64Array | null = null;
  let valued: Outlook | null = null;

  const observe = (): Float32Array => {
    const out = new Float32Array(size);
    if (episode!.simulator.slot < model.slots) observer.observe(episode!.view, out);
    return out;
  };
  const infoOf = (utilityUsd: number, violated: number): StepInfo => ({
    day,
    slot: episode!.simulator.slot,
    utilityUsd,
    violated,
    totals: episode!.simulator.totals,
    potential: episode!.simulator.slot < model.slots && valued !== null
      ? potentialOf(valued, episode!.view) / rewardScaleUsd
      : 0,
  });
  const stepDecision = (decision: SlotDecision): Step => {
    const { simulator } = episode!;
    const { slot } = simulator;
    const before = simulator.totals.violated;
    const utilityUsd = episode!.play(decision);
    const violated = simulator.totals.violated - before;
    const terminated = simulator.slot === model.slots;
    const shown = utilityUsd - (offset?.[slot] ?? 0);
    const reward = rule.reward(shown, violated, terminated) / rewardScaleUsd;
    return {
      observation: observe(),
      reward,
      terminated,
      truncated: false,
      info: infoOf(utilityUsd, violated),
    };
  };
  return {
    actionSpace: boxSpace(layer.size, -1, 1),
    observationSpace: boxSpace(size, -Infinity, Infinity),
    observationNames: observer.names,
    get episode() {
      if (episode === null) throw new Error("reset the environment first");
      return episode;
    },
    reset(reset = {}) {
      if (reset.seed !== undefined) random = createRandom(reset.seed);
      day = reset.day ?? days[random.integer(days.length)]!;
      episode = createEpisode(model, source.day(day), layer.information.today);
      observer.begin(dayStartOf(model, source, hindsight, day, observer.information));
      layer.begin(dayStartOf(model, source, hindsight, day, layer.information));
      rule.reset();
      if (options.potential !== undefined) {
        const information = outlookInformation[options.potential];
        const start = dayStartOf(model, source, hindsight, day, information);
        valued = createOutlook(options.potential, start);
      }
      offset = baseline?.(day) ?? null;
      return { observation: observe(), info: infoOf(0, 0) };
    },
    step(action) {
      if (episode === null) throw new Error("reset the environment first");
      return stepDecision(layer.decide(episode.view, action));
    },
    stepDecision,
  };
}
