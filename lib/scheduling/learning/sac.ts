/** Soft actor-critic (Haarnoja et al., arXiv 1812.05905). */

import { createRandom } from "../../random.ts";
import { average, createAdam } from "./adam.ts";
import { copyRows } from "./exploration_shapers.ts";
import { createSquashedSample, sampleSquashed, squashedGradient } from "./gaussian.ts";
import type { Arena } from "./kernel.ts";
import { type Learner, restore } from "./learner.ts";
import { createMlp, type Mlp, padded } from "./mlp.ts";
import { createReplay } from "./replay.ts";
import type { Shaper } from "./shaper.ts";

/** Options shared by the off-policy learners of continuous actions. */
export interface OffPolicyOptions {
  /** Memory and kernel. */
  readonly arena: Arena;
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Numbers of an action. */
  readonly actionSize: number;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** Reward shaping. */
  readonly shaper: Shaper;
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
  /** Learning rate of the actor; default 3e-4. */
  readonly actorRate?: number;
  /** Learning rate of the critics; default 1e-3. */
  readonly criticRate?: number;
  /** An actor to start from, as `policyParameters` of a learner of the same widths. */
  readonly start?: Float32Array;
  /** Weight of the squared distance to the starting actor's action; default 0. */
  readonly startPenalty?: number;
}

const tau = 0.005;

/** Two critics with their targets over rows of [observation, action]. */
export function createCritics(options: OffPolicyOptions): {
  readonly nets: readonly [Mlp, Mlp];
  readonly targets: readonly [Mlp, Mlp];
  readonly width: number;
} {
  const { arena, observationSize, actionSize, width = 64, batch = 64 } = options;
  const random = createRandom(options.seed).fork(2);
  const sizes = [observationSize + actionSize, width, width, 1];
  const make = (): Mlp => createMlp(arena, sizes, random, { activation: "relu", rows: batch });
  const nets = [make(), make()] as const;
  const targets = [make(), make()] as const;
  targets.forEach((target, i) => target.parameters.set(nets[i]!.parameters));
  return { nets, targets, width: padded(observationSize + actionSize) };
}

/**
 * Soft actor-critic with a learned temperature (target entropy half an action's numbers, negative).
 *
 * @param options Sizes, seed, rates and shaping.
 * @return The learner.
 *
 * @example
 * ```ts
 * import { createArena, createSac, noShaping } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const learner = createSac({
 *   arena: createArena(8),
 *   observationSize: 3,
 *   actionSize: 2,
 *   seed: 1,
 *   shaper: noShaping(),
 * });
 * const action = learner.act(new Float32Array(3), null);
 * assert.equal(action.length, 2);
 * ```
 */
export function createSac(options: OffPolicyOptions): Learner {
  const { arena, observationSize, actionSize, shaper, width = 64, batch = 64 } = options;
  const { gamma = 0.97, capacity = 100_000, warmUp = 1000, startPenalty = 0 } = options;
  const random = createRandom(options.seed);
  const actor = createMlp(
    arena,
    [observationSize, width, width, 2 * actionSize],
    random.fork(1),
    { activation: "relu", rows: batch, lastScale: 0.1 },
  );
  if (options.start !== undefined) actor.parameters.set(options.start);
  const anchor = startPenalty > 0
    ? createMlp(arena, [observationSize, width, width, 2 * actionSize], random.fork(3), {
      activation: "relu",
      rows: batch,
    })
    : null;
  anchor?.parameters.set(actor.parameters);
  const critics = createCritics(options);
  const actorAdam = createAdam(actor.parameters.length, options.actorRate ?? 3e-4);
  const criticAdams = critics.nets.map((net) =>
    createAdam(net.parameters.length, options.criticRate ?? 1e-3)
  );
  const temperature = new Float32Array([Math.log(options.start === undefined ? 0.1 : 0.01)]);
  const temperatureSlope = new Float32Array(1);
  const temperatureAdam = createAdam(1, 3e-4);
  const replay = createReplay(capacity, observationSize, actionSize, batch);
  const sample = createSquashedSample(batch, actionSize);
  const single = createSquashedSample(1, actionSize);
  const columns = padded(1);
  const outSlope = new Float32Array(batch * columns);
  const headSlope = new Float32Array(batch * actor.outputWidth);
  const actionSlope = new Float32Array(batch * actionSize);
  const target = new Float32Array(batch);
  const steps = new Float32Array(1);

  const fillCritic = (net: Mlp, observation: Float32Array, action: Float32Array): void => {
    copyRows(observation, observationSize, net.input(), critics.width, batch);
    copyRows(action, actionSize, net.input(), critics.width, batch, observationSize);
  };

  shaper.attach?.((observation) => {
    copyRows(observation, observationSize, actor.input(), actor.inputWidth, batch);
    sampleSquashed(actor.forward(batch), actor.outputWidth, batch, actionSize, null, sample);
    return sample.action;
  });

  const update = (stream: ReturnType<typeof createRandom>): void => {
    const b = replay.sample(stream);
    shaper.shape(b, stream);
    const alpha = Math.exp(temperature[0]!);
    copyRows(b.next, observationSize, actor.input(), actor.inputWidth, batch);
    let head = actor.forward(batch);
    sampleSquashed(head, actor.outputWidth, batch, actionSize, stream, sample);
    const [t1, t2] = critics.targets;
    fillCritic(t1, b.next, sample.action);
    fillCritic(t2, b.next, sample.action);
    const q1 = t1.forward(batch);
    const q2 = t2.forward(batch);
    for (let r = 0; r < batch; r++) {
      const soft = Math.min(q1[r * columns]!, q2[r * columns]!) - alpha * sample.logDensity[r]!;
      target[r] = b.reward[r]! + gamma * (1 - b.terminated[r]!) * soft;
    }
    critics.nets.forEach((net, i) => {
      fillCritic(net, b.observation, b.action);
      const q = net.forward(batch);
      for (let r = 0; r < batch; r++) {
        outSlope[r * columns] = 2 * (q[r * columns]! - target[r]!) / batch;
      }
      net.backward(outSlope, batch, true);
      criticAdams[i]!.step(net.parameters, net.gradients);
    });

    copyRows(b.observation, observationSize, actor.input(), actor.inputWidth, batch);
    head = actor.forward(batch);
    sampleSquashed(head, actor.outputWidth, batch, actionSize, stream, sample);
    const [c1, c2] = critics.nets;
    fillCritic(c1, b.observation, sample.action);
    fillCritic(c2, b.observation, sample.action);
    const v1 = c1.forward(batch);
    const v2 = c2.forward(batch);
    // Each row's gradient flows through the critic that is the smaller there.
    actionSlope.fill(0);
    for (const [net, own, other] of [[c1, v1, v2], [c2, v2, v1]] as const) {
      for (let r = 0; r < batch; r++) {
        const smaller = own[r * columns]! < other[r * columns]! ||
          (own === v1 && own[r * columns] === other[r * columns]);
        outSlope[r * columns] = smaller ? -1 / batch : 0;
      }
      net.backward(outSlope, batch, false);
      const slope = net.inputGradient();
      for (let r = 0; r < batch; r++) {
        for (let i = 0; i < actionSize; i++) {
          actionSlope[r * actionSize + i]! += slope[r * critics.width + observationSize + i]!;
        }
      }
    }
    if (anchor !== null) {
      copyRows(b.observation, observationSize, anchor.input(), anchor.inputWidth, batch);
      const wanted = anchor.forward(batch);
      for (let r = 0; r < batch; r++) {
        for (let i = 0; i < actionSize; i++) {
          const distance = sample.action[r * actionSize + i]! -
            Math.tanh(wanted[r * anchor.outputWidth + i]!);
          actionSlope[r * actionSize + i]! += 2 * startPenalty * distance / batch / actionSize;
        }
      }
    }
    squashedGradient(
      head,
      actor.outputWidth,
      batch,
      actionSize,
      sample,
      actionSlope,
      actionSize,
      0,
      alpha / batch,
      headSlope,
    );
    actor.backward(headSlope, batch, true);
    actorAdam.step(actor.parameters, actor.gradients);
    let entropyGap = 0;
    for (let r = 0; r < batch; r++) entropyGap += sample.logDensity[r]! - actionSize / 2;
    temperatureSlope[0] = -alpha * entropyGap / batch;
    temperatureAdam.step(temperature, temperatureSlope);
    critics.targets.forEach((net, i) => average(net.parameters, critics.nets[i]!.parameters, tau));
  };

  const blocks = [
    actor.parameters,
    actorAdam.state,
    ...critics.nets.map((net) => net.parameters),
    ...critics.targets.map((net) => net.parameters),
    ...criticAdams.map((adam) => adam.state),
    temperature,
    temperatureAdam.state,
    steps,
    ...shaper.blocks,
  ];
  return {
    name: "sac",
    policyParameters: actor.parameters,
    act(observation, stream) {
      if (stream !== null && steps[0]! < warmUp && options.start === undefined) {
        return Float32Array.from({ length: actionSize }, () => 2 * stream.uniform() - 1);
      }
      actor.input().set(observation);
      const head = actor.forward(1);
      sampleSquashed(head, actor.outputWidth, 1, actionSize, stream, single);
      return Float32Array.from(single.action);
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
