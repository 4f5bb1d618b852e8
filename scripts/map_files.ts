/** Files as tasks: one unit of work a file. */

import type { InputFile, TaskRun } from "../lib/tasks/mod.ts";

/** Bytes of a task, at least: small files are read together. */
const leastBytes = 4e6;

/**
 * Does the same to every file, in the tasks of a run.
 *
 * @param run The run.
 * @param list Name of its list of tasks.
 * @param module Address of the kind of task.
 * @param paths The files.
 * @param options What the kind needs to know.
 * @return One part a file, in their order.
 */
export async function mapFiles<Part, Options>(
  run: TaskRun,
  list: string,
  module: string,
  paths: readonly string[],
  options: Options,
): Promise<Part[]> {
  const units = await run.inputs.all(paths);
  return await run.map<Part, Options, InputFile>({
    list,
    module,
    options,
    units,
    weights: units.map(weightOf),
    leastWeight: leastBytes,
  });
}

/** Bytes of a file, and what opening it costs. */
function weightOf({ bytes }: InputFile): number {
  return Math.max(0, bytes) + 1e5;
}
