/**
 * Metrics: joules per token, prompt and request; latency and goodput; cost, carbon and water;
 * forecasts of a traffic mix.
 *
 * @module
 */

export * from "./amortisation.ts";
export * from "./apply_rate.ts";
export * from "./composition.ts";
export * from "./demand_charge.ts";
export * from "./distribution.ts";
export * from "./energy.ts";
export * from "./energy_bins.ts";
export * from "./estimate.ts";
export * from "./forecast/config.ts";
export * from "./forecast/forecast.ts";
export * from "./forecast/report.ts";
export * from "./forecast/settings.ts";
export * from "./goodput.ts";
export * from "./grid.ts";
export * from "./latency.ts";
export * from "./months.ts";
export * from "./normalise.ts";
export * from "./parse_rate_series.ts";
export * from "./rate.ts";
export * from "./rate_series.ts";
export * from "./scope.ts";
export * from "./time_of_use.ts";
export * from "./units.ts";
export * from "./water.ts";
