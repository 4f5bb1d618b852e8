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
 * the logarithm 0.3).
 *
 * @param rows A handful of measured rows.
 * @param plain Their predictions without a refit.
 * @return The scalars.
 */
export function refitServing(
  rows: readonly Pick<ServingRow, "timeS" | "powerW" | "target">[],
  plain: readonly ServingPrediction[],
): ServingRefit {
  const { parameters } = fitResiduals(
    (p) => {
      const refit = { time: Math.exp(p[0]!), power: Math.exp(p[1]!) };
      return Float64Array.from({ length: 2 * rows.length }, (_, i) => {
        const row = rows[i >> 1]!;
        const { timeS, powerW } = applyRefit(refit, plain[i >> 1]!, row.target);
        return i % 2 === 0 ? Math.log(timeS / row.timeS) : Math.log(powerW / row.powerW);
      });
    },
    [0, 0],
    { huber: 0.15, priorWeight: [0.1 / 0.3, 0.1 / 0.3] },
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
