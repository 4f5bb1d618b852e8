/** Deep Q-learning (Mnih et al. 2015) with the double estimate (arXiv 1509.06461). */

import { createRandom, type Random } from "../../random.ts";
import { average, createAdam } from "./adam.ts";
import { copyRows } from "./exploration_shapers.ts";
import type { Arena } from "./kernel.ts";
import { type Learner, restore } from "./learner.ts";
import { createMlp } from "./mlp.ts";
import { createReplay } from "./replay.ts";

/** Options of {@linkcode createDqn}. */
export interface DqnOptions {
  /** Memory and kernel. */
  readonly arena: Arena;
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Actions to choose from. */
  readonly actions: number;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** Width of two hidden layers; default 64. */
  readonly width?: number;
  /** Minibatch; default 64. */
  readonly batch?: number;
  /** Discount; default 0.97. */
  readonly gamma?: number;
  /** Transitions kept; default 100,000. */
  readonly capacity?: number;
  /** Random steps before learning; default 1,000. */
  readonly warmUp?: number;
  /** Steps over which exploration falls from 1 to 0.05; default 10,000. */
  readonly exploreSteps?: number;
  /** Learning rate; default 1e-3. */
  readonly rate?: number;
}

/**
 * Double Q-learning; an action is one number, the index of what is chosen.
 *
 * @param options Sizes, seed and rates.
 * @return The learner.
 *
 * @example
 * ```ts
 * import { createArena, createDqn } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const learner = createDqn({ arena: createArena(8), observationSize: 3, actions: 5, seed: 1 });
 * const action = learner.act(new Float32Array(3), null);
 * assert.equal(action.length, 1);
 * ```
 */
export function createDqn(options: DqnOptions): Learner {
  const { arena, observationSize, actions, width = 64, batch = 64, gamma = 0.97 } = options;
  const { capacity = 100_000, warmUp = 1000, exploreSteps = 10_000, rate = 1e-3 } = options;
  const random = createRandom(options.seed);
  const sizes = [observationSize, width, width, actions];
  const shape = { activation: "relu", rows: batch } as const;
  const net = createMlp(arena, sizes, random.fork(1), shape);
  const target = createMlp(arena, sizes, random.fork(1), shape);
  target.parameters.set(net.parameters);
  const adam = createAdam(net.parameters.length, rate, 10);
  const replay = createReplay(capacity, observationSize, 1, batch);
  const steps = new Float32Array(1);
  const goal = new Float32Array(batch);
  const columns = net.outputWidth;
  const slope = new Float32Array(batch * columns);

  const best = (values: Float32Array, row: number): number => {
    let choice = 0;
    for (let a = 1; a < actions; a++) {
      if (values[row * columns + a]! > values[row * columns + choice]!) choice = a;
    }
    return choice;
  };
  const update = (stream: Random): void => {
    const b = replay.sample(stream);
    copyRows(b.next, observationSize, net.input(), net.inputWidth, batch);
    copyRows(b.next, observationSize, target.input(), target.inputWidth, batch);
    const online = net.forward(batch);
    const frozen = target.forward(batch);
    for (let r = 0; r < batch; r++) {
      const next = frozen[r * columns + best(online, r)]!;
      goal[r] = b.reward[r]! + gamma * (1 - b.terminated[r]!) * next;
    }
    copyRows(b.observation, observationSize, net.input(), net.inputWidth, batch);
    const q = net.forward(batch);
    slope.fill(0);
    for (let r = 0; r < batch; r++) {
      const at = r * columns + b.action[r]!;
      slope[at] = Math.max(-1, Math.min(1, q[at]! - goal[r]!)) / batch;
    }
    net.backward(slope, batch, true);
    adam.step(net.parameters, net.gradients);
    average(target.parameters, net.parameters, 0.005);
  };
  const blocks = [net.parameters, target.parameters, adam.state, steps];
  return {
    name: "dqn",
    policyParameters: net.parameters,
    act(observation, stream) {
      const explore = Math.max(0.05, 1 - 0.95 * steps[0]! / exploreSteps);
      if (stream !== null && stream.uniform() < explore) {
        return Float32Array.of(stream.integer(actions));
      }
      net.input().set(observation);
      return Float32Array.of(best(net.forward(1), 0));
    },
    learn(transition, stream) {
      replay.add(transition);
      steps[0]!++;
      if (steps[0]! >= warmUp && replay.size >= batch) update(stream);
    },
    save: () => [...blocks.map((block) => Float32Array.from(block)), replay.save()],
    load(saved) {
      restore(blocks, saved);
      replay.load(saved[blocks.length]!);
    },
  };
}
