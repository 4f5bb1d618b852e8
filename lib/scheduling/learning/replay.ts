/** A buffer of transitions with uniform sampling. */

import type { Random } from "../../random.ts";

/** What happened in one step. */
export interface Transition {
  /** Seen before. */
  readonly observation: Float32Array;
  /** Done. */
  readonly action: ArrayLike<number>;
  /** Paid by the environment. */
  readonly reward: number;
  /** Seen after. */
  readonly next: Float32Array;
  /** Whether the episode terminated. */
  readonly terminated: boolean;
  /** Potential before and after, for potential-based shaping. */
  readonly potential: readonly [number, number];
}

/** A sampled minibatch; rows of the sizes given to the buffer. */
export interface Batch {
  /** Rows. */
  readonly rows: number;
  /** Rows of observations. */
  readonly observation: Float32Array;
  /** Rows of actions. */
  readonly action: Float32Array;
  /** Rewards; a shaper may add to them. */
  readonly reward: Float32Array;
  /** The environment's rewards. */
  readonly raw: Float32Array;
  /** Rows of next observations. */
  readonly next: Float32Array;
  /** 1 where terminated. */
  readonly terminated: Float32Array;
  /** Potentials before. */
  readonly potential: Float32Array;
  /** Potentials after. */
  readonly nextPotential: Float32Array;
  /** Where each row stands in the buffer. */
  readonly index: Int32Array;
}

/** The buffer. */
export interface Replay {
  /** Transitions held. */
  readonly size: number;
  /** Adds a transition, over the oldest when full. */
  add(transition: Transition): void;
  /** Fills the batch with rows drawn uniformly. */
  sample(random: Random): Batch;
  /** All numbers held, to be saved. */
  save(): Float32Array;
  /** Restores what was saved. */
  load(saved: Float32Array): void;
}

/** A buffer of a capacity for given widths and batch rows. */
export function createReplay(
  capacity: number,
  observationSize: number,
  actionSize: number,
  rows: number,
): Replay {
  const width = 2 * observationSize + actionSize + 4;
  const data = new Float32Array(capacity * width);
  let size = 0;
  let next = 0;
  const batch: Batch = {
    rows,
    observation: new Float32Array(rows * observationSize),
    action: new Float32Array(rows * actionSize),
    reward: new Float32Array(rows),
    raw: new Float32Array(rows),
    next: new Float32Array(rows * observationSize),
    terminated: new Float32Array(rows),
    potential: new Float32Array(rows),
    nextPotential: new Float32Array(rows),
    index: new Int32Array(rows),
  };
  return {
    get size() {
      return size;
    },
    add(t) {
      let at = next * width;
      data.set(t.observation, at);
      at += observationSize;
      for (let i = 0; i < actionSize; i++) data[at + i] = t.action[i]!;
      at += actionSize;
      data.set(t.next, at);
      at += observationSize;
      data[at] = t.reward;
      data[at + 1] = t.terminated ? 1 : 0;
      data[at + 2] = t.potential[0];
      data[at + 3] = t.potential[1];
      next = (next + 1) % capacity;
      size = Math.min(capacity, size + 1);
    },
    sample(random) {
      for (let r = 0; r < rows; r++) {
        const row = random.integer(size);
        batch.index[r] = row;
        let at = row * width;
        batch.observation.set(data.subarray(at, at + observationSize), r * observationSize);
        at += observationSize;
        batch.action.set(data.subarray(at, at + actionSize), r * actionSize);
        at += actionSize;
        batch.next.set(data.subarray(at, at + observationSize), r * observationSize);
        at += observationSize;
        batch.raw[r] = data[at]!;
        batch.reward[r] = data[at]!;
        batch.terminated[r] = data[at + 1]!;
        batch.potential[r] = data[at + 2]!;
        batch.nextPotential[r] = data[at + 3]!;
      }
      return batch;
    },
    save() {
      const saved = new Float32Array(2 + size * width);
      saved[0] = size;
      saved[1] = next;
      saved.set(data.subarray(0, size * width), 2);
      return saved;
    },
    load(saved) {
      size = saved[0]!;
      next = saved[1]!;
      data.set(saved.subarray(2));
    },
  };
}
