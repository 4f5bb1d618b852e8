import { Executor } from "../execute.ts";
import { failureOf, type TaskFailure } from "../failure.ts";
import { peakMemoryBytes } from "../peak_memory.ts";
import type { Placement } from "./engine.ts";

/** Runs tasks one after the other in this process: one core, and no process to start. */
export async function placeInProcess(placement: Placement): Promise<Map<number, TaskFailure>> {
  const { folder, list, tasks, waiting, signal, onState, onPeak } = placement;
  const executor = new Executor(folder, list);
  const failures = new Map<number, TaskFailure>();
  for (const number of waiting) {
    if (signal.aborted) break;
    onState(number, "running");
    try {
      await executor.run(tasks[number]!);
      onState(number, "done");
    } catch (error) {
      // What fails here fails again: there is no other process whose end could have been the reason.
      failures.set(number, failureOf(error));
      onState(number, "failed");
    }
  }
  onPeak(peakMemoryBytes());
  return failures;
}
