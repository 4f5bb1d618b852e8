import { InputError } from "../errors.ts";
import { createIntegrator, type Integrator } from "../power/integrate.ts";
import type { PowerSeries } from "../power/series.ts";

/** A trace as power readings, whatever it was. */
export interface Samples {
  /** Stamp of each reading, in seconds on the trace's clock. */
  readonly timeS: Float64Array;
  /** Watts. */
  readonly powerW: Float64Array;
  /** Seconds that each reading averages, where the source makes it known. */
  readonly averagingS: number | null;
  /** Median step between readings. */
  readonly stepS: number;
  /** The energy measured. */
  readonly integrator: Integrator;
}

/**
 * Readings of power from any series. An energy counter and interval energies give the mean power of
 * each step, which is an average over exactly that step.
 *
 * @param series The trace.
 * @return Its readings.
 * @throws {InputError} `refused` with fewer than ten readings.
 */
export function samplesOf(series: PowerSeries): Samples {
  const integrator = createIntegrator(series, { minSamples: 0 });
  if (series.timeS.length < 10) {
    throw new InputError({
      code: "refused",
      path: series.source.path,
      problem: "too few readings to divide among requests",
      expected: "at least 10",
      found: String(series.timeS.length),
    });
  }
  const { stepS } = integrator;
  if (series.quantity === "power") {
    return {
      timeS: series.timeS,
      powerW: series.powerW,
      averagingS: series.averagingS,
      stepS,
      integrator,
    };
  }
  const n = series.timeS.length - 1;
  const timeS = series.timeS.subarray(1);
  const powerW = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    powerW[i] = series.quantity === "counter"
      ? (series.energyJ[i + 1]! - series.energyJ[i]!) / (series.timeS[i + 1]! - series.timeS[i]!)
      : series.intervalJ[i + 1]! / series.durationS[i + 1]!;
  }
  return { timeS, powerW, averagingS: stepS, stepS, integrator };
}
