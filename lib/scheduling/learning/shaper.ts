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

/** No shaping. */
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
