/** Adapts the serving model to another engine or device from a handful of measured rows. */

import { fitResiduals } from "../fit/levenberg.ts";
import type { Target } from "../target.ts";
import type { ServingPrediction, ServingRow } from "./fit.ts";

/** Three scalars that a handful of rows pin down. */
export interface ServingRefit {
  /** Factor on the time of a step. */
  readonly time: number;
  /** Least time of a step, s: an engine whose host is the limit. */
  readonly floorS: number;
  /** Factor on power above idle. */
  readonly power: number;
}

/**
 * Fits a factor and a floor on step time and a factor on power, each with a prior at no change
 * (deviations of the logarithms 0.3, 2 around 1 ms, and 0.3).
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
      const refit = { time: Math.exp(p[0]!), floorS: Math.exp(p[1]!), power: Math.exp(p[2]!) };
      return Float64Array.from({ length: 2 * rows.length }, (_, i) => {
        const row = rows[i >> 1]!;
        const { timeS, powerW } = applyRefit(refit, plain[i >> 1]!, row.target);
        return i % 2 === 0 ? Math.log(timeS / row.timeS) : Math.log(powerW / row.powerW);
      });
    },
    [0, Math.log(1e-3), 0],
    { huber: 0.15, priorWeight: [0.1 / 0.3, 0.1 / 2, 0.1 / 0.3] },
  );
  return {
    time: Math.exp(parameters[0]!),
    floorS: Math.exp(parameters[1]!),
    power: Math.exp(parameters[2]!),
  };
}

/**
 * Applies a refit: `t = hypot(factor t, floor)`; waiting for the host spends no energy above idle, so power
 * above idle falls as the step grows longer.
 *
 * @param refit The scalars.
 * @param prediction A prediction without them.
 * @param target The device.
 * @return Time and power with them.
 */
export function applyRefit(
  refit: ServingRefit,
  { timeS, powerW }: ServingPrediction,
  target: Target,
): ServingPrediction {
  const working = refit.time * timeS;
  const total = Math.hypot(working, refit.floorS);
  const idleW = target.idleW(target.maxMhz);
  const aboveW = (powerW - idleW) * refit.power * working / total;
  return { timeS: total, powerW: Math.min(target.tdpW, idleW + aboveW) };
}
