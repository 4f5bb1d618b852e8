/** Most tasks of a list: enough to keep many nodes busy, few enough for a folder and a scheduler. */
const MOST_TASKS = 2000;

/**
 * Where to cut a list of units into tasks: each unit by itself, or, where there are very many,
 * neighbours together so that tasks are of about equal weight. The cut depends on nothing but the
 * units, so that a run can be resumed on another machine.
 *
 * @param weights Work of each unit, in any unit.
 * @param mostTasks Most tasks.
 * @return Numbers of the units at which tasks begin.
 *
 * @example
 * ```ts
 * import { cutEvenly } from "@joulebook/joulebook/tasks";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(cutEvenly([1, 1, 1]), [0, 1, 2]);
 * assert.deepEqual(cutEvenly([1, 1, 1, 3], 2), [0, 3]);
 * ```
 */
export function cutEvenly(weights: readonly number[], mostTasks: number = MOST_TASKS): number[] {
  if (weights.length <= mostTasks) return weights.map((_, i) => i);
  const each = weights.reduce((sum, w) => sum + w, 0) / mostTasks;
  const starts: number[] = [];
  let before = 0;
  weights.forEach((weight, i) => {
    if (i === 0 || before >= starts.length * each) starts.push(i);
    before += weight;
  });
  return starts;
}
