/** Settings made ready for arithmetic: loads, rates and uncertain inputs with their keys. */

import { type Basis, weakestBasis } from "../estimate.ts";
import type { RateColumns } from "../rate.ts";
import { waterOfRegion } from "./check.ts";
import { knownRate } from "./known_rate.ts";
import { type MonthSums, monthSums, peakCandidates, weightsOf } from "./loads.ts";
import { carbonRateOf, keyOf, type NamedRate, priceRateOf, type SeriesByKey } from "./rates.ts";
import type { ForecastInput, ForecastMetric, Notice } from "./report.ts";
import type { ForecastSettings, InputValue } from "./settings.ts";
import type { Steps } from "./steps.ts";

/** An input with the key of its draws. */
export interface Keyed {
  readonly input: InputValue;
  readonly key: string;
}

/** Anything that draws energy, with all that decides how much. */
export interface Load {
  readonly name: string;
  /** Requests per hour at weight 1; null for idle machines, whose unit is the hour. */
  readonly rate: Keyed | null;
  readonly growth: Keyed | null;
  readonly answerHits: Keyed | null;
  /** Joules of a unit: the sum of joules x count x (1 - hits). */
  readonly terms: readonly {
    readonly joules: Keyed;
    readonly count: Keyed | null;
    readonly hits: Keyed | null;
  }[];
  readonly scope: "gpu" | "node";
  readonly sums: readonly MonthSums[];
}

/** Settings made ready. */
export interface Model {
  readonly config: ForecastSettings;
  readonly steps: Steps;
  readonly loads: readonly Load[];
  /** For each month, weights of the loads in the intervals that can be its peak. */
  readonly candidates: readonly (readonly Float64Array[])[];
  /** Keys of the draws of price and carbon; null without them. */
  readonly priceKey: string | null;
  readonly carbonKey: string | null;
  readonly nodeFactor: Keyed | null;
  readonly pue: Keyed;
  readonly siteWater: Keyed | null;
  readonly gridWater: Keyed | null;
  readonly demandPrice: Keyed | null;
  readonly hardwarePrice: Keyed | null;
  /** Which metrics the settings give. */
  readonly known: ReadonlySet<ForecastMetric>;
  /** Hours in which the price is below 0. */
  readonly negativeHours: number;
  readonly inputs: readonly ForecastInput[];
  readonly notices: readonly Notice[];
  /** Basis of all figures: what is said of the future is at best modelled. */
  readonly basis: Basis;
}

/**
 * Makes settings ready. `base` are those that an alternative is compared with: inputs that both
 * share get the same keys, and so the same draws.
 */
export function modelOf(
  config: ForecastSettings,
  base: ForecastSettings,
  label: string,
  steps: Steps,
  tables: SeriesByKey,
): Model {
  const notices: Notice[] = [];
  const inputs: ForecastInput[] = [];
  const keyed = (name: string, input: InputValue | undefined, key?: string): Keyed | null => {
    if (input === undefined) return null;
    const { value, low, high, unit, source } = input;
    inputs.push({ name, value, low, high, unit, basis: input.basis ?? "declared", source });
    return { input, key: key ?? `${name} ${keyOf(input)}` };
  };
  const rateColumns = (name: string, named: NamedRate | null): RateColumns | null => {
    if (named === null) return null;
    const columns = knownRate(named, steps, notices);
    inputs.push(rateInput(name, named, columns));
    return columns;
  };
  const price = priceRateOf(config, tables);
  const carbon = carbonRateOf(config, tables);
  const priceColumns = rateColumns("tariff", price);
  const carbonColumns = rateColumns("carbon", carbon);
  const weights: Float64Array[] = [];
  const sumsOf = (weight: Float64Array): MonthSums[] => {
    weights.push(weight);
    return monthSums(weight, steps, priceColumns, carbonColumns);
  };
  const loads = Object.keys(config.classes).map((name): Load => ({
    ...classLoad(config, base, name, label, keyed),
    sums: sumsOf(weightsOf(config.classes[name]!, steps)),
  }));
  if (config.idle !== undefined) {
    const power = keyed("idle.power", config.idle.power)!;
    loads.push({
      name: "idle",
      rate: null,
      growth: null,
      answerHits: null,
      terms: [{ joules: { ...power, input: joulesPerHour(power.input) }, count: null, hits: null }],
      scope: config.idle.scope,
      sums: sumsOf(weightsOf(null, steps)),
    });
  }
  const model = {
    nodeFactor: loads.some(({ scope }) => scope === "gpu")
      ? keyed("nodeFactor", config.nodeFactor)
      : null,
    pue: keyed("pue", config.pue)!,
    siteWater: keyed("water.site", config.water?.site),
    gridWater: keyed("water.grid", gridWaterOf(config)),
    demandPrice: keyed("demandCharge.price", config.demandCharge?.price),
    hardwarePrice: keyed("hardware.price", config.hardware?.price),
  };
  const known = new Set<ForecastMetric>(["requests", "itKwh", "facilityKwh", "peakKw"]);
  if (price !== null) known.add("energyCost").add("totalCost");
  if (carbon !== null) known.add("carbonKg");
  if (model.demandPrice !== null) known.add("demandCost");
  if (model.hardwarePrice !== null) known.add("hardwareCost");
  if (model.siteWater !== null) known.add("siteWaterL");
  if (model.gridWater !== null) known.add("gridWaterL");
  return {
    config,
    steps,
    loads,
    candidates: peakCandidates(weights, steps, config.demandCharge?.interval ?? 900),
    priceKey: price?.key ?? null,
    carbonKey: carbon?.key ?? null,
    ...model,
    known,
    negativeHours: monthSums(weightsOf(null, steps), steps, priceColumns, null)
      .reduce((sum, month) => sum + month.negativeHours, 0),
    inputs,
    notices,
    basis: weakestBasis("modelled", ...inputs.map(({ basis }) => basis)),
  };
}

function classLoad(
  config: ForecastSettings,
  base: ForecastSettings,
  name: string,
  label: string,
  keyed: (name: string, input: InputValue | undefined, key?: string) => Keyed | null,
): Omit<Load, "sums"> {
  const item = config.classes[name]!;
  const { energy, tokens } = item;
  const at = `classes.${name}`;
  // An alternative that replaces joules brings errors of its own.
  const replaced = JSON.stringify(base.classes[name]?.energy) !== JSON.stringify(energy);
  const joules = (key: "perRequest" | "perInputToken" | "perOutputToken"): Keyed => {
    const input = energy[key]!;
    const stated = {
      ...input,
      basis: input.basis ?? energy.basis,
      source: input.source ?? energy.source ?? null,
    };
    const meter = config.method.energyErrors === "common" ? "joules" : `joules ${name} ${key}`;
    return keyed(`${at}.energy.${key}`, stated, replaced ? `${meter} of ${label}` : meter)!;
  };
  return {
    name,
    rate: keyed(`${at}.requests`, item.requests),
    growth: keyed(`${at}.growthPerMonth`, item.growthPerMonth),
    answerHits: keyed(`${at}.answerCacheHits`, item.answerCacheHits),
    terms: [
      ...(energy.perRequest === undefined
        ? []
        : [{ joules: joules("perRequest"), count: null, hits: null }]),
      ...(energy.perInputToken === undefined ? [] : [{
        joules: joules("perInputToken"),
        count: keyed(`${at}.tokens.input`, tokens?.input),
        hits: keyed(`${at}.prefixCacheHits`, item.prefixCacheHits),
      }]),
      ...(energy.perOutputToken === undefined ? [] : [{
        joules: joules("perOutputToken"),
        count: keyed(`${at}.tokens.output`, tokens?.output),
        hits: null,
      }]),
    ],
    scope: energy.scope,
  };
}

/** Watts as joules per hour, the unit of idle machines. */
function joulesPerHour(power: InputValue): InputValue {
  const perHour = (watts: number | null): number | null => watts === null ? null : watts * 3600;
  return {
    ...power,
    value: power.value * 3600,
    low: perHour(power.low),
    high: perHour(power.high),
    unit: "J/h",
  };
}

function gridWaterOf(config: ForecastSettings): InputValue | undefined {
  const { water } = config;
  if (water?.region === undefined) return water?.grid;
  const { value, citation } = waterOfRegion(water.region);
  return { value, low: null, high: null, basis: "declared", source: citation, unit: "L/kWh" };
}

function rateInput(name: string, { rate, source }: NamedRate, columns: RateColumns): ForecastInput {
  const mean = (column: Float64Array): number => column.reduce((a, b) => a + b, 0) / column.length;
  return {
    name: `${name} (mean over time)`,
    value: mean(columns.value),
    low: rate.hasInterval ? mean(columns.low) : null,
    high: rate.hasInterval ? mean(columns.high) : null,
    unit: rate.unit,
    basis: rate.basis,
    source: source ?? rate.description,
  };
}
