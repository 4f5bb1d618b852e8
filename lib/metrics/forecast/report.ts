/** What a forecast says. */

import type { Basis, Figure } from "../estimate.ts";

/** Something that the reader of a forecast must know. */
export interface Notice {
  /** Short code in kebab case. */
  readonly code: string;
  /** In words. */
  readonly message: string;
  /** How many hours, rows or inputs it is about. */
  readonly count: number;
}

/** An input of a forecast. */
export interface ForecastInput {
  /** Path in the configuration. */
  readonly name: string;
  /** The number, in canonical units; for rates over time their mean. */
  readonly value: number;
  /** Lower end of its interval; null when it is taken as exact. */
  readonly low: number | null;
  /** Upper end. */
  readonly high: number | null;
  /** Its unit. */
  readonly unit: string;
  /** How it came about. */
  readonly basis: Basis;
  /** Where it is from; null when the configuration does not say. */
  readonly source: string | null;
}

/** What a month, or all of them, will take. */
export interface ForecastFigures {
  /** Requests, those answered from a cache included. */
  readonly requests: Figure;
  /** Energy of the nodes. */
  readonly itKwh: Figure;
  /** Energy at the facility's meter: nodes x PUE. */
  readonly facilityKwh: Figure;
  /** Price of that energy. */
  readonly energyCost: Figure;
  /** Demand charge on the peak. */
  readonly demandCost: Figure;
  /** Amortisation of hardware. */
  readonly hardwareCost: Figure;
  /** All costs that the configuration knows; none without a tariff. */
  readonly totalCost: Figure;
  /** Carbon of the facility's energy. */
  readonly carbonKg: Figure;
  /** Water consumed on the site. */
  readonly siteWaterL: Figure;
  /** Water consumed in generating the electricity. */
  readonly gridWaterL: Figure;
  /** Highest mean power of a demand interval under mean traffic. */
  readonly peakKw: Figure;
}

/** Name of a figure of a month. */
export type ForecastMetric = keyof ForecastFigures;

/** One month. */
export interface ForecastMonth extends ForecastFigures {
  /** Such as `2026-03`. */
  readonly month: string;
  /** Its true length. */
  readonly hours: number;
}

/** Figures of one request, over all months. */
export interface ForecastPerRequest {
  /** Energy at the facility's meter. */
  readonly facilityWh: Figure;
  /** All costs. */
  readonly totalCost: Figure;
  /** Carbon. */
  readonly carbonG: Figure;
  /** Water, on the site and in generation; none when one of them is not known. */
  readonly waterMl: Figure;
}

/** Energy of one class of requests, or of idle machines. */
export interface ForecastClass {
  /** Its name; `idle` for idle machines. */
  readonly name: string;
  /** Its energy over all months, at the facility's meter. */
  readonly facilityKwh: Figure;
  /** Its share of the whole; null when the whole is 0. */
  readonly share: number | null;
}

/** One set of settings, forecast. */
export interface Scenario {
  /** Month by month. */
  readonly months: readonly ForecastMonth[];
  /** All months; the peak is the highest of any. */
  readonly total: ForecastFigures;
  /** Energy by class; the classes and idle add up to the whole. */
  readonly classes: readonly ForecastClass[];
  /** Per request, those answered from a cache included. */
  readonly perRequest: ForecastPerRequest;
  /** Every input, its interval, basis and source. */
  readonly inputs: readonly ForecastInput[];
  /** What else is to be known. */
  readonly notices: readonly Notice[];
}

/** An alternative minus the forecast, over all months. */
export interface Difference {
  /** Which figure. */
  readonly metric: ForecastMetric;
  /** The difference; its interval is that of the difference of paired draws. */
  readonly change: Figure;
  /** The difference / the forecast's figure, central value; null when that is 0 or unknown. */
  readonly relative: number | null;
}

/** A what-if alternative, forecast and compared. */
export interface Alternative extends Scenario {
  /** Its name. */
  readonly name: string;
  /** What it sets, as written. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Alternative - forecast, for the metrics that both have. */
  readonly differences: readonly Difference[];
}

/** A forecast and its alternatives. */
export interface Forecast extends Scenario {
  /** Name of the configuration. */
  readonly name: string;
  /** Zone of months and profiles. */
  readonly zone: string;
  /** Code of the money. */
  readonly currency: string;
  /** How intervals were made. */
  readonly method: {
    /** In words. */
    readonly interval: string;
    /** Seed of the draws. */
    readonly seed: number;
    /** Draws; 0 when no input has an interval. */
    readonly draws: number;
    /** Whether all classes' joules err together or each for itself. */
    readonly energyErrors: "common" | "independent";
  };
  /** What-if alternatives, in the order of the configuration. */
  readonly alternatives: readonly Alternative[];
}
