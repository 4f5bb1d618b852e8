/** How estimates become figures of a report. */

import type { Basis, Estimate, Figure } from "./estimate.ts";

/** An estimate with its unit; `reason` says why when it has no value. */
export function figure(input: Estimate, unit: string, reason = "no-input"): Figure {
  return { ...input, unit, reason: input.value === null ? reason : null };
}

/** A figure that could not be made, and why. */
export function noFigure(unit: string, reason: string, basis: Basis = "measured"): Figure {
  return { value: null, low: null, high: null, basis, unit, reason };
}
