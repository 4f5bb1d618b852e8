import { InputError } from "../errors.ts";
import { createIntegrator, medianStepS } from "../power/integrate.ts";
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
  /** Energy measured from the first reading to the last, in joules. */
  readonly totalJ: number;
  /** Seconds in which it was measured: all but the steps longer than `maxGapS`. */
  readonly measuredS: number;
  /** Longest step that is bridged. */
  readonly maxGapS: number;
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
  if (series.timeS.length < 10) {
    throw new InputError({
      code: "refused",
      path: series.source.path,
      problem: "too few readings to divide among requests",
      expected: "at least 10",
      found: String(series.timeS.length),
    });
  }
  if (series.quantity === "power") {
    const { timeS, powerW, averagingS } = series;
    // The middle of a long trace tells its step.
    const half = timeS.length >> 1;
    const stepS = medianStepS(timeS.subarray(Math.max(0, half - 100_000), half + 100_000));
    const maxGapS = Math.max(1, 5 * stepS);
    // The trapezoid of createIntegrator, without its columns: a long trace is read only once.
    let totalJ = 0;
    let measuredS = 0;
    for (let i = 1; i < timeS.length; i++) {
      const h = timeS[i]! - timeS[i - 1]!;
      if (h > maxGapS) continue;
      measuredS += h;
      totalJ += h * (powerW[i - 1]! + powerW[i]!) / 2;
    }
    return { timeS, powerW, averagingS, stepS, totalJ, measuredS, maxGapS };
  }
  const integrator = createIntegrator(series, { minSamples: 0 });
  const { stepS, totalJ, maxGapS } = integrator;
  const n = series.timeS.length - 1;
  const timeS = series.timeS.subarray(1);
  const powerW = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    powerW[i] = series.quantity === "counter"
      ? (series.energyJ[i + 1]! - series.energyJ[i]!) / (series.timeS[i + 1]! - series.timeS[i]!)
      : series.intervalJ[i + 1]! / series.durationS[i + 1]!;
  }
  const measuredS = integrator.endS - integrator.startS - integrator.gapS;
  return { timeS, powerW, averagingS: stepS, stepS, totalJ, measuredS, maxGapS };
}
