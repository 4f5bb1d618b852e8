/** Shapers whose bonus is the action of a second agent (ReLara, DRESS and JEMAS). */

import { createRandom, type Random } from "../../random.ts";
import { average, createAdam } from "./adam.ts";
import type { ConditionalHead } from "./diffusion.ts";
import { createSquashedSample, sampleSquashed, squashedGradient } from "./gaussian.ts";
import type { Arena } from "./kernel.ts";
import { createMlp, padded } from "./mlp.ts";
import type { Shaper } from "./shaper.ts";

/** Options of {@linkcode rewardAgentShaping}. */
export interface RewardAgentOptions {
  /** Name in tables. */
  readonly name: string;
  /** Memory and kernel. */
  readonly arena: Arena;
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Numbers of an action. */
  readonly actionSize: number;
  /** Rows of a minibatch. */
  readonly rows: number;
  /** Makes the agent's policy on conditions of a size. */
  readonly head: (conditionSize: number, random: Random) => ConditionalHead;
  /** Weight of the bonus. */
  readonly eta: number;
  /** Discount of the agent. */
  readonly gamma: number;
  /** Seed. */
  readonly seed: number;
  /**
   * How the bonus is used. `published`: as the public code does it, every sample of a minibatch gets
   * the bonus of its first sample, and the agent learns from a bonus drawn anew. `corrected`: every
   * sample gets its own, and the agent learns from that one.
   */
  readonly form: "published" | "corrected";
}

const tau = 0.005;
const temperature = 0.05;
const rate = 3e-4;

/**
 * A reward agent: its state is (s, a), its action a bonus in (-1, 1), its reward the environment's.
 * It is a soft actor-critic with two critics and a fixed temperature of 0.05; the next action in its
 * state is the main actor's.
 */
export function rewardAgentShaping(options: RewardAgentOptions): Shaper {
  const { arena, observationSize, actionSize, rows, eta, gamma } = options;
  const random = createRandom(options.seed);
  const size = observationSize + actionSize;
  const head = options.head(size, random.fork(1));
  const critic = (): ReturnType<typeof createMlp> =>
    createMlp(arena, [size + 1, 64, 64, 1], random.fork(2), { activation: "relu", rows });
  const nets = [critic(), critic()] as const;
  const targets = [critic(), critic()] as const;
  targets.forEach((target, i) => target.parameters.set(nets[i]!.parameters));
  const headAdams = head.nets.map((net) => createAdam(net.parameters.length, rate));
  const adams = nets.map((net) => createAdam(net.parameters.length, rate));
  const condition = new Float32Array(rows * size);
  const nextCondition = new Float32Array(rows * size);
  const used = createSquashedSample(rows, 1);
  const drawn = createSquashedSample(rows, 1);
  const columns = padded(1);
  const outSlope = new Float32Array(rows * columns);
  const bonusSlope = new Float32Array(rows);
  const headSlope = new Float32Array(rows * head.headWidth);
  const goal = new Float32Array(rows);
  let nextActions: ((observation: Float32Array) => Float32Array) | null = null;

  const join = (observation: Float32Array, action: Float32Array, out: Float32Array): void => {
    for (let r = 0; r < rows; r++) {
      out.set(
        observation.subarray(r * observationSize, (r + 1) * observationSize),
        r * size,
      );
      out.set(action.subarray(r * actionSize, (r + 1) * actionSize), r * size + observationSize);
    }
  };
  const fill = (
    net: ReturnType<typeof createMlp>,
    from: Float32Array,
    bonus: Float32Array,
  ): void => {
    const input = net.input();
    for (let r = 0; r < rows; r++) {
      input.set(from.subarray(r * size, (r + 1) * size), r * net.inputWidth);
      input[r * net.inputWidth + size] = bonus[r]!;
    }
  };

  return {
    name: options.name,
    blocks: [
      ...head.nets.map((net) => net.parameters),
      ...nets.map((net) => net.parameters),
      ...targets.map((net) => net.parameters),
      ...headAdams.map((adam) => adam.state),
      ...adams.map((adam) => adam.state),
    ],
    attach(act) {
      nextActions = act;
    },
    shape(batch, stream) {
      join(batch.observation, batch.action, condition);
      let values = head.forward(condition, rows, stream);
      sampleSquashed(values, head.headWidth, rows, 1, stream, used);
      const first = used.action[0]!;
      for (let r = 0; r < rows; r++) {
        batch.reward[r]! += eta * (options.form === "published" ? first : used.action[r]!);
      }
      // What the critics are told was done.
      if (options.form === "published") {
        sampleSquashed(values, head.headWidth, rows, 1, stream, drawn);
      }
      const told = Float32Array.from(options.form === "published" ? drawn.action : used.action);

      join(batch.next, nextActions!(batch.next), nextCondition);
      values = head.forward(nextCondition, rows, stream);
      sampleSquashed(values, head.headWidth, rows, 1, stream, drawn);
      targets.forEach((net) => fill(net, nextCondition, drawn.action));
      const [q1, q2] = [targets[0].forward(rows), targets[1].forward(rows)];
      for (let r = 0; r < rows; r++) {
        const soft = Math.min(q1[r * columns]!, q2[r * columns]!) -
          temperature * drawn.logDensity[r]!;
        goal[r] = batch.raw[r]! + gamma * (1 - batch.terminated[r]!) * soft;
      }
      nets.forEach((net, i) => {
        fill(net, condition, told);
        const q = net.forward(rows);
        for (let r = 0; r < rows; r++) {
          outSlope[r * columns] = 2 * (q[r * columns]! - goal[r]!) / rows;
        }
        net.backward(outSlope, rows, true);
        adams[i]!.step(net.parameters, net.gradients);
      });

      values = head.forward(condition, rows, stream);
      sampleSquashed(values, head.headWidth, rows, 1, stream, drawn);
      nets.forEach((net) => fill(net, condition, drawn.action));
      const outputs = [nets[0].forward(rows), nets[1].forward(rows)] as const;
      bonusSlope.fill(0);
      nets.forEach((net, i) => {
        for (let r = 0; r < rows; r++) {
          const [own, other] = [outputs[i]![r * columns]!, outputs[1 - i]![r * columns]!];
          outSlope[r * columns] = own < other || (own === other && i === 0) ? -1 / rows : 0;
        }
        net.backward(outSlope, rows, false);
        for (let r = 0; r < rows; r++) {
          bonusSlope[r]! += net.inputGradient()[r * net.inputWidth + size]!;
        }
      });
      squashedGradient(
        values,
        head.headWidth,
        rows,
        1,
        drawn,
        bonusSlope,
        1,
        0,
        temperature / rows,
        headSlope,
      );
      head.backward(headSlope, rows);
      head.nets.forEach((net, i) => headAdams[i]!.step(net.parameters, net.gradients));
      targets.forEach((net, i) => average(net.parameters, nets[i]!.parameters, tau));
    },
  };
}
