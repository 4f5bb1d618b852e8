/** Non-negative least squares with a ridge towards prior values. */

import { solveSymmetric } from "./levenberg.ts";

/** Options of {@linkcode fitNonNegative}. */
export interface NonNegativeOptions {
  /** Prior value of each coefficient. Default: zeros. */
  readonly prior?: readonly number[];
  /** Weight of each coefficient's distance from its prior. Default: zeros. */
  readonly ridge?: readonly number[];
  /** Weight of each row. Default: ones. */
  readonly weights?: readonly number[];
}

/**
 * Minimises `sum w_i^2 (a_i x - y_i)^2 + sum (r_j (x_j - prior_j))^2` over `x >= 0` by the active-set
 * method of Lawson and Hanson (Solving Least Squares Problems, 1974, chapter 23).
 *
 * @param rows One row of features for each observation.
 * @param y Observations.
 * @param options Priors and weights.
 * @return The coefficients, none negative.
 *
 * @example
 * ```ts
 * import { fitNonNegative } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const x = fitNonNegative([[1, 0], [0, 1], [1, 1]], [2, -1, 1]);
 * assert.equal(x[1], 0); // would be negative without the bound
 * assert.ok(Math.abs(x[0]! - 1.5) < 1e-9);
 * ```
 */
export function fitNonNegative(
  rows: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { prior, ridge, weights }: NonNegativeOptions = {},
): Float64Array {
  const size = rows[0]?.length ?? prior?.length ?? 0;
  const normal = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  rows.forEach((row, i) => {
    const w = (weights?.[i] ?? 1) ** 2;
    for (let j = 0; j < size; j++) {
      right[j]! += w * row[j]! * y[i]!;
      for (let l = 0; l < size; l++) normal[j]![l]! += w * row[j]! * row[l]!;
    }
  });
  for (let j = 0; j < size; j++) {
    const r = (ridge?.[j] ?? 0) ** 2;
    normal[j]![j]! += r;
    right[j]! += r * (prior?.[j] ?? 0);
  }
  // Columns differ by many powers of ten; unit diagonals keep the solves well scaled.
  const scale = normal.map((row, j) => row[j]! > 0 ? 1 / Math.sqrt(row[j]!) : 1);
  const a = normal.map((row, j) => row.map((v, l) => v * scale[j]! * scale[l]!));
  const b = right.map((v, j) => v * scale[j]!);

  const x = new Float64Array(size);
  const free = new Set<number>();
  const gradient = (j: number): number => {
    let g = b[j]!;
    for (let l = 0; l < size; l++) g -= a[j]![l]! * x[l]!;
    return g;
  };
  for (let round = 0; round < 10 * size; round++) {
    let enter = -1, most = 1e-10;
    for (let j = 0; j < size; j++) {
      if (!free.has(j) && gradient(j) > most) [enter, most] = [j, gradient(j)];
    }
    if (enter === -1) break;
    free.add(enter);
    while (free.size > 0) {
      const index = [...free];
      const z = solveSymmetric(
        index.map((j) => index.map((l) => a[j]![l]! + (j === l ? 1e-12 : 0))),
        index.map((j) => b[j]!),
      );
      if (z.every((v) => v > 0)) {
        x.fill(0);
        index.forEach((j, i) => x[j] = z[i]!);
        break;
      }
      let step = 1;
      index.forEach((j, i) => {
        if (z[i]! <= 0) step = Math.min(step, x[j]! / (x[j]! - z[i]!));
      });
      index.forEach((j, i) => {
        x[j]! += step * (z[i]! - x[j]!);
        if (x[j]! <= 1e-14) {
          x[j] = 0;
          free.delete(j);
        }
      });
    }
  }
  return x.map((v, j) => v * scale[j]!);
}
