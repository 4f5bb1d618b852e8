/** Imitation: regression of an actor on the actions of the optimum. */

import { createRandom } from "../../random.ts";
import { createAdam } from "./adam.ts";
import type { Arena } from "./kernel.ts";
import { createMlp } from "./mlp.ts";

/** Observations and the actions to imitate, row by row. */
export interface Demonstrations {
  /** Rows. */
  readonly rows: number;
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Numbers of an action. */
  readonly actionSize: number;
  /** Rows of observations. */
  readonly observation: Float32Array;
  /** Rows of actions in [-1, 1]. */
  readonly action: Float32Array;
}

/** Raw deviation that a cloned actor is given: exp(-3.3), little exploration. */
const rawDeviation = -0.6;

/**
 * Fits tanh(mean) of an actor to demonstrations by least squares (its deviation to a small constant),
 * in a form that soft actor-critic can start from.
 *
 * @param arena Memory and kernel.
 * @param data What to imitate.
 * @param seed Seed of weights and order.
 * @param epochs Passes over the data.
 * @param width Width of the hidden layers.
 * @return The actor's parameters and the mean squared error of the last pass.
 */
export function imitate(
  arena: Arena,
  data: Demonstrations,
  seed: number,
  epochs: number,
  width: number,
): { readonly parameters: Float32Array; readonly error: number } {
  const batch = 64;
  const random = createRandom(seed);
  const { observationSize, actionSize } = data;
  const actor = createMlp(
    arena,
    [observationSize, width, width, 2 * actionSize],
    random.fork(1),
    { activation: "relu", rows: batch, lastScale: 0.1 },
  );
  const adam = createAdam(actor.parameters.length, 1e-3);
  const slope = new Float32Array(batch * actor.outputWidth);
  let error = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    error = 0;
    const batches = Math.floor(data.rows / batch);
    for (let b = 0; b < batches; b++) {
      const rows = Int32Array.from({ length: batch }, () => random.integer(data.rows));
      rows.forEach((row, r) =>
        actor.input().set(
          data.observation.subarray(row * observationSize, (row + 1) * observationSize),
          r * actor.inputWidth,
        )
      );
      const head = actor.forward(batch);
      for (let r = 0; r < batch; r++) {
        for (let i = 0; i < actionSize; i++) {
          const at = r * actor.outputWidth + i;
          const guess = Math.tanh(head[at]!);
          const gap = guess - data.action[rows[r]! * actionSize + i]!;
          error += gap * gap / batch / actionSize / batches;
          slope[at] = 2 * gap * (1 - guess * guess) / batch;
          slope[at + actionSize] = 0.1 * (head[at + actionSize]! - rawDeviation) / batch;
        }
      }
      actor.backward(slope, batch, true);
      adam.step(actor.parameters, actor.gradients);
    }
  }
  return { parameters: Float32Array.from(actor.parameters), error };
}
