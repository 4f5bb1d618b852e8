/** When the prices of a day-ahead market become public. */

import { parseZone } from "../clock.ts";

/** Prices that are settled and published before they apply. */
export interface DayAheadMarket {
  /** IANA zone of its operating day, which begins at local midnight. */
  readonly zone: string;
  /** Local hour of the day before at which an operating day's prices are public. */
  readonly publishedAtH: number;
}

/** A day's share of published prices: index t * sites + j. */
export interface DayAhead {
  /** Published price, US dollars a kWh, without the spikes that no forecast contains; NaN: none is. */
  readonly priceUsdPerKWh: Float64Array;
  /** First slot of the day at whose start it is public, 0 when it was before; Infinity: never. */
  readonly publicSlot: Float64Array;
}

const dayH = 24;

/**
 * The hour at whose start each hour's price is public, counted from the same start; negative before.
 *
 * @param market The market.
 * @param startMs The first hour, milliseconds since 1970 UTC.
 * @param hours Number of hours.
 * @return One number an hour.
 * @throws {InputError} `bad-option` for an unknown zone.
 */
export function publicHours(
  market: DayAheadMarket,
  startMs: number,
  hours: number,
): Float64Array {
  const zone = parseZone(market.zone);
  const offsetH = (hour: number): number => zone.offsetAtS(startMs / 1000 + hour * 3600) / 3600;
  const startH = startMs / 3_600_000;
  const out = new Float64Array(hours);
  for (let block = 0; block < hours; block += dayH) {
    const first = offsetH(block);
    // Publication is up to two days before the block's end.
    const changes = first !== offsetH(block + dayH) || first !== offsetH(block - 2 * dayH);
    for (let h = block; h < Math.min(hours, block + dayH); h++) {
      const offset = changes ? offsetH(h) : first;
      const midnightH = Math.floor((startH + h + offset) / dayH) * dayH;
      const publishedLocalH = midnightH - dayH + market.publishedAtH;
      // The clock may have changed in between: take the offset that held at publication.
      const then = changes ? offsetH(publishedLocalH - offset - startH) : offset;
      out[h] = publishedLocalH - then - startH;
    }
  }
  return out;
}
