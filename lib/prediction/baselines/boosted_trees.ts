/** Gradient-boosted regression trees, small and deterministic. */

/** Options of {@linkcode fitBoostedTrees}. */
export interface BoostedTreesOptions {
  /** Number of trees. Default: 200. */
  readonly trees?: number;
  /** Largest depth of a tree. Default: 3. */
  readonly depth?: number;
  /** Share of each tree's step that is taken. Default: 0.1. */
  readonly rate?: number;
  /** Fewest observations in a leaf. Default: 3. */
  readonly leaf?: number;
}

interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly low: Node | number;
  readonly high: Node | number;
}

/**
 * Gradient boosting for squared error (Friedman, Annals of Statistics 29, 2001): each tree is fitted
 * to what the earlier ones leave, splits being exact and greedy.
 *
 * @param rows One row of features for each observation.
 * @param y Observations.
 * @param options Size.
 * @return A function from features to a prediction; it cannot extrapolate.
 *
 * @example
 * ```ts
 * import { fitBoostedTrees } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const rows = Array.from({ length: 20 }, (_, i) => [i]);
 * const predict = fitBoostedTrees(rows, rows.map(([i]) => i! < 10 ? 0 : 1));
 * assert.ok(predict([2]) < 0.01 && predict([17]) > 0.99);
 * ```
 */
export function fitBoostedTrees(
  rows: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { trees = 200, depth = 3, rate = 0.1, leaf = 3 }: BoostedTreesOptions = {},
): (row: ArrayLike<number>) => number {
  const base = mean(Array.from(y));
  const left = Array.from(y, (v) => v - base);
  const forest: (Node | number)[] = [];
  for (let t = 0; t < trees; t++) {
    const tree = grow(rows, left, rows.map((_, i) => i), depth, leaf);
    forest.push(tree);
    rows.forEach((row, i) => left[i]! -= rate * follow(tree, row));
  }
  return (row) => forest.reduce<number>((sum, tree) => sum + rate * follow(tree, row), base);
}

function grow(
  rows: readonly ArrayLike<number>[],
  y: readonly number[],
  members: readonly number[],
  depth: number,
  leaf: number,
): Node | number {
  const total = members.reduce((sum, i) => sum + y[i]!, 0);
  const average = total / members.length;
  if (depth === 0 || members.length < 2 * leaf) return average;
  let best = { gain: 1e-12, feature: -1, threshold: NaN };
  for (let feature = 0; feature < rows[0]!.length; feature++) {
    const sorted = [...members].sort((a, b) => rows[a]![feature]! - rows[b]![feature]!);
    let below = 0;
    for (let i = 1; i < sorted.length; i++) {
      below += y[sorted[i - 1]!]!;
      const here = rows[sorted[i]!]![feature]!, before = rows[sorted[i - 1]!]![feature]!;
      if (i < leaf || sorted.length - i < leaf || here === before) continue;
      const gain = below ** 2 / i + (total - below) ** 2 / (sorted.length - i) -
        total ** 2 / sorted.length;
      if (gain > best.gain) best = { gain, feature, threshold: (here + before) / 2 };
    }
  }
  const { feature, threshold } = best;
  if (feature === -1) return average;
  const low = members.filter((i) => rows[i]![feature]! < threshold);
  const high = members.filter((i) => rows[i]![feature]! >= threshold);
  return {
    feature,
    threshold,
    low: grow(rows, y, low, depth - 1, leaf),
    high: grow(rows, y, high, depth - 1, leaf),
  };
}

function follow(node: Node | number, row: ArrayLike<number>): number {
  let at = node;
  while (typeof at !== "number") at = row[at.feature]! < at.threshold ? at.low : at.high;
  return at;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
