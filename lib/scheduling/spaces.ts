/** Spaces of observations and actions, with Gymnasium's meaning. */

import { createRandom, type Random } from "../random.ts";

/** A set of vectors that can be sampled. */
export interface Space {
  /** Numbers of a vector. */
  readonly size: number;
  /** Whether a vector belongs to it. */
  contains(value: ArrayLike<number>): boolean;
  /** A random member; the stream starts from the seed given last (default 0). */
  sample(): Float64Array;
  /** Restarts the stream of {@linkcode sample}. */
  seed(seed: number): void;
}

/** A box [low, high]^size; infinite ends are sampled from a standard normal. */
export interface BoxSpace extends Space {
  /** Always `box`. */
  readonly kind: "box";
  /** Lower end of every number. */
  readonly low: number;
  /** Upper end of every number. */
  readonly high: number;
}

/** The integers 0 to count - 1, as vectors of one number. */
export interface DiscreteSpace extends Space {
  /** Always `discrete`. */
  readonly kind: "discrete";
  /** Number of members. */
  readonly count: number;
}

/**
 * A box.
 *
 * @param size Numbers of a vector.
 * @param low Lower end.
 * @param high Upper end.
 * @return The space.
 *
 * @example
 * ```ts
 * import { boxSpace } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const box = boxSpace(3, -1, 1);
 * assert.ok(box.contains(box.sample()));
 * assert.ok(!box.contains([0, 0, 2]));
 * ```
 */
export function boxSpace(size: number, low: number, high: number): BoxSpace {
  let random: Random = createRandom(0);
  const bounded = Number.isFinite(low) && Number.isFinite(high);
  return {
    kind: "box",
    size,
    low,
    high,
    contains: (value) =>
      value.length === size &&
      Array.from(value).every((x) => x >= low && x <= high),
    sample: () =>
      Float64Array.from(
        { length: size },
        () => bounded ? low + (high - low) * random.uniform() : random.normal(),
      ),
    seed(seed) {
      random = createRandom(seed);
    },
  };
}

/**
 * The integers 0 to count - 1.
 *
 * @param count Number of members.
 * @return The space.
 *
 * @example
 * ```ts
 * import { discreteSpace } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.ok(discreteSpace(4).contains([3]));
 * assert.ok(!discreteSpace(4).contains([4]));
 * ```
 */
export function discreteSpace(count: number): DiscreteSpace {
  let random: Random = createRandom(0);
  return {
    kind: "discrete",
    size: 1,
    count,
    contains: (value) =>
      value.length === 1 && Number.isInteger(value[0]) && value[0]! >= 0 && value[0]! < count,
    sample: () => Float64Array.of(random.integer(count)),
    seed(seed) {
      random = createRandom(seed);
    },
  };
}
