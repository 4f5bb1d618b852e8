/** One day of the outside world, slot by slot. */

import type { DayAhead } from "./day_ahead.ts";

/** What happens in a day whatever the scheduler does. Index t * sites + j unless said otherwise. */
export interface Day {
  /** Number of the day in its year. */
  readonly index: number;
  /** Jobs that arrive, at (t * sites + origin) * classes + class. */
  readonly arrivals: Float64Array;
  /** Purchase price, US dollars a kWh, before carbon. */
  readonly priceUsdPerKWh: Float64Array;
  /** Wind and solar energy on offer, kWh a slot. */
  readonly renewableKWh: Float64Array;
  /** Grid emissions, kg CO2 a kWh. */
  readonly carbonKgPerKWh: Float64Array;
  /** Power usage effectiveness. */
  readonly pue: Float64Array;
  /** What was published of its prices beforehand; absent where no site has such a market. */
  readonly dayAhead?: DayAhead | undefined;
}

/** The columns of a {@linkcode Day} that hold numbers. */
export const dayColumns = [
  "arrivals",
  "priceUsdPerKWh",
  "renewableKWh",
  "carbonKgPerKWh",
  "pue",
] as const;

/** A day of which nothing is known yet: every number NaN, and nothing published. */
export function unknownDay(like: Day): Day {
  const blank = (column: Float64Array): Float64Array => new Float64Array(column.length).fill(NaN);
  return {
    index: like.index,
    arrivals: blank(like.arrivals),
    priceUsdPerKWh: blank(like.priceUsdPerKWh),
    renewableKWh: blank(like.renewableKWh),
    carbonKgPerKWh: blank(like.carbonKgPerKWh),
    pue: blank(like.pue),
  };
}

/** Copies slots [from, to) of one day into another. */
export function revealSlots(
  target: Day,
  source: Day,
  slots: number,
  from: number,
  to: number,
): void {
  for (const name of dayColumns) {
    const width = source[name].length / slots;
    target[name].set(source[name].subarray(from * width, to * width), from * width);
  }
}

/** Price of a kWh with carbon, US dollars. */
export function effectivePrice(day: Day, carbonUsdPerKg: number, i: number): number {
  return day.priceUsdPerKWh[i]! + carbonUsdPerKg * day.carbonKgPerKWh[i]!;
}

/** What a stored kWh is worth at the end of the day at each site: the day's mean price. */
export function meanPrices(day: Day, slots: number): Float64Array {
  const sites = day.priceUsdPerKWh.length / slots;
  const mean = new Float64Array(sites);
  for (let i = 0; i < day.priceUsdPerKWh.length; i++) {
    mean[i % sites]! += day.priceUsdPerKWh[i]! / slots;
  }
  return mean;
}
