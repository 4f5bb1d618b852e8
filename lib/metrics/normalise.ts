/** Published energies per sequence, with the source's own figure kept beside. */

import { InputError } from "../errors.ts";
import type { Basis, Figure } from "./estimate.ts";
import { figure } from "./figure.ts";
import { unitFactor } from "./units.ts";

/** A figure as its source gives it. */
export interface PublishedEnergy {
  /** The number. */
  readonly value: number;
  /** Its unit of energy: `J`, `mJ`, `Wh`, ... */
  readonly unit: string;
  /** Name of the field or column, as the source spells it. */
  readonly field: string;
  /**
   * What the number is per: one sequence, or a pass of a whole batch of `sequences`, or any number
   * of them (1000 for Wh per 1000 queries).
   */
  readonly per: "sequence" | { readonly sequences: number };
  /** What it is energy of. */
  readonly of: "request" | "prompt" | "input token" | "output token";
  /** How it came about; by default `measured`. */
  readonly basis?: Basis;
}

/** A figure per sequence and where it is from. */
export interface NormalisedEnergy {
  /** Joules per sequence. */
  readonly figure: Figure;
  /** What the source says. */
  readonly original: PublishedEnergy;
  /** The arithmetic in words. */
  readonly rule: string;
}

/**
 * A published energy per sequence, in joules.
 *
 * Tools that meter a whole batch print joules per pass of the batch: ELANA's J/Prompt, J/Token and
 * J/Request are all of that kind, and only a division by the batch size makes them comparable.
 *
 * @param original The figure as published.
 * @return Joules per request, prompt or token of one sequence, with the original beside.
 * @throws {InputError} `bad-option` when the unit is none of energy or the batch is not positive.
 *
 * @example
 * ```ts
 * import { normalisePerSequence } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * // ELANA, Llama-3.1-8B on 4 A6000, batch 64.
 * const { figure, rule } = normalisePerSequence({
 *   value: 6131.45, unit: "J", field: "J/Request", per: { sequences: 64 }, of: "request",
 * });
 * assert.ok(Math.abs(figure.value! - 95.804) < 1e-3);
 * assert.equal(rule, "6131.45 J / 64 sequences");
 * ```
 */
export function normalisePerSequence(original: PublishedEnergy): NormalisedEnergy {
  const sequences = original.per === "sequence" ? 1 : original.per.sequences;
  if (!(sequences > 0)) {
    throw new InputError({
      code: "bad-option",
      problem: `"${original.field}" is per a batch of ${sequences}`,
      expected: "a number of sequences above 0",
      advice: "take the batch size from the run's configuration",
    });
  }
  const factor = unitFactor(original.unit, "energy");
  const value = original.value * factor / sequences;
  const written = `${original.value} ${original.unit}`;
  return {
    figure: figure({
      value: Number.isNaN(value) ? null : value,
      low: null,
      high: null,
      basis: original.basis ?? "measured",
    }, `J/${original.of}`),
    original,
    rule: original.per === "sequence" ? written : `${written} / ${sequences} sequences`,
  };
}
