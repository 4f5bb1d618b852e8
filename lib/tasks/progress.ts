import type { TaskState } from "./engines/engine.ts";

/** Where a list of tasks stands. */
export interface TaskProgress {
  /** Name of the list. */
  readonly list: string;
  /** Tasks of the list. */
  readonly tasks: number;
  /** Tasks whose part is there. */
  readonly done: number;
  /** Tasks that run. */
  readonly running: number;
  /** Tasks that failed for good. */
  readonly failed: number;
  /** Seconds left at the pace so far; null while nothing is known. */
  readonly leftS: number | null;
}

/** Counts states of tasks, and guesses the time left by their weights. */
export class ProgressCounter {
  readonly #list: string;
  readonly #states: TaskState[];
  readonly #weights: readonly number[];
  readonly #nowS: () => number;
  readonly #startS: number;
  readonly #doneBefore: number;

  /**
   * Starts to count.
   *
   * @param list Name of the list.
   * @param weights Work of each task.
   * @param states Where each stands now.
   * @param nowS A clock, in seconds.
   */
  constructor(
    list: string,
    weights: readonly number[],
    states: readonly TaskState[],
    nowS: () => number,
  ) {
    this.#list = list;
    this.#weights = weights;
    this.#states = [...states];
    this.#nowS = nowS;
    this.#startS = nowS();
    this.#doneBefore = this.#weightOf("done");
  }

  /** A task has changed its state. */
  set(number: number, state: TaskState): void {
    this.#states[number] = state;
  }

  /** Where the list stands. */
  report(): TaskProgress {
    const count = (state: TaskState): number => this.#states.filter((s) => s === state).length;
    const made = this.#weightOf("done") - this.#doneBefore;
    const left = this.#weightOf("waiting") + this.#weightOf("running");
    const passedS = this.#nowS() - this.#startS;
    return {
      list: this.#list,
      tasks: this.#states.length,
      done: count("done"),
      running: count("running"),
      failed: count("failed"),
      leftS: made > 0 ? passedS * left / made : null,
    };
  }

  #weightOf(state: TaskState): number {
    let sum = 0;
    this.#states.forEach((s, i) => sum += s === state ? this.#weights[i]! : 0);
    return sum;
  }
}
