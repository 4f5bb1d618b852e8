/**
 * One job of an array of the Slurm engine: runs its tasks and says in files why one failed. It ends
 * with status 1 when any of them did.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { Executor } from "../execute.ts";
import { failureOf } from "../failure.ts";
import { stateOfParts } from "../part_file.ts";
import { RunFolder, writeValue } from "../run_folder.ts";
import { openTasks } from "../task_list.ts";

if (import.meta.main) {
  const [path, list, batchesPath] = Deno.args as [string, string, string];
  const folder = new RunFolder(path);
  const executor = new Executor(folder, list);
  const taskOf = openTasks(folder, list);
  const batches = JSON.parse(readFileSync(batchesPath, "utf8")) as number[][];
  for (const number of batches[Number(process.env["SLURM_ARRAY_TASK_ID"])] ?? []) {
    const task = taskOf(number);
    // A job that was put back into the queue has done a part of its tasks.
    if (stateOfParts(folder.partPath(task.id)) === "whole") continue;
    try {
      await executor.run(task);
    } catch (error) {
      Deno.exitCode = 1;
      const failure = failureOf(error);
      Deno.stderr.writeSync(new TextEncoder().encode(`task ${task.id}: ${failure.reason}\n`));
      try {
        writeValue(folder.failurePath(task.id), failure);
      } catch {
        // On a full disk the log is all there is, if there is one.
      }
    }
  }
}
