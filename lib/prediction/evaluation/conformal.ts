/** Prediction intervals with a promised coverage, from errors on cases that were held out. */

/**
 * The split-conformal factor: the `ceil((n + 1) level)`-th smallest of the absolute log errors
 * (Vovk et al., Algorithmic Learning in a Random World, 2005). With it
 * `[predicted / factor, predicted x factor]` holds a new exchangeable case with at least that level.
 *
 * @param logErrors Log of predicted over measured on held-out cases.
 * @param level Promised coverage. Default: 0.9.
 * @return The factor, at least 1; infinite when there are too few cases for the level.
 *
 * @example
 * ```ts
 * import { conformalFactor } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const errors = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
 * assert.ok(Math.abs(conformalFactor(errors, 0.9) - Math.exp(0.9)) < 1e-12);
 * ```
 */
export function conformalFactor(logErrors: readonly number[], level = 0.9): number {
  const sorted = logErrors.map(Math.abs).sort((a, b) => a - b);
  const rank = Math.ceil((sorted.length + 1) * level);
  return rank > sorted.length ? Infinity : Math.exp(sorted[rank - 1]!);
}
