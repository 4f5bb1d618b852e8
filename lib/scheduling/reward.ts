/** How much of the utility a learner is shown as reward. */

/**
 * When the reward is paid:
 *
 * - `dense`: every slot's utility
 * - `slot-gated`: the slot's utility, or 0 in a slot with a missed deadline
 * - `window-gated`: the slot's utility, or 0 unless the last n slots missed no deadline
 * - `day-end`: nothing until the day's whole utility after the last slot
 */
export type Sparsity = "dense" | "slot-gated" | "window-gated" | "day-end";

/** Turns slot utilities into rewards. */
export interface RewardRule {
  /** Forgets the day before. */
  reset(): void;
  /** The reward of a slot. */
  reward(utilityUsd: number, violated: number, last: boolean): number;
}

/** A rule; `windowSlots` matters to `window-gated` only. */
export function createRewardRule(sparsity: Sparsity, windowSlots: number): RewardRule {
  let calmSlots = windowSlots;
  let sum = 0;
  return {
    reset() {
      calmSlots = windowSlots;
      sum = 0;
    },
    reward(utilityUsd, violated, last) {
      sum += utilityUsd;
      calmSlots = violated > 0 ? 0 : Math.min(windowSlots, calmSlots + 1);
      switch (sparsity) {
        case "dense":
          return utilityUsd;
        case "slot-gated":
          return violated > 0 ? 0 : utilityUsd;
        case "window-gated":
          return calmSlots < windowSlots ? 0 : utilityUsd;
        case "day-end":
          return last ? sum : 0;
      }
    },
  };
}
