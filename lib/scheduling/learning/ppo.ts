/** Proximal policy optimisation (Schulman et al., arXiv 1707.06347) with a Gaussian policy. */

import { createRandom, type Random } from "../../random.ts";
import { createAdam } from "./adam.ts";
import type { Arena } from "./kernel.ts";
import { type Learner, restore } from "./learner.ts";
import { createMlp, padded } from "./mlp.ts";
import type { Transition } from "./replay.ts";

/** Options of {@linkcode createPpo}. */
export interface PpoOptions {
  /** Memory and kernel. */
  readonly arena: Arena;
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Numbers of an action. */
  readonly actionSize: number;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** Width of two hidden layers; default 64. */
  readonly width?: number;
  /** Minibatch; default 64. */
  readonly batch?: number;
  /** Discount; default 0.97. */
  readonly gamma?: number;
  /** Steps between updates; default 960. */
  readonly horizon?: number;
  /** Passes over the steps of an update; default 10. */
  readonly epochs?: number;
  /** Learning rate; default 3e-4. */
  readonly rate?: number;
}

const clipRange = 0.2;
const lambda = 0.95;

/**
 * PPO: the mean of the action is tanh of the actor's output, its deviation a learned number per
 * action number; actions are cut to [-1, 1] by the environment's layer, densities are of the uncut
 * action. Generalised advantages with lambda 0.95, clip 0.2, gradient norm cut to 0.5.
 *
 * @param options Sizes, seed and rates.
 * @return The learner.
 *
 * @example
 * ```ts
 * import { createArena, createPpo } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const learner = createPpo({ arena: createArena(8), observationSize: 3, actionSize: 2, seed: 1 });
 * const action = learner.act(new Float32Array(3), null);
 * assert.equal(action.length, 2);
 * ```
 */
export function createPpo(options: PpoOptions): Learner {
  const { arena, observationSize, actionSize, width = 64, batch = 64 } = options;
  const { gamma = 0.97, horizon = 960, epochs = 10, rate = 3e-4 } = options;
  const random = createRandom(options.seed);
  const shape = { activation: "tanh", rows: batch } as const;
  const actor = createMlp(
    arena,
    [observationSize, width, width, actionSize],
    random.fork(1),
    { ...shape, lastScale: 0.1 },
  );
  const critic = createMlp(arena, [observationSize, width, width, 1], random.fork(2), shape);
  const logDeviation = new Float32Array(actionSize).fill(-0.7);
  const deviationSlope = new Float32Array(actionSize);
  const adams = [
    createAdam(actor.parameters.length, rate, 0.5),
    createAdam(critic.parameters.length, 3 * rate, 0.5),
    createAdam(actionSize, rate, 0.5),
  ] as const;
  // What `act` does depends on the actor alone; one block holds it and the deviations.
  const columns = padded(1);
  let steps: Transition[] = [];

  const meanOf = (head: Float32Array, r: number, i: number): number =>
    Math.tanh(head[r * actor.outputWidth + i]!);
  const valueOf = (observation: Float32Array): number => {
    critic.input().set(observation);
    return critic.forward(1)[0]!;
  };
  const density = (mean: number, action: number, i: number): number => {
    const z = (action - mean) / Math.exp(logDeviation[i]!);
    return -0.5 * z * z - logDeviation[i]!;
  };

  const update = (stream: Random): void => {
    const count = steps.length;
    const advantage = new Float32Array(count);
    const goal = new Float32Array(count);
    const before = new Float32Array(count);
    let carried = 0;
    for (let t = count - 1; t >= 0; t--) {
      const step = steps[t]!;
      const value = valueOf(step.observation);
      const next = step.terminated ? 0 : valueOf(step.next);
      const error = step.reward + gamma * next - value;
      carried = error + (step.terminated ? 0 : gamma * lambda * carried);
      advantage[t] = carried;
      goal[t] = carried + value;
      actor.input().set(step.observation);
      const head = actor.forward(1);
      for (let i = 0; i < actionSize; i++) {
        before[t]! += density(meanOf(head, 0, i), step.action[i]!, i);
      }
    }
    let mean = 0;
    let square = 0;
    for (const a of advantage) {
      mean += a / count;
      square += a * a / count;
    }
    const deviation = Math.sqrt(Math.max(1e-12, square - mean * mean));
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const actorSlope = new Float32Array(batch * actor.outputWidth);
    const criticSlope = new Float32Array(batch * columns);
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let i = count - 1; i > 0; i--) {
        const j = stream.integer(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      for (let from = 0; from + batch <= count; from += batch) {
        for (let r = 0; r < batch; r++) {
          const { observation } = steps[order[from + r]!]!;
          actor.input().set(observation, r * actor.inputWidth);
          critic.input().set(observation, r * critic.inputWidth);
        }
        const head = actor.forward(batch);
        const value = critic.forward(batch);
        for (let r = 0; r < batch; r++) {
          const at = order[from + r]!;
          const step = steps[at]!;
          let now = 0;
          for (let i = 0; i < actionSize; i++) {
            now += density(meanOf(head, r, i), step.action[i]!, i);
          }
          const ratio = Math.exp(Math.min(20, now - before[at]!));
          const a = (advantage[at]! - mean) / deviation;
          const clipped = (a > 0 && ratio > 1 + clipRange) || (a < 0 && ratio < 1 - clipRange);
          const slope = clipped ? 0 : -a * ratio / batch;
          for (let i = 0; i < actionSize; i++) {
            const m = meanOf(head, r, i);
            const variance = Math.exp(2 * logDeviation[i]!);
            const z = step.action[i]! - m;
            actorSlope[r * actor.outputWidth + i] = slope * z / variance * (1 - m * m);
            deviationSlope[i]! += slope * (z * z / variance - 1);
          }
          criticSlope[r * columns] = 2 * (value[r * columns]! - goal[at]!) / batch;
        }
        actor.backward(actorSlope, batch, true);
        critic.backward(criticSlope, batch, true);
        adams[0].step(actor.parameters, actor.gradients);
        adams[1].step(critic.parameters, critic.gradients);
        adams[2].step(logDeviation, deviationSlope);
      }
    }
  };
  const blocks = [
    actor.parameters,
    critic.parameters,
    logDeviation,
    ...adams.map((adam) => adam.state),
  ];
  return {
    name: "ppo",
    policyParameters: actor.parameters,
    act(observation, stream) {
      actor.input().set(observation);
      const head = actor.forward(1);
      return Float32Array.from(
        { length: actionSize },
        (_, i) =>
          meanOf(head, 0, i) + (stream === null ? 0 : Math.exp(logDeviation[i]!) * stream.normal()),
      );
    },
    learn(transition, stream) {
      steps.push(transition);
      if (steps.length < horizon) return;
      update(stream);
      steps = [];
    },
    save() {
      // Steps since the last update, so that a resumed run updates on the same ones.
      const width = 2 * observationSize + actionSize + 2;
      const pending = new Float32Array(steps.length * width);
      steps.forEach((step, i) => {
        const at = i * width;
        pending.set(step.observation, at);
        pending.set(step.next, at + observationSize);
        pending.set(Float32Array.from(step.action), at + 2 * observationSize);
        pending[at + width - 2] = step.reward;
        pending[at + width - 1] = step.terminated ? 1 : 0;
      });
      return [...blocks.map((block) => Float32Array.from(block)), pending];
    },
    load(saved) {
      restore(blocks, saved);
      const width = 2 * observationSize + actionSize + 2;
      const pending = saved[blocks.length]!;
      steps = Array.from({ length: pending.length / width }, (_, i): Transition => {
        const row = pending.slice(i * width, (i + 1) * width);
        return {
          observation: row.slice(0, observationSize),
          next: row.slice(observationSize, 2 * observationSize),
          action: row.slice(2 * observationSize, 2 * observationSize + actionSize),
          reward: row[width - 2]!,
          terminated: row[width - 1] === 1,
          potential: [0, 0],
        };
      });
    },
  };
}
