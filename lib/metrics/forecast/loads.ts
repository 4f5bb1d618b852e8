/** What draws energy in a forecast, and when: classes of requests and idle machines. */

import type { RateColumns } from "../rate.ts";
import type { ClassSettings } from "./settings.ts";
import { stepH, type Steps } from "./steps.ts";

/** Sums over a month's steps of a load's weight and of its weight times a rate. */
export interface MonthSums {
  /** Hours at weight 1. */
  readonly hours: number;
  /** Hours times price, at the price's value and at the ends of its interval. */
  readonly price: Sums;
  /** Hours times carbon intensity. */
  readonly carbon: Sums;
  /** Hours in which the price is below 0. */
  readonly negativeHours: number;
}

/** A sum at a rate's value and at the ends of its interval. */
export interface Sums {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Weights of a class's steps: 1 on the mean of a week, so that `requests` is the mean rate. The
 * profile of the day and that of the week multiply.
 */
export function weightsOf(item: ClassSettings | null, steps: Steps): Float64Array {
  const weights = new Float64Array(steps.startS.length).fill(1);
  const hours = normalised(item?.profile?.hours);
  const weekdays = normalised(item?.profile?.weekdays);
  if (hours === null && weekdays === null) return weights;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = (hours?.[steps.hour[i]!] ?? 1) * (weekdays?.[steps.weekday[i]!] ?? 1);
  }
  return weights;
}

function normalised(profile: readonly number[] | undefined): number[] | null {
  if (profile === undefined) return null;
  const mean = profile.reduce((a, b) => a + b, 0) / profile.length;
  return profile.map((weight) => weight / mean);
}

/** The sums of each month; a rate that is null gives zeros. */
export function monthSums(
  weights: Float64Array,
  steps: Steps,
  price: RateColumns | null,
  carbon: RateColumns | null,
): MonthSums[] {
  const empty = (): { value: number; low: number; high: number } => ({ value: 0, low: 0, high: 0 });
  const months = steps.months.map(() => ({
    hours: 0,
    price: empty(),
    carbon: empty(),
    negativeHours: 0,
  }));
  for (let i = 0; i < weights.length; i++) {
    const month = months[steps.month[i]!]!;
    const hours = weights[i]! * stepH;
    month.hours += hours;
    for (const [rate, sums] of [[price, month.price], [carbon, month.carbon]] as const) {
      if (rate === null) continue;
      sums.value += hours * rate.value[i]!;
      sums.low += hours * rate.low[i]!;
      sums.high += hours * rate.high[i]!;
    }
    if (price !== null && price.value[i]! < 0) month.negativeHours += hours;
  }
  return months;
}

/**
 * For each month the mean weights of all loads over the intervals of the clock that can be its
 * peak: those that no other interval exceeds in every load.
 */
export function peakCandidates(
  weights: readonly Float64Array[],
  steps: Steps,
  intervalS: number,
): Float64Array[][] {
  const interval = steps.interval(intervalS);
  const byMonth: Map<string, Float64Array>[] = steps.months.map(() => new Map());
  const perInterval = intervalS / 3600 / stepH;
  for (let i = 0; i < interval.length;) {
    let to = i;
    const sum = new Float64Array(weights.length);
    while (to < interval.length && interval[to] === interval[i]) {
      weights.forEach((column, c) => sum[c] = sum[c]! + column[to]!);
      to++;
    }
    // One cut short by a change of the clock is no whole interval.
    if (to - i === perInterval) {
      const mean = sum.map((total) => total / perInterval);
      byMonth[steps.month[i]!]!.set(mean.join(), mean);
    }
    i = to;
  }
  return byMonth.map((candidates) => {
    const all = [...candidates.values()];
    return all.filter((a) => !all.some((b) => b !== a && b.every((weight, c) => weight >= a[c]!)));
  });
}
