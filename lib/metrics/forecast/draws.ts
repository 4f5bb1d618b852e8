/** Draws of uncertain inputs: a seeded Monte Carlo. */

import { quantileSorted } from "simple-statistics";
import { createRandom } from "../../random.ts";
import type { Estimate } from "../estimate.ts";

/** The 95th percentile of the standard normal distribution: half widths are this many deviations. */
export const z95 = 1.6448536269514722;

/** Standard normal draws by the key of an input: the same key, the same draws. */
export class Draws {
  readonly #seed: number;
  readonly #byKey = new Map<string, Float64Array>();

  constructor(seed: number, readonly count: number) {
    this.#seed = seed;
  }

  /** The draws of a key. */
  of(key: string): Float64Array {
    let column = this.#byKey.get(key);
    if (column === undefined) {
      const random = createRandom(this.#seed ^ hash(key));
      column = Float64Array.from({ length: this.count }, () => random.normal());
      this.#byKey.set(key, column);
    }
    return column;
  }
}

/**
 * A draw of an input, from a normal draw z: value + z (high - value) / 1.645 above the value, with
 * (value - low) below it. So low, value and high are its 5th, 50th and 95th percentiles.
 */
export function drawn(
  input: { readonly value: number; readonly low: number | null; readonly high: number | null },
  z: number,
  least = 0,
): number {
  if (input.low === null || input.high === null) return input.value;
  const width = z < 0 ? input.value - input.low : input.high - input.value;
  return Math.max(least, input.value + z / z95 * width);
}

/** The interval from the 5th to the 95th percentile of a result's draws, around its central value. */
export function intervalOf(value: number, draws: Float64Array | null): Omit<Estimate, "basis"> {
  if (draws === null) return { value, low: null, high: null };
  const sorted = Float64Array.from(draws).sort() as unknown as number[];
  return {
    value,
    low: quantileSorted(sorted, 0.05),
    high: quantileSorted(sorted, 0.95),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
