/** From the energy of GPUs to that of the node and of the facility. */

import { InputError } from "../errors.ts";
import { type Estimate, type Figure, multiply } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";

/** What an energy covers: the boards, the whole server, or the building with its cooling. */
export type EnergyScope = "gpu" | "node" | "facility";

/** What leads from one scope to the next; what is absent leaves the figures beyond it out. */
export interface ScopeFactors {
  /** Energy of the node, in joules, where a meter gave it. It goes before the factor. */
  readonly nodeJ?: Estimate;
  /**
   * Node energy / GPU energy. It depends on the machine and its load; nine runs on two-GPU H100 NVL
   * servers read 1.76 to 1.86 (TokenPowerBench, results of April 2025). There is no default.
   */
  readonly nodeFactor?: Estimate;
  /** Power usage effectiveness: facility energy / IT energy (ISO/IEC 30134-2), at least 1. */
  readonly pue?: Estimate;
}

/** One energy at three scopes. */
export interface ScopeChain {
  /** GPUs. */
  readonly gpu: Figure;
  /** The node. */
  readonly node: Figure;
  /** The facility. */
  readonly facility: Figure;
  /** How each was made, in words. */
  readonly steps: readonly string[];
}

/**
 * The same work's energy at the scope of GPUs, node and facility.
 *
 * node = metered, or GPU x node factor; facility = node x PUE. Errors of factors are independent of
 * those of the energy (see {@linkcode multiply}).
 *
 * @param gpuJ Energy of the GPUs, in joules; null where only the node is known.
 * @param factors A metered node or a factor, and PUE.
 * @return Three figures in joules; those that cannot be made say why.
 * @throws {InputError} `bad-option` when a factor or PUE is below 1.
 *
 * @example
 * ```ts
 * import { estimate, scopeChain } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const chain = scopeChain(estimate(1000), {
 *   nodeFactor: estimate(1.8, { low: 1.7, high: 1.9, basis: "declared" }),
 *   pue: estimate(1.2, { basis: "declared" }),
 * });
 * assert.equal(chain.facility.value, 2160);
 * assert.equal(chain.facility.basis, "declared");
 * assert.deepEqual(chain.steps, ["node = GPU x 1.8", "facility = node x PUE 1.2"]);
 * ```
 */
export function scopeChain(gpuJ: Estimate | null, factors: ScopeFactors): ScopeChain {
  const { nodeJ, nodeFactor, pue } = factors;
  atLeastOne(nodeFactor, "the node factor", "node energy divided by the energy of its GPUs");
  atLeastOne(pue, "PUE", "facility energy divided by IT energy");
  const steps: string[] = [];
  let node = noFigure("J", "no-node-meter-or-factor");
  if (nodeJ !== undefined) {
    node = figure(nodeJ, "J");
    steps.push("node = metered");
  } else if (nodeFactor !== undefined && gpuJ !== null) {
    node = figure(multiply(gpuJ, nodeFactor), "J");
    steps.push(`node = GPU x ${nodeFactor.value}`);
  }
  let facility = noFigure("J", node.value === null ? "no-node-energy" : "no-pue");
  if (pue !== undefined && node.value !== null) {
    facility = figure(multiply(node, pue), "J");
    steps.push(`facility = node x PUE ${pue.value}`);
  }
  return {
    gpu: gpuJ === null ? noFigure("J", "not-metered") : figure(gpuJ, "J"),
    node,
    facility,
    steps,
  };
}

function atLeastOne(factor: Estimate | undefined, name: string, meaning: string): void {
  if (factor === undefined || (factor.value !== null && factor.value >= 1)) return;
  throw new InputError({
    code: "bad-option",
    problem: `${name} is below 1`,
    expected: `${meaning}, at least 1`,
    found: String(factor.value),
  });
}
