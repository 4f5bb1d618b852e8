/** Most tasks of a list: enough to keep many nodes busy, few enough for a folder and a scheduler. */
const MOST_TASKS = 2000;

/** How many tasks there may be. */
export interface CutOptions {
  /** Most tasks; by default 2000. */
  readonly mostTasks?: number;
  /** Units are put together until a task has this weight; by default each is one by itself. */
  readonly leastWeight?: number;
}

/**
 * Where to cut a list of units into tasks: each unit by itself, or, where units are light or very many,
 * neighbours together so that tasks are of about equal weight. The cut depends on nothing but the
 * units, so that a run can be resumed on another machine.
 *
 * @param weights Work of each unit, in any unit.
 * @param options How many tasks there may be.
 * @return Numbers of the units at which tasks begin.
 *
 * @example
 * ```ts
 * import { cutEvenly } from "@joulebook/joulebook/tasks";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(cutEvenly([1, 1, 1]), [0, 1, 2]);
 * assert.deepEqual(cutEvenly([1, 1, 1, 3], { mostTasks: 2 }), [0, 3]);
 * assert.deepEqual(cutEvenly([1, 1, 1, 3], { leastWeight: 2 }), [0, 2]);
 * ```
 */
export function cutEvenly(
  weights: readonly number[],
  { mostTasks = MOST_TASKS, leastWeight = 0 }: CutOptions = {},
): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const each = Math.max(leastWeight, weights.length > mostTasks ? total / mostTasks : 0);
  const starts: number[] = [];
  let own = Infinity;
  weights.forEach((weight, i) => {
    if (own >= each) {
      starts.push(i);
      own = 0;
    }
    own += weight;
  });
  return starts;
}
