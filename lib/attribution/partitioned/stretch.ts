import { InputError } from "../../errors.ts";
import type { PowerSeries } from "../../power/series.ts";
import type { RequestLog } from "../../requests/log.ts";
import type { StepRateSource } from "../../requests/timeline_rates.ts";
import type { Timeline } from "../../requests/timeline.ts";
import { bridgedStepS } from "../divide_power.ts";
import { cutPrompts, engineTimelines } from "../engines.ts";
import type { Placement } from "../fit.ts";
import { type Samples, samplesOf } from "../samples.ts";

/**
 * A part of the time of one server, such as a day: its readings and requests, with a margin of both
 * so that what happens at the edges is seen from either side.
 */
export interface Stretch {
  /** Power of the server, margin included, on the log's clock; null when there is none. */
  readonly series: PowerSeries | null;
  /** All requests that overlap the stretch and its margin; null when there are none. */
  readonly log: RequestLog | null;
  /** Readings stamped from here on belong to the stretch, in seconds on the log's clock. */
  readonly fromS: number;
  /** Readings stamped from here on belong to the next one. */
  readonly toS: number;
}

/** What is known of a server's sensor and engine. */
export interface StretchSettings {
  /** Seconds from the middle of what a reading averages to its stamp. */
  readonly centreLagS: number;
  /** Averaging window of the sensor. */
  readonly averagingS: number;
  /** Median step between readings. */
  readonly stepS: number;
  /** Where step rates come from; null for the best that the log allows. */
  readonly rateSource: StepRateSource | null;
  /** Most prompt tokens of one step. */
  readonly chunkTokens: number;
}

/** A stretch whose readings lie on the log's clock. */
export interface PlacedStretch {
  /** All readings, margin included. */
  readonly placement: Placement;
  /** What the engine did. */
  readonly timelines: readonly Timeline[];
  /** First reading that belongs to the stretch. */
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
  /** Longest step that is bridged. */
  readonly maxGapS: number;
  /** Readings before which a step was not measured, however short. */
  readonly unmeasuredBefore: ReadonlySet<number>;
  /** Energy that the readings of the stretch measured, in joules. */
  readonly totalJ: number;
  /** Seconds in which they did. */
  readonly measuredS: number;
}

/** Readings of a stretch; null when they are too few to tell anything. */
export function stretchSamples(stretch: Stretch): Samples | null {
  return stretch.series === null || stretch.series.timeS.length < 10
    ? null
    : samplesOf(stretch.series);
}

/** The range of readings whose stamps belong to the stretch. */
export function ownReadings(
  timeS: Float64Array,
  { fromS, toS }: Stretch,
): readonly [number, number] {
  let from = 0;
  while (from < timeS.length && timeS[from]! < fromS) from++;
  let to = timeS.length;
  while (to > from && timeS[to - 1]! >= toS) to--;
  return [from, to];
}

/** What the engine of a stretch did; no timeline when none of its requests is complete. */
export function stretchTimelines(
  log: RequestLog | null,
  rateSource: StepRateSource | null,
  chunkTokens: number,
): readonly Timeline[] {
  if (log === null) return [];
  try {
    return cutPrompts(engineTimelines(log, "together", rateSource ?? undefined), chunkTokens);
  } catch (error) {
    if (error instanceof InputError && error.code === "refused") return [];
    throw error;
  }
}

/**
 * Puts a stretch on the log's clock.
 *
 * @param stretch Readings and requests.
 * @param settings What is known of sensor and engine.
 * @return The placed stretch; null when it has too few readings.
 */
export function placeStretch(stretch: Stretch, settings: StretchSettings): PlacedStretch | null {
  const samples = stretchSamples(stretch);
  if (samples === null) return null;
  const { centreLagS, averagingS, stepS, rateSource, chunkTokens } = settings;
  const [from, to] = ownReadings(samples.timeS, stretch);
  const centreS = samples.timeS.map((t) => t - centreLagS);
  const bounds = {
    from,
    to,
    maxGapS: Math.max(1, 5 * stepS),
    unmeasuredBefore: samples.unmeasuredBefore,
  };
  return {
    placement: { centreS, powerW: samples.powerW, averagingS, stepS },
    timelines: stretchTimelines(stretch.log, rateSource, chunkTokens),
    ...bounds,
    ...measured(stretch.series!, samples, bounds),
  };
}

/**
 * Energy and time of readings, so that those of all stretches add up to those of the whole: a sample
 * of power has the time half way to its neighbours, which makes the trapezoid; a counter's or an
 * interval's reading has the step that ends at it.
 */
function measured(
  series: PowerSeries,
  samples: Samples,
  bounds: Pick<PlacedStretch, "from" | "to" | "maxGapS" | "unmeasuredBefore">,
): { totalJ: number; measuredS: number } {
  const { timeS, powerW } = samples;
  let totalJ = 0;
  let measuredS = 0;
  for (let i = bounds.from, k = 0; i < bounds.to; i++) {
    let cellS: number;
    if (series.quantity === "power") {
      cellS = (bridgedStepS(bounds, timeS, i) + bridgedStepS(bounds, timeS, i + 1)) / 2;
    } else {
      while (series.timeS[k]! < timeS[i]!) k++;
      cellS = series.quantity === "counter"
        ? series.timeS[k]! - series.timeS[k - 1]!
        : series.durationS[k]!;
    }
    totalJ += powerW[i]! * cellS;
    measuredS += cellS;
  }
  return { totalJ, measuredS };
}

/**
 * Where a stretch begins and ends: half way between its readings and the neighbours'; where it has
 * no neighbour, nothing is beyond it.
 */
export function edgesOf({ placement, from, to }: PlacedStretch): readonly [number, number] {
  const { centreS } = placement;
  return [
    from > 0 ? (centreS[from - 1]! + centreS[from]!) / 2 : -Infinity,
    to < centreS.length ? (centreS[to - 1]! + centreS[to]!) / 2 : Infinity,
  ];
}
