/** Adapts the serving model to another engine or device from a handful of measured rows. */

import { fitResiduals } from "../fit/levenberg.ts";
import type { Target } from "../target.ts";
import type { ServingPrediction, ServingRow } from "./fit.ts";

/** Two scalars that a handful of rows pin down. */
export interface ServingRefit {
  /** Factor on the time of a step. */
  readonly time: number;
  /** Factor on power above idle. */
  readonly power: number;
}

/**
 * Fits a factor on step time and one on power above idle, each with a prior at no change (deviation of
 * the logarithm 0.3). A row counts by how far rows scatter, at least 10 %: where one factor does not
 * suit them all, the prior keeps most of its weight.
 *
 * @param rows A handful of measured rows.
 * @param plain Their predictions without a refit.
 * @return The scalars.
 */
export function refitServing(
  rows: readonly Pick<ServingRow, "timeS" | "powerW" | "target">[],
  plain: readonly ServingPrediction[],
): ServingRefit {
  const scatter = [
    deviation(rows.map((row, i) => Math.log(plain[i]!.timeS / row.timeS))),
    deviation(rows.map((row, i) => Math.log(plain[i]!.powerW / row.powerW))),
  ].map((sd) => Math.max(0.1, sd));
  const { parameters } = fitResiduals(
    (p) => {
      const refit = { time: Math.exp(p[0]!), power: Math.exp(p[1]!) };
      return Float64Array.from({ length: 2 * rows.length }, (_, i) => {
        const row = rows[i >> 1]!;
        const { timeS, powerW } = applyRefit(refit, plain[i >> 1]!, row.target);
        const error = i % 2 === 0 ? timeS / row.timeS : powerW / row.powerW;
        return Math.log(error) / scatter[i % 2]!;
      });
    },
    [0, 0],
    { huber: 1.5, priorWeight: [1 / 0.3, 1 / 0.3] },
  );
  return { time: Math.exp(parameters[0]!), power: Math.exp(parameters[1]!) };
}

/**
 * Applies a refit.
 *
 * @param refit The scalars.
 * @param prediction A prediction without them.
 * @param target The device.
 * @return Time and power with them, power at most TDP.
 */
export function applyRefit(
  refit: ServingRefit,
  { timeS, powerW }: ServingPrediction,
  target: Target,
): ServingPrediction {
  const idleW = target.idleW(target.maxMhz);
  return {
    timeS: refit.time * timeS,
    powerW: Math.min(target.tdpW, idleW + (powerW - idleW) * refit.power),
  };
}

function deviation(x: readonly number[]): number {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  return Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, x.length - 1));
}
