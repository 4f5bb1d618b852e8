import type { PowerSeries } from "../power/series.ts";
import { shiftSeries } from "../power/shift.ts";

/**
 * A series with its readings at the middle of what they average, where the sensor says how long that
 * is: a reading is stamped at its end. Energies of phases and cells are made from this.
 */
export function centred(series: PowerSeries): PowerSeries {
  const windowS = series.averagingS ?? 0;
  return windowS === 0 ? series : shiftSeries(series, -windowS / 2, series.clock);
}
