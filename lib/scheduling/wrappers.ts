/** Wrappers of environments: each adds one behaviour and keeps the shape. */

import type { Environment, Step, StepInfo } from "./environment.ts";

/**
 * Ends an episode (truncated) after a number of steps.
 *
 * @param environment The environment.
 * @param maxSteps Steps allowed.
 * @return The limited environment.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   flowLayer,
 *   limitTime,
 *   loadSolver,
 *   parseScheduleConfig,
 *   scheduleEnvironment,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const environment = scheduleEnvironment({
 *   model,
 *   source: world,
 *   hindsight,
 *   layer: flowLayer(model, true),
 *   days: [3],
 * });
 * const limited = limitTime(environment, 1);
 * limited.reset({ seed: 1 });
 * assert.ok(limited.step(new Float64Array(18)).truncated);
 * ```
 */
export function limitTime(environment: Environment, maxSteps: number): Environment {
  let steps = 0;
  return {
    actionSpace: environment.actionSpace,
    observationSpace: environment.observationSpace,
    reset(options) {
      steps = 0;
      return environment.reset(options);
    },
    step(action) {
      const step = environment.step(action);
      steps++;
      return { ...step, truncated: step.truncated || (!step.terminated && steps >= maxSteps) };
    },
  };
}

/**
 * Adds reward and length of a finished episode to the info of its last step.
 *
 * @param environment The environment.
 * @return The recording environment.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   flowLayer,
 *   limitTime,
 *   loadSolver,
 *   parseScheduleConfig,
 *   recordEpisodes,
 *   scheduleEnvironment,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const environment = scheduleEnvironment({
 *   model,
 *   source: world,
 *   hindsight,
 *   layer: flowLayer(model, true),
 *   days: [3],
 * });
 * const recorded = recordEpisodes(limitTime(environment, 2));
 * recorded.reset({ seed: 1 });
 * recorded.step(new Float64Array(18));
 * assert.equal(recorded.step(new Float64Array(18)).info.episode?.length, 2);
 * ```
 */
export function recordEpisodes(environment: Environment): Environment {
  let reward = 0;
  let length = 0;
  return {
    actionSpace: environment.actionSpace,
    observationSpace: environment.observationSpace,
    reset(options) {
      reward = 0;
      length = 0;
      return environment.reset(options);
    },
    step(action) {
      const step = environment.step(action);
      reward += step.reward;
      length++;
      if (!step.terminated && !step.truncated) return step;
      const info: StepInfo = { ...step.info, episode: { reward, length } };
      return { ...step, info };
    },
  };
}

/**
 * Scales observations to mean 0 and deviation 1 with statistics that grow with every step (Welford);
 * the result is cut to +-10.
 *
 * @param environment The environment.
 * @return The scaled environment.
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
 *   normalizeObservations,
 *   parseScheduleConfig,
 *   scheduleEnvironment,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const environment = scheduleEnvironment({
 *   model,
 *   source: world,
 *   hindsight,
 *   layer: flowLayer(model, true),
 *   days: [3],
 * });
 * const scaled = normalizeObservations(environment);
 * scaled.reset({ seed: 1 });
 * const { observation } = scaled.step(new Float64Array(18));
 * assert.ok(observation.every((x) => Math.abs(x) <= 10));
 * ```
 */
export function normalizeObservations(environment: Environment): Environment {
  const { size } = environment.observationSpace;
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  let count = 0;
  const scale = (observation: Float32Array): Float32Array => {
    count++;
    return observation.map((x, i) => {
      const delta = x - mean[i]!;
      mean[i]! += delta / count;
      square[i]! += delta * (x - mean[i]!);
      const deviation = Math.sqrt(square[i]! / count) + 1e-8;
      return count < 2 ? 0 : Math.max(-10, Math.min(10, (x - mean[i]!) / deviation));
    });
  };
  return {
    actionSpace: environment.actionSpace,
    observationSpace: environment.observationSpace,
    reset(options) {
      const start = environment.reset(options);
      return { ...start, observation: scale(start.observation) };
    },
    step(action) {
      const step = environment.step(action);
      return { ...step, observation: scale(step.observation) };
    },
  };
}

/** What a vector environment does when a member ends. */
export type Autoreset = "next-step" | "same-step" | "disabled";

/** Several environments stepped together. */
export interface VectorEnvironment {
  /** Members. */
  readonly count: number;
  /** What happens at an end. */
  readonly autoreset: Autoreset;
  /** Starts all; member i gets the seed plus i. */
  reset(seed?: number): Float32Array[];
  /** Steps all, one action a member. */
  step(actions: readonly ArrayLike<number>[]): Step[];
}

/**
 * Several environments as one.
 *
 * `next-step`: the step after an end resets the member and ignores its action, with reward 0.
 * `same-step`: the last step of an episode carries the first observation of the next.
 * `disabled`: a member that has ended must be reset by hand.
 *
 * @param environments The members.
 * @param autoreset What happens at an end; default `next-step`.
 * @return The vector.
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
 *   vectorEnvironment,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const environment = scheduleEnvironment({
 *   model,
 *   source: world,
 *   hindsight,
 *   layer: flowLayer(model, true),
 *   days: [3],
 * });
 * const vector = vectorEnvironment([environment], "same-step");
 * assert.equal(vector.reset(1).length, 1);
 * assert.equal(vector.step([new Float64Array(18)]).length, 1);
 * ```
 */
export function vectorEnvironment(
  environments: readonly Environment[],
  autoreset: Autoreset = "next-step",
): VectorEnvironment {
  const ended = new Uint8Array(environments.length);
  return {
    count: environments.length,
    autoreset,
    reset(seed) {
      ended.fill(0);
      return environments.map((environment, i) =>
        environment.reset(seed === undefined ? {} : { seed: seed + i }).observation
      );
    },
    step: (actions) =>
      environments.map((environment, i) => {
        if (ended[i] === 1 && autoreset === "next-step") {
          ended[i] = 0;
          const start = environment.reset();
          return { ...start, reward: 0, terminated: false, truncated: false };
        }
        const step = environment.step(actions[i]!);
        if (!step.terminated && !step.truncated) return step;
        if (autoreset === "same-step") {
          return { ...step, observation: environment.reset().observation };
        }
        ended[i] = 1;
        return step;
      }),
  };
}
