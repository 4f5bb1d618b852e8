/** Energy, cost, carbon and water of a traffic mix over months, with intervals and alternatives. */

import { figure, noFigure } from "../figure.ts";
import type { Figure } from "../estimate.ts";
import type { RateSeries } from "../rate_series.ts";
import { canonicalUnit, perThousand } from "../units.ts";
import type { AlternativeConfig, ForecastConfig } from "./config.ts";
import type { ForecastSettings } from "./settings.ts";
import { Draws, intervalOf } from "./draws.ts";
import { type Column, evaluate, type Evaluation, metrics } from "./evaluate.ts";
import { modelOf } from "./model.ts";
import type {
  Alternative,
  Difference,
  Forecast,
  ForecastFigures,
  ForecastMetric,
  Notice,
  Scenario,
} from "./report.ts";
import { type Steps, stepsOf } from "./steps.ts";

/** Options of {@linkcode forecast}. */
export interface ForecastOptions {
  /** The tables that {@linkcode forecastSeries} lists, by their keys; by default none. */
  readonly series?: ReadonlyMap<string, RateSeries>;
}

/**
 * Forecasts energy, cost, carbon and water of a traffic mix by month.
 *
 * For every month and class: requests = mean rate x (1 + growth)^(months since the first) x sum
 * over quarter hours of the profile; energy = requests x (1 - answer cache hits) x joules per
 * request x node factor (for GPU joules) x PUE; joules per request = per input token x input
 * tokens x (1 - prefix cache hits) + per output token x output tokens, or as given. Cost and carbon
 * weigh each quarter hour with its own price and intensity. Months, profiles and tariffs go by
 * their zones' clocks, with true lengths and changes of the clock.
 *
 * Intervals (nominal 90 %) come from a seeded Monte Carlo: each input with an interval is drawn from
 * a split normal distribution whose 5th, 50th and 95th percentiles are low, value and high, inputs
 * independent of each other but for joules of one meter (`energyErrors: common`); the interval of a
 * figure is the 5th to the 95th percentile of its draws (linear, type 7), and its value the result
 * at the inputs' central values. An alternative is computed from the same draws of all inputs
 * that it leaves alone, so that the interval of a difference is that of the difference. Not in the interval: that
 * traffic, prices and grids will follow the settings.
 *
 * @param config The configuration.
 * @param options Tables of prices and intensities.
 * @return Months, totals, classes, inputs, notices and alternatives.
 * @throws {InputError} `refused` when a table says nothing of some hours and does not say what to do.
 *
 * @example
 * ```ts
 * import { forecast, parseForecastConfig } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const { total, alternatives } = forecast(parseForecastConfig(`
 * name: half the answers from a cache
 * start: 2026-02
 * months: 1
 * zone: UTC
 * currency: EUR
 * classes:
 *   chat:
 *     requests: 1000 /h
 *     energy: {scope: node, basis: measured, perRequest: {value: 900 J, low: 810 J, high: 990 J}}
 * pue: 1.2
 * tariff: {flat: 0.30 EUR/kWh}
 * alternatives:
 *   - {name: cache, set: {classes.chat.answerCacheHits: 50 %}}
 * `, "example.yaml"));
 * // 28 days x 24 h x 1000 requests x 900 J = 168 kWh; x 1.2 = 201.6 kWh; x 0.30 = 60.48 EUR.
 * assert.ok(Math.abs(total.facilityKwh.value! - 201.6) < 1e-9);
 * assert.ok(Math.abs(total.totalCost.value! - 60.48) < 1e-9);
 * assert.ok(Math.abs(total.totalCost.low! / 60.48 - 0.9) < 0.01);
 * const saved = alternatives[0]!.differences.find(({ metric }) => metric === "totalCost")!;
 * assert.ok(Math.abs(saved.change.value! + 30.24) < 1e-9);
 * ```
 */
export function forecast(config: ForecastConfig, options: ForecastOptions = {}): Forecast {
  const { settings } = config;
  const { seed, draws: count, energyErrors } = settings.method;
  const draws = new Draws(seed, count);
  const steps = stepsOf(settings.start, settings.months, settings.zone);
  const tables: ReadonlyMap<string, RateSeries> = options.series ?? new Map();
  const run = (own: ForecastSettings, label: string): Evaluation =>
    evaluate(modelOf(own, settings, label, steps, tables), draws);
  const base = run(settings, "");
  const alternatives = config.alternatives.map((alternative) =>
    compare(alternative, run(alternative.settings, alternative.name), base, settings)
  );
  const uncertain = base.columns.requests[0]!.draws !== null ||
    alternatives.some(({ inputs }) => inputs.some(({ low }) => low !== null));
  return {
    name: settings.name,
    zone: settings.zone,
    currency: settings.currency,
    method: {
      interval: uncertain
        ? "5th to 95th percentile of a seeded Monte Carlo; inputs split normal and independent" +
          (energyErrors === "common" ? ", but all joules of one meter err together" : "")
        : "none: no input has an interval",
      seed,
      draws: uncertain ? count : 0,
      energyErrors,
    },
    ...scenario(base, settings.currency),
    alternatives,
  };
}

function scenario(evaluation: Evaluation, currency: string): Scenario {
  const { model, columns, loadKwh } = evaluation;
  const { months }: Steps = model.steps;
  const row = (index: number): ForecastFigures =>
    Object.fromEntries(
      metrics.map((
        metric,
      ) => [metric, figureOf(metric, columns[metric][index]!, evaluation, currency)]),
    ) as unknown as ForecastFigures;
  const total = columns.facilityKwh.at(-1)!.value;
  return {
    months: months.map(({ name, startS, endS }, m) => ({
      month: name,
      hours: (endS - startS) / 3600,
      ...row(m),
    })),
    total: row(months.length),
    classes: model.loads.map(({ name }, c) => ({
      name,
      facilityKwh: figure(
        { ...intervalOf(loadKwh[c]!.value, loadKwh[c]!.draws), basis: model.basis },
        "kWh",
      ),
      share: total > 0 ? loadKwh[c]!.value / total : null,
    })),
    perRequest: perRequest(evaluation, currency),
    inputs: model.inputs,
    notices: noticesOf(evaluation, currency),
  };
}

const reasons: Partial<Record<ForecastMetric, string>> = {
  energyCost: "no-tariff",
  totalCost: "no-tariff",
  demandCost: "no-demand-charge",
  hardwareCost: "no-hardware",
  carbonKg: "no-carbon-intensity",
  siteWaterL: "no-wue",
  gridWaterL: "no-grid-intensity",
};

function unitOf(metric: ForecastMetric, currency: string): string {
  if (metric === "requests") return "requests";
  if (metric.endsWith("Cost")) return canonicalUnit("money", currency);
  return metric.endsWith("Kwh")
    ? "kWh"
    : metric === "peakKw"
    ? "kW"
    : metric === "carbonKg"
    ? "kg"
    : "L";
}

function figureOf(
  metric: ForecastMetric,
  column: Column,
  { model }: Evaluation,
  currency: string,
): Figure {
  const unit = unitOf(metric, currency);
  return model.known.has(metric)
    ? figure({ ...intervalOf(column.value, column.draws), basis: model.basis }, unit)
    : noFigure(unit, reasons[metric]!, model.basis);
}

function perRequest(evaluation: Evaluation, currency: string): Scenario["perRequest"] {
  const { columns, model } = evaluation;
  const requests = columns.requests.at(-1)!;
  const ratio = (
    of: readonly ForecastMetric[],
    size: number,
    unit: string,
  ): Figure => {
    const missing = of.find((metric) => !model.known.has(metric));
    if (missing !== undefined) return noFigure(unit, reasons[missing]!, model.basis);
    if (!(requests.value > 0)) return noFigure(unit, "no-requests", model.basis);
    const sum = (d: number | null): number =>
      of.reduce((total, metric) => {
        const column = columns[metric].at(-1)!;
        return total + (d === null ? column.value : column.draws![d]!);
      }, 0);
    const drawn = requests.draws?.map((count, d) => sum(d) * size / count) ?? null;
    return figure(
      { ...intervalOf(sum(null) * size / requests.value, drawn), basis: model.basis },
      unit,
    );
  };
  return {
    facilityWh: ratio(["facilityKwh"], perThousand, "Wh/request"),
    totalCost: ratio(["totalCost"], 1, `${currency}/request`),
    carbonG: ratio(["carbonKg"], perThousand, "g/request"),
    waterMl: ratio(["siteWaterL", "gridWaterL"], perThousand, "mL/request"),
  };
}

function noticesOf({ model, negativeKwh }: Evaluation, currency: string): Notice[] {
  const notices = [...model.notices];
  if (model.negativeHours > 0) {
    notices.push({
      code: "negative-price",
      message: `the price is below 0 in ${model.negativeHours} hours, in which ` +
        `${negativeKwh.toPrecision(4)} kWh earn ${currency} instead of costing it`,
      count: model.negativeHours,
    });
  }
  notices.push({
    code: "peak-of-mean-traffic",
    message: "the peak is that of the mean traffic of each hour; requests come unevenly, so the " +
      "meter's peak will be higher",
    count: 1,
  });
  return notices;
}

function compare(
  alternative: AlternativeConfig,
  own: Evaluation,
  base: Evaluation,
  settings: ForecastSettings,
): Alternative {
  const { currency } = settings;
  const differences = metrics
    .filter((metric) => own.model.known.has(metric) && base.model.known.has(metric))
    .map((metric): Difference => {
      const a = own.columns[metric].at(-1)!;
      const b = base.columns[metric].at(-1)!;
      const value = a.value - b.value;
      const drawn = a.draws ?? b.draws;
      const pairs = drawn === null
        ? null
        : drawn.map((_, d) => (a.draws?.[d] ?? a.value) - (b.draws?.[d] ?? b.value));
      return {
        metric,
        change: figure(
          { ...intervalOf(value, pairs), basis: own.model.basis },
          unitOf(metric, currency),
        ),
        relative: b.value === 0 ? null : value / b.value,
      };
    });
  return {
    name: alternative.name,
    changes: alternative.changes,
    ...scenario(own, currency),
    differences,
  };
}
