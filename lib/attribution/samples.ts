import { InputError } from "../errors.ts";
import { createIntegrator, medianStepS } from "../power/integrate.ts";
import { lowerBound } from "../power/search.ts";
import type { EnergyCounter, IntervalEnergy, PowerSeries } from "../power/series.ts";

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
  /** Readings before which a step was not measured, however short: a counter started over in it. */
  readonly unmeasuredBefore: ReadonlySet<number>;
}

/**
 * Readings of power from any series. An energy counter and interval energies give the mean power of
 * each step, which is an average over exactly that step; the step in which a counter started over has
 * no reading.
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
    return {
      timeS,
      powerW,
      averagingS,
      stepS,
      totalJ,
      measuredS,
      maxGapS,
      unmeasuredBefore: new Set(),
    };
  }
  const integrator = createIntegrator(series, { minSamples: 0 });
  const { stepS, totalJ, maxGapS } = integrator;
  const measuredS = integrator.endS - integrator.startS - integrator.gapS;
  const steps = series.quantity === "counter"
    ? counterSteps(series)
    : { ...intervalSteps(series), unmeasuredBefore: new Set<number>() };
  return { ...steps, averagingS: stepS, stepS, totalJ, measuredS, maxGapS };
}

type Steps = Pick<Samples, "timeS" | "powerW" | "unmeasuredBefore">;

function counterSteps({ timeS, energyJ, resetS = new Float64Array(0) }: EnergyCounter): Steps {
  const resets = new Set<number>();
  for (const at of resetS) resets.add(lowerBound(timeS, at));
  const length = Math.max(0, timeS.length - 1);
  const stampS = new Float64Array(length);
  const powerW = new Float64Array(length);
  const unmeasuredBefore = new Set<number>();
  let kept = 0;
  for (let i = 1; i < timeS.length; i++) {
    if (resets.has(i)) {
      unmeasuredBefore.add(kept);
      continue;
    }
    stampS[kept] = timeS[i]!;
    powerW[kept] = (energyJ[i]! - energyJ[i - 1]!) / (timeS[i]! - timeS[i - 1]!);
    kept++;
  }
  return { timeS: stampS.subarray(0, kept), powerW: powerW.subarray(0, kept), unmeasuredBefore };
}

function intervalSteps(
  { timeS, intervalJ, durationS }: IntervalEnergy,
): Omit<Steps, "unmeasuredBefore"> {
  const powerW = new Float64Array(timeS.length - 1);
  for (let i = 0; i < powerW.length; i++) powerW[i] = intervalJ[i + 1]! / durationS[i + 1]!;
  return { timeS: timeS.subarray(1), powerW };
}
