/** Layers of GPT-2 and its relatives. */

import type { Layer, Weight } from "../architecture.ts";
import type { attention, feedForward } from "../build.ts";

/** One layer from its parts. */
export function layer(
  block: ReturnType<typeof attention>,
  mlp: ReturnType<typeof feedForward>,
  norms: readonly Weight[],
): Layer {
  return {
    mixer: block.mixer,
    feedForward: [mlp.block],
    norms: norms.length,
    weights: [...block.weights, ...mlp.weights, ...norms],
  };
}

/** A layer for each number from 0. */
export function repeat(count: number, make: (i: number) => Layer): Layer[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
