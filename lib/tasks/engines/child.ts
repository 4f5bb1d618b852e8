/**
 * A process that runs tasks of one list for the workers engine: numbers of tasks come in, a line
 * each; a line goes out for each task that has ended. It ends with its input.
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { Executor } from "../execute.ts";
import { failureOf, type TaskFailure } from "../failure.ts";
import { peakMemoryBytes } from "../peak_memory.ts";
import { RunFolder } from "../run_folder.ts";
import { openTasks } from "../task_list.ts";

/** What a child says of a task. */
export interface ChildNews {
  /** Number of the task. */
  readonly number: number;
  /** Why it failed; null when it is done. */
  readonly failure: TaskFailure | null;
  /** Largest memory of the process so far, in bytes. */
  readonly peakBytes: number;
}

if (import.meta.main) {
  const [path, list] = Deno.args as [string, string];
  const folder = new RunFolder(path);
  const executor = new Executor(folder, list);
  const taskOf = openTasks(folder, list);
  for await (const line of createInterface({ input: process.stdin })) {
    const number = Number(line);
    let failure: TaskFailure | null = null;
    try {
      await executor.run(taskOf(number));
    } catch (error) {
      failure = failureOf(error);
    }
    const news: ChildNews = { number, failure, peakBytes: peakMemoryBytes() };
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(news)}\n`));
  }
}
