import type { TaskFailure } from "../failure.ts";
import type { RunFolder } from "../run_folder.ts";
import type { Task } from "../task.ts";

/** Tasks of one list that are to be run. */
export interface Placement {
  /** The run. */
  readonly folder: RunFolder;
  /** Name of the list, as its files are called. */
  readonly list: string;
  /** All tasks of the list. */
  readonly tasks: readonly Task[];
  /** Which of them are to be run, by number. */
  readonly waiting: readonly number[];
  /** Most tasks at the same time. */
  readonly jobs: number;
  /** Most attempts at a task. */
  readonly attempts: number;
  /** Stops the run: what is running is ended, what is done stays. */
  readonly signal: AbortSignal;
  /** Told whenever a task changes its state. */
  readonly onState: (number: number, state: TaskState) => void;
  /** Told the largest memory of a process that runs tasks, in bytes, where it is known. */
  readonly onPeak: (bytes: number) => void;
  /** Told what a person should know. */
  readonly onNote: (note: string) => void;
}

/** Where a task stands. */
export type TaskState = "waiting" | "running" | "done" | "failed";

/** A way to run tasks. */
export interface Engine {
  /** Its name, as `--engine` takes it. */
  readonly name: string;
  /** Tasks at the same time when nothing else is asked for. */
  readonly defaultJobs: number;
  /**
   * Runs tasks until each is done or has failed for good.
   *
   * @param placement The tasks.
   * @return Why tasks failed, by number; the parts of all others are there.
   */
  place(placement: Placement): Promise<Map<number, TaskFailure>>;
}
