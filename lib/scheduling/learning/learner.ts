/** What every learning algorithm offers to the training loop. */

import type { Random } from "../../random.ts";
import type { Transition } from "./replay.ts";

/** A learner: it acts, is shown transitions, and can be saved. */
export interface Learner {
  /** Its name. */
  readonly name: string;
  /** Numbers of an action in [-1, 1]; explores with a random source, else the policy's best guess. */
  act(observation: Float32Array, random: Random | null): Float32Array;
  /** Takes in a transition and learns when it is due. */
  learn(transition: Transition, random: Random): void;
  /** Numbers that determine what `act` does, to be kept as a checkpoint. */
  readonly policyParameters: Float32Array;
  /** Everything needed to go on learning. */
  save(): Float32Array[];
  /** Restores what was saved by a learner of the same options. */
  load(saved: readonly Float32Array[]): void;
}

/** Copies saved blocks into the blocks they came from. */
export function restore(blocks: readonly Float32Array[], saved: readonly Float32Array[]): void {
  blocks.forEach((block, i) => block.set(saved[i]!));
}
