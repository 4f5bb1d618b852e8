/** Configurations that no other one beats in every respect. */

/**
 * Marks the rows that are not dominated: no other row is at least as low in every column and lower in one.
 *
 * @param columns Columns of equal length; low is good; a NaN makes a row dominated.
 * @return 1 for rows of the Pareto front, else 0.
 *
 * @example
 * ```ts
 * import { paretoFront } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...paretoFront([[1, 2, 3], [3, 1, 2]])], [1, 1, 0]);
 * ```
 */
export function paretoFront(columns: readonly ArrayLike<number>[]): Uint8Array {
  const size = columns[0]?.length ?? 0;
  const front = new Uint8Array(size);
  const usable = Array.from({ length: size }, (_, i) => i)
    .filter((i) => columns.every((column) => !Number.isNaN(column[i]!)));
  // Sorted by the first column and then the others, a row can only be dominated by an earlier one.
  usable.sort((a, b) => {
    for (const column of columns) {
      if (column[a] !== column[b]) return column[a]! - column[b]!;
    }
    return 0;
  });
  const kept: number[] = [];
  for (const i of usable) {
    const dominated = kept.some((j) =>
      columns.every((column) => column[j]! <= column[i]!) &&
      columns.some((column) => column[j]! < column[i]!)
    );
    if (dominated) continue;
    kept.push(i);
    front[i] = 1;
  }
  return front;
}
