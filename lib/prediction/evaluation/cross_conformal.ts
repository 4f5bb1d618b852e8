/** Intervals for held-out groups, calibrated on the errors of the other groups. */

import type { PredictedPair } from "./accuracy.ts";
import { conformalFactor } from "./conformal.ts";

/** A prediction beside its measurement, with what decides its interval. */
export interface GroupedPair {
  /** Predicted value. */
  readonly predicted: number;
  /** Measured value. */
  readonly measured: number;
  /** What is held out together. */
  readonly group: string;
  /** Regime with errors of its own kind, such as host-bound. */
  readonly regime: string;
  /** Classes of operators that matter for the workload's time. */
  readonly operators: readonly string[];
}

// Factor on the logarithmic width when a class of operators was in fewer than two calibration groups.
const unseenWidening = 2;

/**
 * Gives every pair a 90 % interval from the absolute log errors of the other groups in the same
 * regime (all regimes when it has under 20). Where the pair has an operator class that fewer than two of the other groups have,
 * the logarithm of the interval is doubled: nothing is known of such errors, and doubling is a convention.
 *
 * @param pairs Held-out predictions.
 * @param level Promised coverage. Default: 0.9.
 * @return The pairs with both ends, in order.
 *
 * @example
 * ```ts
 * import { crossConformal } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const pairs = ["a", "b", "c"].flatMap((group) =>
 *   Array.from({ length: 10 }, (_, i) => ({
 *     predicted: 1 + i / 100,
 *     measured: 1,
 *     group,
 *     regime: "device",
 *     operators: ["gemm"],
 *   }))
 * );
 * assert.ok(crossConformal(pairs).every((p) => p.low! < p.predicted && p.predicted < p.high!));
 * ```
 */
export function crossConformal(
  pairs: readonly GroupedPair[],
  level: number = 0.9,
): (PredictedPair & { readonly group: string })[] {
  const log = (p: GroupedPair) => Math.log(p.predicted / p.measured);
  return pairs.map((pair) => {
    const others = pairs.filter((p) => p.group !== pair.group);
    const alike = others.filter((p) => p.regime === pair.regime);
    let width = Math.log(conformalFactor((alike.length < 20 ? others : alike).map(log), level));
    const isRare = pair.operators.some((operator) => {
      const groups = others.filter((p) => p.operators.includes(operator)).map((p) => p.group);
      return new Set(groups).size < 2;
    });
    if (isRare) width *= unseenWidening;
    const { predicted, measured, group } = pair;
    return {
      predicted,
      measured,
      group,
      low: predicted * Math.exp(-width),
      high: predicted * Math.exp(width),
    };
  });
}
