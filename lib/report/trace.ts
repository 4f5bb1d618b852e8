import { createIntegrator, type Integrator } from "../power/integrate.ts";
import type { PowerSeries } from "../power/series.ts";
import type { TraceData } from "./page/data.ts";

/** A trace as a page keeps it. */
export interface PageTrace extends TraceData {
  /** Seconds, increasing. */
  readonly timeS: Float64Array;
  /** Watts at each moment, or mean watts of the step that ends there; NaN where not measured. */
  readonly powerW: Float64Array;
}

/**
 * A trace as a page keeps it: power samples as they are; counters and interval energies as the mean
 * power of each step. Its energy over any span is that of the integrator.
 *
 * @param series Any series.
 * @return Moments and powers.
 */
export function pageTrace(series: PowerSeries): PageTrace {
  const integrator = createIntegrator(series, { minSamples: 0 });
  if (series.quantity === "power") {
    const { timeS, powerW } = series;
    return { shape: "line", maxGapS: integrator.maxGapS, timeS, powerW };
  }
  // Intervals are stamped with their ends; the first begins before.
  const timeS = series.quantity === "counter"
    ? series.timeS
    : Float64Array.from({ length: series.timeS.length + 1 }, (_, i) =>
      i === 0 ? integrator.startS : series.timeS[i - 1]!);
  return { shape: "step", maxGapS: Number.MAX_VALUE, timeS, powerW: means(integrator, timeS) };
}

function means(integrator: Integrator, timeS: Float64Array): Float64Array {
  const powerW = new Float64Array(timeS.length).fill(NaN);
  let before = integrator.cumulativeJ(timeS[0] ?? 0);
  for (let i = 1; i < timeS.length; i++) {
    const upTo = integrator.cumulativeJ(timeS[i]!);
    const step = timeS[i]! - timeS[i - 1]!;
    const isMeasured = upTo > before || step <= integrator.maxGapS;
    if (isMeasured) powerW[i] = (upTo - before) / step;
    before = upTo;
  }
  return powerW;
}
