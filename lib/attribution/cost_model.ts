/**
 * What a unit of work costs. In joules when fitted or known, else relative: only proportions matter
 * for a division. The cost of a step is shared by the sequences in it.
 */
export interface CostModel {
  /** A prompt token computed. */
  readonly prefillToken: number;
  /** An output token decoded. */
  readonly decodeToken: number;
  /** A context token read by a decode step. */
  readonly contextRead: number;
  /** A step. */
  readonly step: number;
  /** A second by which prompts stretch a step. */
  readonly stretchSecond: number;
  /** A second of a sequence in prefill or decode, whatever it does. */
  readonly sequenceSecond: number;
}

/**
 * A cost model with some costs given, the others 0.
 *
 * @param costs The costs that are not 0.
 * @return The model.
 *
 * @example
 * ```ts
 * import { costModel } from "@joulebook/joulebook/attribution";
 * import assert from "node:assert/strict";
 *
 * assert.equal(costModel({ decodeToken: 2 }).step, 0);
 * ```
 */
export function costModel(costs: Partial<CostModel>): CostModel {
  return {
    prefillToken: 0,
    decodeToken: 0,
    contextRead: 0,
    step: 0,
    stretchSecond: 0,
    sequenceSecond: 0,
    ...costs,
  };
}

/** A cost model from the regression's coefficients, in the order of `FEATURES`. */
export function fromCoefficients(x: Float64Array): CostModel {
  return costModel({
    prefillToken: x[0]!,
    decodeToken: x[1]!,
    contextRead: x[2]!,
    step: x[3]!,
    stretchSecond: x[4]!,
  });
}
