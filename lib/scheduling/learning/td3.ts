/** Twin delayed deterministic policy gradients (Fujimoto et al., arXiv 1802.09477). */

import { createRandom, type Random } from "../../random.ts";
import { average, createAdam } from "./adam.ts";
import { copyRows } from "./exploration_shapers.ts";
import { type Learner, restore } from "./learner.ts";
import { createMlp, type Mlp, padded } from "./mlp.ts";
import { createReplay } from "./replay.ts";
import { createCritics, type OffPolicyOptions } from "./sac.ts";

/** Deviation of the exploration noise, of the target noise, and the latter's cut. */
const [exploration, smoothing, cut] = [0.2, 0.2, 0.5];
const tau = 0.005;
const delay = 2;

/**
 * TD3 with the defaults of its paper but for the networks' width and the rates.
 *
 * @param options Sizes, seed, rates and shaping.
 * @return The learner.
 *
 * @example
 * ```ts
 * import { createArena, createTd3, noShaping } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const learner = createTd3({
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
export function createTd3(options: OffPolicyOptions): Learner {
  const { arena, observationSize, actionSize, shaper, width = 64, batch = 64 } = options;
  const { gamma = 0.97, capacity = 100_000, warmUp = 1000 } = options;
  const random = createRandom(options.seed);
  const sizes = [observationSize, width, width, actionSize];
  const make = (stream: Random): Mlp =>
    createMlp(arena, sizes, stream, { activation: "relu", rows: batch, lastScale: 0.1 });
  const actor = make(random.fork(1));
  const targetActor = make(random.fork(1));
  targetActor.parameters.set(actor.parameters);
  const critics = createCritics(options);
  const actorAdam = createAdam(actor.parameters.length, options.actorRate ?? 3e-4);
  const criticAdams = critics.nets.map((net) =>
    createAdam(net.parameters.length, options.criticRate ?? 1e-3)
  );
  const replay = createReplay(capacity, observationSize, actionSize, batch);
  const columns = padded(1);
  const outSlope = new Float32Array(batch * columns);
  const actorSlope = new Float32Array(batch * actor.outputWidth);
  const action = new Float32Array(batch * actionSize);
  const target = new Float32Array(batch);
  const steps = new Float32Array(1);

  const fillCritic = (net: Mlp, observation: Float32Array, actions: Float32Array): void => {
    copyRows(observation, observationSize, net.input(), critics.width, batch);
    copyRows(actions, actionSize, net.input(), critics.width, batch, observationSize);
  };
  const clip = (x: number, bound: number): number => Math.max(-bound, Math.min(bound, x));

  shaper.attach?.((observation) => {
    copyRows(observation, observationSize, actor.input(), actor.inputWidth, batch);
    const head = actor.forward(batch);
    for (let r = 0; r < batch; r++) {
      for (let i = 0; i < actionSize; i++) {
        action[r * actionSize + i] = Math.tanh(head[r * actor.outputWidth + i]!);
      }
    }
    return action;
  });

  const update = (stream: Random): void => {
    const b = replay.sample(stream);
    shaper.shape(b, stream);
    copyRows(b.next, observationSize, targetActor.input(), targetActor.inputWidth, batch);
    const raw = targetActor.forward(batch);
    for (let r = 0; r < batch; r++) {
      for (let i = 0; i < actionSize; i++) {
        action[r * actionSize + i] = clip(
          Math.tanh(raw[r * actor.outputWidth + i]!) + clip(smoothing * stream.normal(), cut),
          1,
        );
      }
    }
    const [t1, t2] = critics.targets;
    fillCritic(t1, b.next, action);
    fillCritic(t2, b.next, action);
    const q1 = t1.forward(batch);
    const q2 = t2.forward(batch);
    for (let r = 0; r < batch; r++) {
      target[r] = b.reward[r]! +
        gamma * (1 - b.terminated[r]!) * Math.min(q1[r * columns]!, q2[r * columns]!);
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
    if (steps[0]! % delay !== 0) return;
    copyRows(b.observation, observationSize, actor.input(), actor.inputWidth, batch);
    const head = actor.forward(batch);
    for (let r = 0; r < batch; r++) {
      for (let i = 0; i < actionSize; i++) {
        action[r * actionSize + i] = Math.tanh(head[r * actor.outputWidth + i]!);
      }
    }
    const critic = critics.nets[0];
    fillCritic(critic, b.observation, action);
    critic.forward(batch);
    for (let r = 0; r < batch; r++) outSlope[r * columns] = -1 / batch;
    critic.backward(outSlope, batch, false);
    const slope = critic.inputGradient();
    for (let r = 0; r < batch; r++) {
      for (let i = 0; i < actionSize; i++) {
        const a = action[r * actionSize + i]!;
        actorSlope[r * actor.outputWidth + i] = slope[r * critics.width + observationSize + i]! *
          (1 - a * a);
      }
    }
    actor.backward(actorSlope, batch, true);
    actorAdam.step(actor.parameters, actor.gradients);
    average(targetActor.parameters, actor.parameters, tau);
    critics.targets.forEach((net, i) => average(net.parameters, critics.nets[i]!.parameters, tau));
  };

  const blocks = [
    actor.parameters,
    targetActor.parameters,
    actorAdam.state,
    ...critics.nets.map((net) => net.parameters),
    ...critics.targets.map((net) => net.parameters),
    ...criticAdams.map((adam) => adam.state),
    steps,
    ...shaper.blocks,
  ];
  return {
    name: "td3",
    policyParameters: actor.parameters,
    act(observation, stream) {
      if (stream !== null && steps[0]! < warmUp) {
        return Float32Array.from({ length: actionSize }, () => 2 * stream.uniform() - 1);
      }
      actor.input().set(observation);
      const head = actor.forward(1);
      return Float32Array.from(
        { length: actionSize },
        (_, i) =>
          clip(Math.tanh(head[i]!) + (stream === null ? 0 : exploration * stream.normal()), 1),
      );
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
