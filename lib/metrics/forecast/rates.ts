/** Prices and carbon intensities of a configuration as rates over time. */

import { InputError } from "../../errors.ts";
import { type Basis, type Estimate, estimate } from "../estimate.ts";
import { findGridRegion } from "../grid.ts";
import { constantRate, type Rate } from "../rate.ts";
import { monthHourRate, type RateSeries, seriesRate } from "../rate_series.ts";
import { timeOfUseRate } from "../time_of_use.ts";
import { canonicalUnit } from "../units.ts";
import { seriesKey } from "./config.ts";
import type { ForecastSettings, InputValue, SeriesSettings } from "./settings.ts";

/** Tables of prices and intensities by the keys of `forecastSeries`. */
export type SeriesByKey = ReadonlyMap<string, RateSeries>;

/** A rate with what a report says of it. */
export interface NamedRate {
  /** The rate itself. */
  readonly rate: Rate;
  /** What decides its draws: rates that are the same input have the same key. */
  readonly key: string;
  /** What to cite; null when the configuration does not say. */
  readonly source: string | null;
  /** What else the reader of a report must know. */
  readonly note: string | null;
  /** What to do where it is not known. */
  readonly missing: "refuse" | "mean";
  /** The table it was made from. */
  readonly series: RateSeries | null;
}

/** An input of the configuration as an estimate; what does not say how it came about is declared. */
export function estimateOf(input: InputValue, basis: Basis = "declared"): Estimate {
  return estimate(input.value, {
    low: input.low,
    high: input.high,
    basis: input.basis ?? basis,
  });
}

/** The price of energy; null without a tariff. */
export function priceRateOf(config: ForecastSettings, tables: SeriesByKey): NamedRate | null {
  const { tariff, currency } = config;
  if (tariff === undefined) return null;
  const plain = { source: null, note: null, missing: "refuse", series: null } as const;
  if (tariff.flat !== undefined) {
    return {
      ...plain,
      rate: constantRate(estimateOf(tariff.flat), canonicalUnit("energy-price", currency)),
      key: `price ${keyOf(tariff.flat)}`,
      source: tariff.flat.source,
    };
  }
  if (tariff.timeOfUse !== undefined) {
    return {
      ...plain,
      rate: touRateOf(tariff.timeOfUse, config),
      key: `price ${JSON.stringify(tariff.timeOfUse)}`,
    };
  }
  return fromSeries(tariff.series!, config, tables);
}

/** A configuration's time-of-use tariff; its zone is the forecast's unless it has its own. */
export function touRateOf(
  tou: NonNullable<NonNullable<ForecastSettings["tariff"]>["timeOfUse"]>,
  config: ForecastSettings,
): Rate {
  return timeOfUseRate({
    zone: tou.zone ?? config.zone,
    unit: canonicalUnit("energy-price", config.currency),
    otherwise: estimateOf(tou.otherwise),
    windows: tou.windows.map((window) => ({
      name: window.name,
      weekdays: window.days,
      ...(window.months !== undefined && { months: window.months }),
      fromMinute: window.from,
      toMinute: window.to,
      price: estimateOf(window.price),
    })),
  });
}

/** The carbon intensity; null when the configuration says nothing of carbon. */
export function carbonRateOf(config: ForecastSettings, tables: SeriesByKey): NamedRate | null {
  const { carbon } = config;
  if (carbon === undefined) return null;
  const unit = canonicalUnit("carbon-intensity");
  const plain = { missing: "refuse", series: null } as const;
  if (carbon.intensity !== undefined) {
    return {
      ...plain,
      rate: constantRate(estimateOf(carbon.intensity), unit),
      key: `carbon ${keyOf(carbon.intensity)}`,
      source: carbon.intensity.source,
      note: null,
    };
  }
  if (carbon.region !== undefined) {
    const region = findGridRegion(carbon.region);
    return {
      ...plain,
      rate: constantRate(estimate(region.carbon.value, { basis: "declared" }), unit),
      key: `carbon ${region.id}`,
      source: region.carbon.citation,
      note: `carbon of ${region.name}, mean of ${region.carbon.year}: ${region.carbon.accounting}`,
    };
  }
  return fromSeries(carbon.series!, config, tables);
}

function fromSeries(
  use: SeriesSettings,
  config: ForecastSettings,
  tables: SeriesByKey,
): NamedRate {
  const series = tables.get(seriesKey(use));
  if (series === undefined) {
    throw new InputError({
      code: "bad-option",
      path: use.file,
      problem: "the table was not given to the forecast",
      advice: "read every table of forecastSeries with parseRateSeries",
    });
  }
  const monthly = use.use === "month-hour";
  return {
    rate: monthly ? monthHourRate(series, config.zone) : seriesRate(series),
    key: `series ${seriesKey(use)} ${use.use}`,
    source: use.file,
    note: monthly
      ? `${use.file}: means by month, hour and workday or weekend; spikes are averaged away`
      : null,
    missing: use.missing,
    series,
  };
}

/** Inputs of one key are the same input, and err together in all alternatives. */
export function keyOf({ value, low, high }: InputValue): string {
  return `${value} ${low} ${high}`;
}
