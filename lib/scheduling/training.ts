/** What training gives and takes besides the policy. */

import type { DayResult } from "./evaluate.ts";
import type { CurvePoint, TrainingState } from "./learning/train.ts";

/** A trained policy with its scores. */
export interface Trained {
  /** Results on the test days. */
  readonly days: readonly DayResult[];
  /** Learning curve: fraction of the optimum on the validation days. */
  readonly curve: readonly CurvePoint[];
}

/** What a training run reports and where it goes on. */
export interface TrainingHooks {
  /** A line about the progress and the share done. */
  readonly onProgress?: (done: number, line: string) => void;
  /** The state after every chunk, for a checkpoint. */
  readonly onState?: (state: TrainingState) => void;
  /** A state to go on with. */
  readonly resume?: TrainingState;
}
