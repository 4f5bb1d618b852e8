/** The arithmetic of a forecast, for its central values and for every draw. */

import { amortisation } from "../amortisation.ts";
import { joulesPerKwh, perThousand } from "../units.ts";
import { drawn, type Draws, z95 } from "./draws.ts";
import type { Sums } from "./loads.ts";
import type { Keyed, Model } from "./model.ts";
import type { ForecastMetric } from "./report.ts";

/** The metrics, in the order of a report. */
export const metrics: readonly ForecastMetric[] = [
  "requests",
  "itKwh",
  "facilityKwh",
  "energyCost",
  "demandCost",
  "hardwareCost",
  "totalCost",
  "carbonKg",
  "siteWaterL",
  "gridWaterL",
  "peakKw",
];

/** A central value and its draws. */
export interface Column {
  readonly value: number;
  /** One for each draw; null when no input has an interval. */
  readonly draws: Float64Array | null;
}

/** The figures of one model. */
export interface Evaluation {
  readonly model: Model;
  /** For each metric one column a month and, last, one of all months. */
  readonly columns: Readonly<Record<ForecastMetric, readonly Column[]>>;
  /** Energy of each load over all months, at the facility's meter, in kWh. */
  readonly loadKwh: readonly Column[];
  /** Energy while the price is below 0, in kWh: central value. */
  readonly negativeKwh: number;
}

/** What one pass gives: a value of every metric for every month and for all of them. */
interface Pass {
  readonly rows: readonly Readonly<Record<ForecastMetric, number>>[];
  readonly loadKwh: readonly number[];
  readonly negativeKwh: number;
}

/** Evaluates a model at its central values and, where an input has an interval, at every draw. */
export function evaluate(model: Model, draws: Draws): Evaluation {
  const central = pass(model, () => 0);
  const uncertain = model.inputs.some(({ low }) => low !== null);
  const column = (value: number): Column => ({
    value,
    draws: uncertain ? new Float64Array(draws.count) : null,
  });
  const columns = Object.fromEntries(
    metrics.map((metric) => [metric, central.rows.map((row) => column(row[metric]))]),
  ) as Record<ForecastMetric, Column[]>;
  const loadKwh = central.loadKwh.map(column);
  for (let d = 0; uncertain && d < draws.count; d++) {
    const drawn = pass(model, (key) => draws.of(key)[d]!);
    for (const metric of metrics) {
      drawn.rows.forEach((row, i) => columns[metric][i]!.draws![d] = row[metric]);
    }
    drawn.loadKwh.forEach((kwh, c) => loadKwh[c]!.draws![d] = kwh);
  }
  return { model, columns, loadKwh, negativeKwh: central.negativeKwh };
}

function pass(model: Model, z: (key: string) => number): Pass {
  const { loads, steps } = model;
  const pick = (keyed: Keyed | null, otherwise: number, least = 0, most = Infinity): number =>
    keyed === null ? otherwise : Math.min(most, drawn(keyed.input, z(keyed.key), least));
  const pue = pick(model.pue, 1, 1);
  const nodeFactor = pick(model.nodeFactor, 1, 1);
  const zPrice = model.priceKey === null ? 0 : z(model.priceKey);
  const zCarbon = model.carbonKey === null ? 0 : z(model.carbonKey);
  const siteLPerKwh = pick(model.siteWater, 0);
  const gridLPerKwh = pick(model.gridWater, 0);
  const pricePerKw = pick(model.demandPrice, 0);
  const hardwarePrice = pick(model.hardwarePrice, 0);
  const now = loads.map((load) => ({
    rate: pick(load.rate, 1),
    growth: pick(load.growth, 0, -1),
    served: 1 - pick(load.answerHits, 0, 0, 1),
    nodeJ: (load.scope === "gpu" ? nodeFactor : 1) * load.terms.reduce(
      (sum, { joules, count, hits }) =>
        sum + pick(joules, 0) * pick(count, 1) * (1 - pick(hits, 0, 0, 1)),
      0,
    ),
  }));
  const loadKwh = loads.map(() => 0);
  let negativeKwh = 0;
  const rows = steps.months.map((span, m) => {
    let requests = 0;
    let itKwh = 0;
    let energyCost = 0;
    let carbonG = 0;
    const kwPerWeight = loads.map((load, c) => {
      const { rate, growth, served, nodeJ } = now[c]!;
      const perHour = rate * (1 + growth) ** m;
      const { hours, price, carbon, negativeHours } = load.sums[m]!;
      const itKw = perHour * served * nodeJ / joulesPerKwh;
      if (load.rate !== null) requests += perHour * hours;
      itKwh += itKw * hours;
      energyCost += itKw * pue * atDraw(price, zPrice);
      carbonG += itKw * pue * atDraw(carbon, zCarbon);
      negativeKwh += itKw * pue * negativeHours;
      loadKwh[c] = loadKwh[c]! + itKw * pue * hours;
      return itKw * pue;
    });
    const peakKw = Math.max(
      0,
      ...model.candidates[m]!.map((weights) =>
        kwPerWeight.reduce((sum, kw, c) => sum + kw * weights[c]!, 0)
      ),
    );
    const demandCost = pricePerKw * peakKw;
    const hardwareCost = hardwareCostOf(model, hardwarePrice, span.endS - span.startS);
    return {
      requests,
      itKwh,
      facilityKwh: itKwh * pue,
      energyCost,
      demandCost,
      hardwareCost,
      totalCost: energyCost + demandCost + hardwareCost,
      carbonKg: carbonG / perThousand,
      siteWaterL: itKwh * siteLPerKwh,
      gridWaterL: itKwh * pue * gridLPerKwh,
      peakKw,
    };
  });
  const total = Object.fromEntries(metrics.map((metric) => {
    const values = rows.map((row) => row[metric]);
    return [
      metric,
      metric === "peakKw" ? Math.max(...values) : values.reduce((a, b) => a + b, 0),
    ];
  })) as Record<ForecastMetric, number>;
  return { rows: [...rows, total], loadKwh, negativeKwh };
}

/** A month's sum of a rate at a draw of it. */
function atDraw(sums: Sums, z: number): number {
  return sums.value + z / z95 * (z < 0 ? sums.value - sums.low : sums.high - sums.value);
}

function hardwareCostOf({ config }: Model, price: number, durationS: number): number {
  const { hardware, currency } = config;
  if (hardware === undefined) return 0;
  const residual = hardware.residual?.value ?? 0;
  const { count, lifeYears } = hardware;
  return amortisation({
    // A draw of the price cannot fall below what is left of it.
    price: { value: Math.max(price, residual), low: null, high: null, basis: "declared" },
    residual,
    count,
    lifeYears,
    currency,
  }, durationS).value!;
}
