/** Turns a few numbers into a decision: interchangeable between policies and learners. */

import type { DayStart, Information, SlotView } from "./policy.ts";
import type { SlotDecision } from "./simulator.ts";

/** A vector of numbers in [-1, 1] and what it means. */
export interface ActionLayer {
  /** Its name in tables. */
  readonly name: string;
  /** Numbers of an action. */
  readonly size: number;
  /** What it knows beyond the state. */
  readonly information: Information;
  /** Called before the first slot of a day. */
  begin(start: DayStart): void;
  /** The decision that an action stands for. */
  decide(view: SlotView, action: ArrayLike<number>): SlotDecision;
}
