/** Reward shaping as an interchangeable part of off-policy learners. */

import type { Random } from "../../random.ts";
import type { Batch } from "./replay.ts";

/** Adds something to the rewards of a minibatch. */
export interface Shaper {
  /** Its name. */
  readonly name: string;
  /** Adds to `batch.reward`, and learns from the batch where it learns. */
  shape(batch: Batch, random: Random): void;
  /** Called once with the main actor's best guesses for rows of observations. */
  attach?(act: (observation: Float32Array) => Float32Array): void;
  /** What it has learned, to be saved. */
  readonly blocks: readonly Float32Array[];
}

/**
 * No shaping.
 *
 * @example
 * ```ts
 * import { noShaping } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.equal(noShaping().name, "none");
 * ```
 */
export function noShaping(): Shaper {
  return { name: "none", shape() {}, blocks: [] };
}

/** The same bonus for every step: a control. */
export function constantShaping(eta: number): Shaper {
  return {
    name: "constant",
    blocks: [],
    shape(batch) {
      for (let r = 0; r < batch.rows; r++) batch.reward[r]! += eta;
    },
  };
}

/** A uniform random bonus in [-eta, eta] for every sample: a control. */
export function noiseShaping(eta: number): Shaper {
  return {
    name: "noise",
    blocks: [],
    shape(batch, random) {
      for (let r = 0; r < batch.rows; r++) batch.reward[r]! += eta * (2 * random.uniform() - 1);
    },
  };
}

/**
 * gamma Phi(s') - Phi(s) with the potentials stored in the transitions, 0 after the end (Ng, Harada
 * and Russell 1999: the optimal policy stays what it was).
 *
 * @example
 * ```ts
 * import { createRandom } from "@joulebook/joulebook";
 * import { potentialShaping } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const one = (x: number) => Float32Array.of(x);
 * const batch = {
 *   rows: 1,
 *   observation: one(0),
 *   action: one(0),
 *   raw: one(1),
 *   reward: one(1),
 *   next: one(0),
 *   terminated: one(0),
 *   potential: one(2),
 *   nextPotential: one(4),
 *   index: Int32Array.of(0),
 * };
 * potentialShaping("potential", 1, 0.5).shape(batch, createRandom(1));
 * assert.equal(batch.reward[0], 1 + 0.5 * 4 - 2);
 * ```
 */
export function potentialShaping(name: string, eta: number, gamma: number): Shaper {
  return {
    name,
    blocks: [],
    shape(batch) {
      for (let r = 0; r < batch.rows; r++) {
        const after = batch.terminated[r] === 1 ? 0 : batch.nextPotential[r]!;
        batch.reward[r]! += eta * (gamma * after - batch.potential[r]!);
      }
    },
  };
}
