/** A year of prices, weather and arrivals, hour by hour, for every site. */

import type { ScheduleConfig } from "./config_types.ts";
import type { Repair } from "./hourly_series.ts";

/** The hourly world of one site. */
export interface SiteYear {
  /** Purchase price, US dollars a MWh. */
  readonly priceUsdPerMWh: Float64Array;
  /**
   * Hour at whose start an hour's price is public, counted like the columns; absent where nobody knows
   * a price before it applies.
   */
  readonly publicHour?: Float64Array | undefined;
  /** Grid emissions, g CO2 a kWh. */
  readonly carbonGPerKWh: Float64Array;
  /** Wind power as a fraction of what is installed. */
  readonly windFraction: Float64Array;
  /** Solar power as a fraction of what is installed. */
  readonly solarFraction: Float64Array;
  /** Outdoor temperature, degrees Celsius. */
  readonly outdoorC: Float64Array;
  /** Arrivals by local hour, mean 1. */
  readonly arrivalShape: Float64Array;
}

/** A repair with the file it was made in. */
export interface SourceRepair extends Repair {
  /** The file. */
  readonly path: string;
}

/** Hourly columns of a year, the same length at every site. */
export interface Year {
  /** Days in it. */
  readonly days: number;
  /** One entry a site. */
  readonly sites: readonly SiteYear[];
  /** What was repaired in the files; empty for a generated year. */
  readonly repairs: readonly SourceRepair[];
  /** How the year came about. */
  readonly origin: "generated" | "files";
}

/**
 * The daily shape of image requests (mean 1 by hour, from midnight): images of successful requests by hour of day of the
 * Stable Diffusion serving trace GenTD26 (github.com/alibaba/clusterdata,
 * cluster-trace-v2026-GenAI, lora_request_trace.csv), moved by 12 hours so that its quiet hours fall
 * on the local night, two decimals.
 */
export const genTd26Shape: readonly number[] = [
  0,
  0,
  0,
  0.03,
  0.55,
  1.97,
  2.69,
  0.64,
  0.9,
  2.78,
  3.07,
  3.12,
  3.23,
  1.1,
  0.87,
  0.98,
  0.67,
  0.4,
  0.39,
  0.41,
  0.13,
  0.04,
  0.02,
  0,
];

/**
 * Arrivals by local hour from midnight, mean 1, where no trace tells them: GenTD26's for images, the
 * configuration's `dailyShape` for requests, all hours alike where it has none.
 */
export function arrivalShapeOf(config: ScheduleConfig): Float64Array {
  if (config.jobs === "images") return Float64Array.from(genTd26Shape);
  const shape = Float64Array.from(config.dailyShape ?? new Array<number>(24).fill(1));
  const mean = shape.reduce((sum, x) => sum + x, 0) / 24;
  return shape.map((x) => x / mean);
}
