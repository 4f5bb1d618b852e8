/** Ridge regression. */

import { solveSymmetric } from "./levenberg.ts";

/** Options of {@linkcode fitRidge}. */
export interface RidgeOptions {
  /** Penalty on squared coefficients, for each observation. */
  readonly ridge: number;
  /** Weight of each observation's residual. Default: ones. */
  readonly weights?: readonly number[];
  /** How many of the first coefficients carry no penalty. Default: 0. */
  readonly unpenalised?: number;
}

/**
 * Minimises `sum w_i^2 (a_i x - y_i)^2 + n ridge sum x_j^2` (Hoerl, Kennard, Technometrics 12, 1970).
 *
 * @param rows One row of features for each observation.
 * @param y Observations.
 * @param options Penalty and weights.
 * @return The coefficients.
 *
 * @example
 * ```ts
 * import { fitRidge } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const x = fitRidge([[1, 0], [1, 1], [1, 2]], [1, 3, 5], { ridge: 1e-9 });
 * assert.ok(Math.abs(x[0]! - 1) < 1e-6 && Math.abs(x[1]! - 2) < 1e-6);
 * ```
 */
export function fitRidge(
  rows: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { ridge, weights, unpenalised = 0 }: RidgeOptions,
): Float64Array {
  const size = rows[0]?.length ?? 0;
  const normal = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  rows.forEach((row, i) => {
    const w = (weights?.[i] ?? 1) ** 2;
    for (let j = 0; j < size; j++) {
      right[j]! += w * row[j]! * y[i]!;
      for (let l = 0; l < size; l++) normal[j]![l]! += w * row[j]! * row[l]!;
    }
  });
  for (let j = 0; j < size; j++) normal[j]![j]! += j < unpenalised ? 1e-9 : ridge * rows.length;
  return solveSymmetric(normal, right);
}
