/** The training loop: chunks of whole days, validation, best checkpoint, exact resume. */

import { createRandom } from "../../random.ts";
import type { Environment, Step } from "../environment.ts";
import type { Learner } from "./learner.ts";

/** A point of a learning curve. */
export interface CurvePoint {
  /** Environment steps so far. */
  readonly steps: number;
  /** Score on the validation days. */
  readonly score: number;
}

/** Everything needed to go on with a run. */
export interface TrainingState {
  /** Chunks done. */
  readonly chunk: number;
  /** The learner. */
  readonly learner: readonly Float32Array[];
  /** The best policy so far. */
  readonly best: Float32Array;
  /** Its score. */
  readonly bestScore: number;
  /** The curve so far. */
  readonly curve: readonly CurvePoint[];
}

/** Options of {@linkcode train}. */
export interface TrainOptions {
  /** What learns. */
  readonly learner: Learner;
  /** What it learns in; one episode a day. */
  readonly environment: Environment;
  /** Environment steps of the run. */
  readonly budget: number;
  /** Episodes between validations. */
  readonly chunkEpisodes: number;
  /** Seed of days, exploration and minibatches. */
  readonly seed: number;
  /** Score of the policy at hand on the validation days; higher is better. */
  readonly validate: () => number;
  /**
   * Which policy the learner is left with: the best on the validation days (default), or the last,
   * where choosing by the true score would tell the learner what a sparse reward hides.
   */
  readonly keep?: "best" | "final";
  /** A run to go on with. */
  readonly resume?: TrainingState;
  /** Called after every chunk. */
  readonly onChunk?: (state: TrainingState) => void;
}

/**
 * Trains a learner and leaves it with its best policy on the validation days (the policy before any
 * training counts), or with its last.
 *
 * A chunk's random numbers depend on the seed and the chunk alone, and a chunk starts with a new day,
 * so that a run that is stopped after a chunk and resumed ends with the same bytes.
 *
 * @param options What, where and how long.
 * @return The finished state.
 *
 * @example
 * ```ts
 * import {
 *   boxSpace,
 *   createArena,
 *   createSac,
 *   noShaping,
 *   train,
 *   type StepInfo,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * // One step an episode; the reward is highest at an action of 0.5.
 * const info = { potential: 0 } as StepInfo;
 * const observation = new Float32Array(1);
 * const environment = {
 *   actionSpace: boxSpace(1, -1, 1),
 *   observationSpace: boxSpace(1, -1, 1),
 *   reset: () => ({ observation, info }),
 *   step: (action: ArrayLike<number>) => ({
 *     observation,
 *     reward: -Math.abs(action[0]! - 0.5),
 *     terminated: true,
 *     truncated: false,
 *     info,
 *   }),
 * };
 * const learner = createSac({
 *   arena: createArena(8),
 *   observationSize: 1,
 *   actionSize: 1,
 *   seed: 1,
 *   shaper: noShaping(),
 *   warmUp: 100,
 *   width: 16,
 *   batch: 16,
 * });
 * const validate = () => -Math.abs(learner.act(observation, null)[0]! - 0.5);
 * const before = validate();
 * const state = train({ learner, environment, budget: 600, chunkEpisodes: 200, seed: 1, validate });
 * assert.equal(state.curve.at(-1)!.steps, 600);
 * assert.ok(validate() >= before);
 * ```
 */
export function train(options: TrainOptions): TrainingState {
  const { learner, environment, budget, chunkEpisodes, seed, validate, resume } = options;
  let steps = 0;
  let chunk = 0;
  let bestScore: number;
  let best: Float32Array;
  let curve: CurvePoint[];
  if (resume === undefined) {
    bestScore = validate();
    best = Float32Array.from(learner.policyParameters);
    curve = [{ steps: 0, score: bestScore }];
  } else {
    learner.load(resume.learner);
    ({ chunk, bestScore } = resume);
    best = Float32Array.from(resume.best);
    curve = [...resume.curve];
    steps = curve.at(-1)!.steps;
  }
  let state: TrainingState | null = null;
  while (steps < budget) {
    const random = createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(chunk + 1, 0x27d4eb2f));
    for (let episode = 0; episode < chunkEpisodes; episode++) {
      let { observation, info } = environment.reset({ seed: random.integer(2 ** 31) });
      let step: Step | null = null;
      do {
        const action = learner.act(observation, random);
        step = environment.step(action);
        learner.learn({
          observation,
          action,
          reward: step.reward,
          next: step.observation,
          terminated: step.terminated,
          potential: [info.potential, step.info.potential],
        }, random);
        ({ observation, info } = step);
        steps++;
      } while (!step.terminated && !step.truncated);
    }
    chunk++;
    const score = validate();
    curve.push({ steps, score });
    if (score > bestScore) {
      bestScore = score;
      best = Float32Array.from(learner.policyParameters);
    }
    if (options.onChunk !== undefined || steps >= budget) {
      state = { chunk, learner: learner.save(), best, bestScore, curve: [...curve] };
      options.onChunk?.(state);
    }
  }
  if (options.keep !== "final") learner.policyParameters.set(best);
  return state ?? { chunk, learner: learner.save(), best, bestScore, curve };
}
