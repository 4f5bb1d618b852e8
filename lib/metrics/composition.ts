/** Of what a node's energy consists. */

import { add, type Estimate, type Figure, scale } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";

/** Energies of one node over the same time, in joules; absent where nothing metered it. */
export interface NodeParts {
  /** The whole node, from a meter before its power supply. */
  readonly node?: Estimate;
  /** All GPUs. */
  readonly gpu?: Estimate;
  /** All processor packages; not their sub-domains as well. */
  readonly cpu?: Estimate;
  /** Memory. */
  readonly dram?: Estimate;
}

/** One part of a node. */
export interface NodeShare {
  /** Which. */
  readonly part: "gpu" | "cpu" | "dram" | "unattributed";
  /** Its energy. */
  readonly energy: Figure;
  /** Its share of the node's energy; null without a node meter. */
  readonly share: number | null;
}

/** What a node's energy consists of. */
export interface NodeComposition {
  /** The node. */
  readonly node: Figure;
  /** GPU, CPU, DRAM and the rest, which add up to the node. */
  readonly parts: readonly NodeShare[];
  /**
   * `components-exceed-node` when the parts are more than the node: a domain counted twice, a
   * meter that clips, or different times; null when they are not.
   */
  readonly fault: "components-exceed-node" | null;
}

/**
 * Divides a node's energy among its metered parts; the rest (fans, supplies, network, board) is
 * "unattributed".
 *
 * A part that nothing metered has no energy (never 0) and is contained in the rest. The rest's
 * interval takes the errors of the meters as independent.
 *
 * @param parts Energies in joules, over the same time.
 * @return Parts that add up to the node, and a fault when they cannot.
 *
 * @example
 * ```ts
 * import { estimate, nodeComposition } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * // TokenPowerBench, Llama-3.1-8B, batch 256: 1 s at 1338 W, GPU 758, CPU 189, DRAM 20 W.
 * const { parts } = nodeComposition({
 *   node: estimate(1338), gpu: estimate(758), cpu: estimate(189), dram: estimate(20),
 * });
 * const rest = parts.find(({ part }) => part === "unattributed")!;
 * assert.equal(rest.energy.value, 371);
 * assert.equal(rest.share!.toFixed(3), "0.277");
 * ```
 */
export function nodeComposition(parts: NodeParts): NodeComposition {
  const { node } = parts;
  const whole = node?.value ?? null;
  const shareOf = (value: number | null): number | null =>
    whole === null || value === null || !(whole > 0) ? null : value / whole;
  const metered = (["gpu", "cpu", "dram"] as const).map((part): NodeShare => {
    const energy = parts[part];
    return {
      part,
      energy: energy === undefined ? noFigure("J", "not-metered") : figure(energy, "J"),
      share: shareOf(energy?.value ?? null),
    };
  });
  const known = [parts.gpu, parts.cpu, parts.dram].filter((part) =>
    part !== undefined && part.value !== null
  ) as Estimate[];
  let rest = noFigure("J", "no-node-meter");
  if (node !== undefined && whole !== null) {
    rest = figure(add([node, ...known.map((part) => scale(part, -1))], "independent"), "J");
  }
  return {
    node: node === undefined ? noFigure("J", "not-metered") : figure(node, "J"),
    parts: [...metered, { part: "unattributed", energy: rest, share: shareOf(rest.value) }],
    fault: rest.value !== null && rest.value < 0 ? "components-exceed-node" : null,
  };
}
