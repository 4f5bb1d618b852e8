import { InputError } from "../../errors.ts";
import { alignClocks, type Alignment } from "../align.ts";
import { inferChunkTokens } from "../chunks.ts";
import { cutPrompts } from "../engines.ts";
import { fitCosts, type Placement } from "../fit.ts";
import { idleFrom, type IdlePower, idleReadings } from "../idle.ts";
import { isUniformBetter, middle, readingsNear } from "../trial.ts";
import {
  ownReadings,
  type Stretch,
  stretchSamples,
  type StretchSettings,
  stretchTimelines,
} from "./stretch.ts";
import { countValues, expandCounts, type ValueCounts } from "./value_counts.ts";

/** Readings on which chunks, step rates and the clock's width are tried. */
const TRIAL_READINGS = 100_000;

/** What one stretch tells of a server's clock, sensor, engine and idle power. */
export interface Calibration {
  /** Median step between readings. */
  readonly stepS: number;
  /** Averaging window, where the source says it. */
  readonly knownAveragingS: number | null;
  /** How the trace lies against the log; null where the stretch does not tell. */
  readonly alignment: Pick<Alignment, "centreLagS" | "widthS" | "averagingS" | "r2"> | null;
  /** Power of its readings with no request around them. */
  readonly idle: ValueCounts;
  /** Most prompt tokens of a step, as the stretch has it; null where it does not tell. */
  readonly chunkTokens: number | null;
  /** Whether uniform step rates explain it clearly better; null where it does not tell. */
  readonly isUniform: boolean | null;
  /** Costs with the clock moved by its width to either side, over those without. */
  readonly moved: readonly Float64Array[];
}

/**
 * Looks at one stretch.
 *
 * @param stretch Readings and requests.
 * @param idleW Idle power, where it is known.
 * @return What it tells; null when it has too few readings.
 */
export function calibrateStretch(stretch: Stretch, idleW?: number): Calibration | null {
  const samples = stretchSamples(stretch);
  if (samples === null) return null;
  const knownAveragingS = samples.averagingS;
  const timelines = stretchTimelines(stretch.log, null, Infinity);
  let alignment: Alignment | null = null;
  try {
    if (timelines.length > 0) {
      alignment = alignClocks(samples, timelines, {
        averagingS: knownAveragingS,
        search: "skew",
        maxSkewS: 0.5 + (knownAveragingS ?? 1),
      }, stretch.series!.source.path);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  const averagingS = alignment?.averagingS ?? knownAveragingS ?? samples.stepS;
  const centreLagS = alignment?.centreLagS ?? averagingS / 2;
  const placement: Placement = {
    centreS: samples.timeS.map((t) => t - centreLagS),
    powerW: samples.powerW,
    averagingS,
    stepS: samples.stepS,
  };
  const [from, to] = ownReadings(samples.timeS, stretch);
  const own = placement.centreS.subarray(from, to);
  const ownW = placement.powerW.subarray(from, to);
  const free = stretch.log === null ? ownW : idleReadings(stretch.log, own, ownW, averagingS);
  const idle = idleFrom(free.toSorted(), averagingS, samples.stepS, idleW);
  const told = {
    stepS: samples.stepS,
    knownAveragingS,
    alignment: alignment === null ? null : {
      centreLagS,
      widthS: alignment.widthS,
      averagingS,
      r2: alignment.r2,
    },
    idle: countValues(free),
  };
  if (alignment === null || idle.source === "unknown") {
    return { ...told, chunkTokens: null, isUniform: null, moved: [] };
  }
  const range = middle(readingsNear(placement.centreS, timelines), TRIAL_READINGS);
  const chunkTokens = inferChunkTokens(timelines, placement, idle.idleW, range);
  const cut = cutPrompts(timelines, chunkTokens);
  const uniform = stretchTimelines(stretch.log, "uniform", chunkTokens);
  const isUniform = isUniformBetter(cut, uniform, placement, idle.idleW, range);
  const lines = isUniform ? uniform : cut;
  const costs = (by: number): Float64Array =>
    fitCosts(
      lines,
      { ...placement, centreS: placement.centreS.map((t) => t + by) },
      idle.idleW,
      range[0],
      range[1],
    ).costs;
  const plain = costs(0);
  const moved = !(alignment.widthS > 0)
    ? []
    : [-alignment.widthS, alignment.widthS].map((by) =>
      costs(by).map((cost, c) => plain[c]! > 0 ? cost / plain[c]! : 1)
    );
  return { ...told, chunkTokens, isUniform, moved };
}

/** What is known of a server: what its stretches tell together. */
export interface ServerSettings extends StretchSettings {
  /** Half width of the nominal 90 % interval of `centreLagS`: of a stretch, and their spread. */
  readonly widthS: number;
  /** Part of the variance of power that the log explains, the median of the stretches. */
  readonly alignmentR2: number;
  /** Idle power. */
  readonly idle: IdlePower;
  /** Costs with the clock moved, over those without. */
  readonly moved: readonly Float64Array[];
}

/**
 * What the stretches of a server tell together: medians of what is measured, majorities of what is
 * chosen, and idle power from the readings of all of them.
 *
 * @param calibrations One for each stretch.
 * @param server Name of the server, for messages.
 * @param idleW Idle power, where it is known.
 * @return The settings; null when no stretch has enough readings.
 * @throws {InputError} `refused` when idle power is neither given nor seen.
 */
export function poolCalibrations(
  calibrations: readonly (Calibration | null)[],
  server: string,
  idleW?: number,
): ServerSettings | null {
  const told = calibrations.filter((one) => one !== null);
  if (told.length === 0) return null;
  const aligned = told.flatMap(({ alignment }) => alignment ?? []);
  const stepS = median(told.map((one) => one.stepS));
  const averagingS = aligned.length > 0
    ? median(aligned.map((one) => one.averagingS))
    : told[0]!.knownAveragingS ?? stepS;
  const lags = aligned.map((one) => one.centreLagS);
  const idle = idleFrom(expandCounts(told.map((one) => one.idle)), averagingS, stepS, idleW);
  if (idle.source === "unknown") {
    throw new InputError({
      code: "refused",
      problem: `${server} has no moment without requests, and its idle power is not given`,
      advice: "give --idle-power",
    });
  }
  const moved = told.flatMap((one) => one.moved.length === 2 ? [one.moved] : []);
  return {
    centreLagS: lags.length > 0 ? median(lags) : averagingS / 2,
    widthS: lags.length > 0
      ? median(aligned.map((one) => one.widthS)) + (Math.max(...lags) - Math.min(...lags)) / 2
      : averagingS / 2 + stepS,
    alignmentR2: aligned.length > 0 ? median(aligned.map(({ r2 }) => r2)) : NaN,
    averagingS,
    stepS,
    rateSource: majority(told.map((one) => one.isUniform)) === true ? "uniform" : null,
    chunkTokens: majority(told.map((one) => one.chunkTokens)) ?? Infinity,
    idle,
    moved: moved.length === 0 ? [] : [0, 1].map((side) => meanOf(moved.map((two) => two[side]!))),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
}

/** The value that occurs most; of several the one that came first. */
function majority<T>(values: readonly (T | null)[]): T | null {
  const counts = new Map<T, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: T | null = null;
  for (const [value, count] of counts) {
    if (best === null || count > counts.get(best)!) best = value;
  }
  return best;
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  return vectors[0]!.map((_, c) => vectors.reduce((sum, v) => sum + v[c]!, 0) / vectors.length);
}
