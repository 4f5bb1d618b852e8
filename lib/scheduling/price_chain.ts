/** How far a price strays from what was expected, and how that goes on: a Markov chain. */

/** Deviations of the chain's states, in units of the profile's mean price. */
export const stateDeviations: readonly number[] = [
  -2,
  -1.2,
  -0.8,
  -0.5,
  -0.3,
  -0.12,
  0,
  0.12,
  0.3,
  0.5,
  0.8,
  1.3,
  2,
  3.5,
  6,
  10,
  20,
  40,
];

/** States. */
export const states: number = stateDeviations.length;

/** Deviations are compared by asinh(d / 0.2): as they are when small, by their ratio when large. */
const comparedAs = (deviation: number): number => Math.asinh(deviation / 0.2);
const grid = stateDeviations.map(comparedAs);
/** Width of the kernel that lets a deviation count for the states near it. */
const kernelWidth = 0.3;
/** Hours either side whose transitions count for a slot. */
const windowH = 3;
/** Weight of the prior: within the hour a deviation stays, from hour to hour it loses a tenth. */
const priorWeight = 0.5;
const priorHourlyShare = 0.9;

/** A deviation between two neighbouring states: the lower one and the share of the upper. */
export interface StateMix {
  /** Lower state. */
  readonly state: number;
  /** Weight of the next one. */
  readonly upper: number;
}

/** Where a deviation lies between the states. */
export function mixOf(deviation: number): StateMix {
  return mixAt(comparedAs(deviation));
}

function mixAt(u: number): StateMix {
  if (u <= grid[0]!) return { state: 0, upper: 0 };
  if (u >= grid[states - 1]!) return { state: states - 2, upper: 1 };
  let state = 0;
  while (grid[state + 1]! < u) state++;
  return { state, upper: (u - grid[state]!) / (grid[state + 1]! - grid[state]!) };
}

/** Transition probabilities from one slot to the next. */
export interface PriceChain {
  /** From the slot to the next one, at from * states + to. */
  transition(slot: number): Float64Array;
}

/**
 * Learns a chain from the deviations of past days.
 *
 * A day's step from u(t) to u(t + 1), u = asinh(d / 0.2), counts for every state by a Gaussian kernel
 * of its distance to u(t), for slots within three hours of t that cross the hour as t does or do not
 * (published prices are hourly), and moves that state by u(t + 1) - u(t): a state outside everything
 * seen moves as its nearest neighbours did. A prior keeps states that nothing was seen near.
 *
 * @param deviations Deviation by slot of each past day.
 * @param slots Slots of a day.
 * @return The chain.
 */
export function learnPriceChain(
  deviations: readonly Float64Array[],
  slots: number,
): PriceChain {
  const perHour = slots / 24;
  const window = Math.round(windowH * perHour);
  const crosses = (t: number): boolean => (t + 1) % perHour === 0;
  // Weighted counts of the steps of one slot, before the window is laid over them.
  const counts = Array.from({ length: slots - 1 }, () => new Float64Array(states * states));
  for (const day of deviations) {
    const u = day.map(comparedAs);
    for (let t = 0; t + 1 < slots; t++) {
      for (let b = 0; b < states; b++) {
        const distance = (u[t]! - grid[b]!) / kernelWidth;
        if (Math.abs(distance) > 3) continue;
        addMix(counts[t]!, b, grid[b]! + u[t + 1]! - u[t]!, Math.exp(-distance * distance / 2));
      }
    }
  }
  const known = new Map<number, Float64Array>();
  const make = (slot: number): Float64Array => {
    const out = new Float64Array(states * states);
    const last = Math.min(slots - 2, slot + window);
    for (let t = Math.max(0, slot - window); t <= last; t++) {
      if (crosses(t) !== crosses(slot)) continue;
      for (let i = 0; i < out.length; i++) out[i]! += counts[t]![i]!;
    }
    for (let b = 0; b < states; b++) {
      const stays = crosses(slot) ? comparedAs(priorHourlyShare * stateDeviations[b]!) : grid[b]!;
      addMix(out, b, stays, priorWeight);
      let total = 0;
      for (let c = 0; c < states; c++) total += out[b * states + c]!;
      for (let c = 0; c < states; c++) out[b * states + c]! /= total;
    }
    return out;
  };
  return {
    transition(slot) {
      let made = known.get(slot);
      if (made === undefined) {
        made = make(slot);
        known.set(slot, made);
      }
      return made;
    },
  };
}

function addMix(out: Float64Array, from: number, u: number, weight: number): void {
  const { state, upper } = mixAt(u);
  out[from * states + state]! += weight * (1 - upper);
  out[from * states + state + 1]! += weight * upper;
}
