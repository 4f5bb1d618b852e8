import type { CostModel } from "./cost_model.ts";
import { costModel } from "./cost_model.ts";
import type { StepRule } from "./divide.ts";

/**
 * A way to divide power among the requests that an engine works on at one instant. All methods
 * divide the same energy, so all conserve it; they differ in what they take a unit of work to cost.
 */
export interface AttributionMethod {
  /** Name, for reports. */
  readonly name: string;
  /**
   * What units of work cost, in any unit, for only proportions matter; null when the costs are
   * fitted to the trace.
   */
  readonly costs: CostModel | null;
  /** How the cost of a step is shared by the sequences in it. */
  readonly stepRule: StepRule;
  /**
   * Whether it needs to know when steps were slow; else each request decodes at its own mean rate,
   * which is faster to find.
   */
  readonly needsStepRates: boolean;
  /** The rule for shared cost in words. */
  readonly sharing: string;
}

/**
 * Regression on the trace, the default: costs of a prompt token, an output token, a context read, a
 * step and a second of stretch by least squares, then scaled to the measured power at every
 * instant.
 *
 * For costs that add up over work, plus one for each step, the Shapley value of a sequence is the
 * cost of its own work and an equal share of the step, which is what it gets.
 */
export const REGRESSION: AttributionMethod = {
  name: "regression",
  costs: null,
  stepRule: "per-sequence",
  needsStepRates: true,
  sharing: "own work, steps in equal parts per sequence (the Shapley value of the fitted costs)",
};

/** Regression with the cost of a step shared by tokens computed. */
export const REGRESSION_PER_TOKEN: AttributionMethod = {
  name: "regression-per-token",
  costs: null,
  stepRule: "per-token",
  needsStepRates: true,
  sharing: "own work, steps in proportion to tokens",
};

/** Equal parts for every sequence in prefill or decode. */
export const EQUAL_SHARE: AttributionMethod = {
  name: "dynamic-equal-share",
  costs: costModel({ sequenceSecond: 1 }),
  stepRule: "per-sequence",
  needsStepRates: false,
  sharing: "everything in equal parts per sequence",
};

/** By output tokens: prefill gets nothing, by construction. */
export const OUTPUT_TOKEN_SHARE: AttributionMethod = {
  name: "output-tokens",
  costs: costModel({ decodeToken: 1 }),
  stepRule: "per-token",
  needsStepRates: false,
  sharing: "everything in proportion to output tokens behind the first",
};

/**
 * By tokens, with weights.
 *
 * @param prefill Weight of a prompt token.
 * @param decode Weight of an output token.
 * @return The method.
 *
 * @example
 * ```ts
 * import { tokenWeighted } from "@joulebook/joulebook/attribution";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tokenWeighted(1, 4).name, "tokens-1:4");
 * ```
 */
export function tokenWeighted(prefill: number, decode: number): AttributionMethod {
  return {
    name: `tokens-${prefill}:${decode}`,
    costs: costModel({ prefillToken: prefill, decodeToken: decode }),
    stepRule: "per-token",
    needsStepRates: false,
    sharing: `everything in proportion to tokens, prompt:output as ${prefill}:${decode}`,
  };
}

/** Work of a language model, per unit, and the rates of the machine that does it. */
export interface ModelWork {
  /** FLOPs of a token through the weights. */
  readonly flopsPerToken: number;
  /** FLOPs of a token for each token of context. */
  readonly flopsPerContextToken: number;
  /** Bytes of weights read in a step. */
  readonly weightBytes: number;
  /** Bytes of cache of a token. */
  readonly cacheBytesPerToken: number;
  /** Joules of a FLOP. */
  readonly jPerFlop: number;
  /** Joules of a byte read. */
  readonly jPerByte: number;
}

/**
 * By work: FLOPs and bytes of a model from its configuration, at given energies. Weights, read once
 * in a step, are shared by the sequences in it. Right for a dense model; a mixture of experts reads
 * more weights the larger the batch, which it does not see.
 *
 * @param work The model's work and the energy of a FLOP and a byte.
 * @return The method.
 *
 * @example
 * ```ts
 * import { workWeighted } from "@joulebook/joulebook/attribution";
 * import assert from "node:assert/strict";
 *
 * const method = workWeighted({
 *   flopsPerToken: 16e9,
 *   flopsPerContextToken: 5e5,
 *   weightBytes: 16e9,
 *   cacheBytesPerToken: 131_072,
 *   jPerFlop: 1e-12,
 *   jPerByte: 1e-10,
 * });
 * assert.equal(method.costs!.step, 1.6);
 * ```
 */
export function workWeighted(work: ModelWork): AttributionMethod {
  const perContext = work.flopsPerContextToken * work.jPerFlop;
  return {
    name: "work",
    costs: costModel({
      prefillToken: work.flopsPerToken * work.jPerFlop,
      decodeToken: work.flopsPerToken * work.jPerFlop,
      contextRead: work.cacheBytesPerToken * work.jPerByte + perContext,
      step: work.weightBytes * work.jPerByte,
    }),
    stepRule: "per-sequence",
    needsStepRates: true,
    sharing: "own FLOPs and bytes, weights in equal parts per sequence",
  };
}
