/** What a forecast's configuration says, once read: all numbers in canonical units. */

import type { Basis, Dependence } from "../estimate.ts";

/** An uncertain input, in the canonical unit of its kind. */
export interface InputValue {
  /** The number. */
  readonly value: number;
  /** Lower end of its nominal 90 % interval; null without one. */
  readonly low: number | null;
  /** Upper end; null without one. */
  readonly high: number | null;
  /** How it came about; null where the configuration does not say. */
  readonly basis: Basis | null;
  /** Where it is from; null where the configuration does not say. */
  readonly source: string | null;
  /** Its unit. */
  readonly unit: string;
}

/** Energy of one class of requests: per request, or per token. */
export interface ClassEnergy {
  /** What the joules cover. */
  readonly scope: "gpu" | "node";
  /** How they came about. */
  readonly basis: Basis;
  /** Where they are from. */
  readonly source?: string | undefined;
  /** Joules of a request. */
  readonly perRequest?: InputValue | undefined;
  /** Joules of a prompt token that is not in the prefix cache. */
  readonly perInputToken?: InputValue | undefined;
  /** Joules of an output token. */
  readonly perOutputToken?: InputValue | undefined;
}

/** One class of requests. */
export interface ClassSettings {
  /** Requests per hour in the first month, mean of a week. */
  readonly requests: InputValue;
  /** Growth from month to month, compounded; by default none. */
  readonly growthPerMonth?: InputValue | undefined;
  /** Weights of the hours of the clock and of the days from Monday; by default even. */
  readonly profile?:
    | {
      readonly hours?: readonly number[] | undefined;
      readonly weekdays?: readonly number[] | undefined;
    }
    | undefined;
  /** Share of requests that a cache answers without the model, at no energy; by default none. */
  readonly answerCacheHits?: InputValue | undefined;
  /** Share of prompt tokens that a prefix cache holds, at no energy; by default none. */
  readonly prefixCacheHits?: InputValue | undefined;
  /** Tokens of a request. */
  readonly tokens?:
    | { readonly input?: InputValue | undefined; readonly output?: InputValue | undefined }
    | undefined;
  /** Its energy. */
  readonly energy: ClassEnergy;
}

/** How a table of prices or intensities is to be read and used. */
export interface SeriesSettings {
  /** Path of the table, as written; relative to the configuration. */
  readonly file: string;
  /** Header of the column of times. */
  readonly time: string;
  /** Header of the column of values. */
  readonly value: string;
  /** Unit of the values. */
  readonly unit: string;
  /** Zone of times without an offset. */
  readonly zone?: string | undefined;
  /** At its own times, or as means by month, hour, and workday or weekend. */
  readonly use: "as-given" | "month-hour";
  /** What to do with hours that have no value: refuse, or take the month's mean. */
  readonly missing: "refuse" | "mean";
}

/** A time-of-use tariff. */
export interface TimeOfUseSettings {
  /** Zone of its clock; the forecast's when absent. */
  readonly zone?: string | undefined;
  /** Price outside the windows. */
  readonly otherwise: InputValue;
  /** The windows; `days` from 0, Monday; times in minutes of the clock. */
  readonly windows: readonly {
    readonly name: string;
    readonly days: readonly number[];
    readonly months?: readonly number[] | undefined;
    readonly from: number;
    readonly to: number;
    readonly price: InputValue;
  }[];
}

/** Settings of one forecast. */
export interface ForecastSettings {
  /** Its name. */
  readonly name: string;
  /** First month, such as `2026-01`. */
  readonly start: string;
  /** How many months. */
  readonly months: number;
  /** Zone of months and profiles. */
  readonly zone: string;
  /** Code of the money. */
  readonly currency: string;
  /** Seed and number of draws, and how errors of joules hang together. */
  readonly method: {
    readonly seed: number;
    readonly draws: number;
    readonly energyErrors: Dependence;
  };
  /** The traffic, by name of class. */
  readonly classes: Readonly<Record<string, ClassSettings>>;
  /** Power of the machines that the joules of requests do not hold. */
  readonly idle?: { readonly power: InputValue; readonly scope: "gpu" | "node" } | undefined;
  /** Node energy / GPU energy. */
  readonly nodeFactor?: InputValue | undefined;
  /** Facility energy / IT energy. */
  readonly pue: InputValue;
  /** Water per kWh: on the site, and in generation (given, or that of a region). */
  readonly water?:
    | {
      readonly site?: InputValue | undefined;
      readonly grid?: InputValue | undefined;
      readonly region?: string | undefined;
    }
    | undefined;
  /** Carbon per kWh: one of the three. */
  readonly carbon?:
    | {
      readonly intensity?: InputValue | undefined;
      readonly region?: string | undefined;
      readonly series?: SeriesSettings | undefined;
    }
    | undefined;
  /** Price of energy: one of the three. */
  readonly tariff?:
    | {
      readonly flat?: InputValue | undefined;
      readonly timeOfUse?: TimeOfUseSettings | undefined;
      readonly series?: SeriesSettings | undefined;
    }
    | undefined;
  /** Price of the month's peak, and the interval over which power is averaged, in seconds. */
  readonly demandCharge?: { readonly price: InputValue; readonly interval: number } | undefined;
  /** Hardware, written off in a straight line over its life. */
  readonly hardware?:
    | {
      readonly price: InputValue;
      readonly residual?: InputValue | undefined;
      readonly count: number;
      readonly lifeYears: number;
    }
    | undefined;
  /** What-if alternatives, as written. */
  readonly alternatives: readonly {
    readonly name: string;
    readonly set: Readonly<Record<string, unknown>>;
  }[];
}
