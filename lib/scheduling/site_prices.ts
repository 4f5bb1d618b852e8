/** What past days, and published prices where there are any, say of a site's prices today. */

import type { Day } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import {
  learnPriceChain,
  mixOf,
  type PriceChain,
  stateDeviations,
  type StateMix,
  states,
} from "./price_chain.ts";
import { expectedProfile, profilePastDays, profileScale } from "./price_profile.ts";

/** Past days whose deviations a chain is learned from. */
const chainDays = 56;
/** Past days that {@linkcode createSitePrices} reads. */
export const sitePricePastDays: number = chainDays + profilePastDays;

/** The prices expected of a site today and the chain of deviations from them. */
export interface SitePrices {
  /** Price of a state at a slot, US dollars a kWh. */
  priceOf(slot: number, state: number): number;
  /** Transitions from a slot to the next. */
  transition(slot: number): Float64Array;
  /** Where a price at a slot lies between the states. */
  mix(slot: number, priceUsdPerKWh: number): StateMix;
  /** Takes in prices that are public now; NaN where none is. */
  announce(priceUsdPerKWh: Float64Array): void;
}

/**
 * Prices of a site from past days: a trimmed mean of ten and a chain learned from how fifty-six days
 * strayed from theirs. Where today's price is public, it is the expectation, and a second chain, of how
 * past days strayed from what had been published of them, takes over.
 *
 * @param model The compiled system.
 * @param past Past days, latest first; fewer than it reads will do from three on.
 * @param site The site.
 * @param dayAhead Whether published prices may be used.
 * @return Its prices.
 */
export function createSitePrices(
  model: ScheduleModel,
  past: readonly Day[],
  site: number,
  dayAhead: boolean,
): SitePrices {
  const { slots } = model;
  const n = model.sites.length;
  const columnOf = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: slots }, (_, t) => values[t * n + site]!);
  const prices = past.map((day) => columnOf(day.priceUsdPerKWh));
  const profile = expectedProfile(prices);
  const scale = profileScale(profile);
  const most = Math.min(chainDays, Math.max(1, prices.length - profilePastDays));
  const deviations = prices.slice(0, most).flatMap((price, a) => {
    const before = prices.slice(a + 1, a + 1 + profilePastDays);
    if (before.length === 0) return [];
    const expected = expectedProfile(before);
    const unit = profileScale(expected);
    return [price.map((value, t) => (value - expected[t]!) / unit)];
  });
  const fromPast = learnPriceChain(deviations, slots);
  const fromPublished = dayAhead ? publishedChain(past.slice(0, most), prices, columnOf) : null;
  const expected = profile.slice();
  const announced = new Uint8Array(slots);
  return {
    priceOf: (slot, state) => expected[slot]! + scale * stateDeviations[state]!,
    transition: (slot) =>
      (announced[Math.min(slot + 1, slots - 1)] === 1 ? fromPublished! : fromPast)
        .transition(slot),
    mix: (slot, price) => mixOf((price - expected[slot]!) / scale),
    announce(price) {
      if (fromPublished === null) return;
      price.forEach((value, t) => {
        if (Number.isNaN(value)) return;
        expected[t] = value;
        announced[t] = 1;
      });
    },
  };
}

/** How past days strayed from what had been published of them; null where nothing was. */
function publishedChain(
  past: readonly Day[],
  prices: readonly Float64Array[],
  columnOf: (values: Float64Array) => Float64Array,
): PriceChain | null {
  const deviations = past.flatMap(({ dayAhead }, a) => {
    if (dayAhead === undefined) return [];
    const published = columnOf(dayAhead.priceUsdPerKWh);
    if (published.some(Number.isNaN)) return [];
    const unit = profileScale(published);
    return [prices[a]!.map((value, t) => (value - published[t]!) / unit)];
  });
  return deviations.length === 0 ? null : learnPriceChain(deviations, prices[0]!.length);
}

/** Expected price after a slot, by slot, from a mix of states at it; NaN up to it. */
export function expectedPrices(
  prices: SitePrices,
  slots: number,
  slot: number,
  at: StateMix,
): Float64Array {
  const out = new Float64Array(slots).fill(NaN);
  let now = new Float64Array(states);
  now[at.state] = 1 - at.upper;
  now[at.state + 1]! += at.upper;
  for (let t = slot + 1; t < slots; t++) {
    const step = prices.transition(t - 1);
    const next = new Float64Array(states);
    for (let b = 0; b < states; b++) {
      if (now[b] === 0) continue;
      for (let c = 0; c < states; c++) next[c]! += now[b]! * step[b * states + c]!;
    }
    now = next;
    out[t] = 0;
    for (let b = 0; b < states; b++) out[t]! += now[b]! * prices.priceOf(t, b);
  }
  return out;
}
