import { InputError } from "../errors.ts";
import type { Timeline } from "../requests/timeline.ts";
import {
  anyOffsets,
  type Candidates,
  overlapShare,
  quarterHourOffsets,
} from "./align_candidates.ts";
import { type LagScore, LagScorer } from "./align_score.ts";
import type { Samples } from "./samples.ts";

/**
 * Which offsets between the clocks are possible.
 *
 * - `skew`: both clocks tell the same time, but for a few seconds
 * - `zones`: one of them may be in another zone: any multiple of 15 minutes from -14 h to +14 h,
 *   and the skew
 * - `any`: the clocks have nothing to do with each other
 */
export type OffsetSearch = "skew" | "zones" | "any";

/** Averaging windows that known power sensors have, in seconds. */
export const SENSOR_WINDOWS_S: readonly number[] = [0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 1.5];

/** Options of {@linkcode alignClocks}. */
export interface AlignOptions {
  /** Which offsets are possible; by default `skew`. */
  readonly search?: OffsetSearch;
  /** Largest skew, in seconds; by default 5. */
  readonly maxSkewS?: number;
  /** Averaging window of the sensor; by default the one of the series, else it is inferred. */
  readonly averagingS?: number | null;
}

/** How a trace lies against a log. */
export interface Alignment {
  /** Seconds from the middle of what a reading averages to its stamp: offset, delay, half window. */
  readonly centreLagS: number;
  /** Half width of its nominal 90 % interval. */
  readonly widthS: number;
  /** Seconds that the trace's clock gains in each second against the log's; 0 when none is seen. */
  readonly drift: number;
  /** Moment on the trace's clock at which `centreLagS` holds. */
  readonly atS: number;
  /** Averaging window: given, or the known one that fits best. */
  readonly averagingS: number;
  /** Known windows that fit almost as well. */
  readonly windowsS: readonly number[];
  /** Part of the variance of power that the log explains. */
  readonly r2: number;
  /** The best explanation at a clearly different offset; null when there is none to compare. */
  readonly runnerUp: { readonly centreLagS: number; readonly r2: number } | null;
  /** Share of the log's time that the trace covers. */
  readonly overlap: number;
}

/** Log-likelihood by which the peak must stand above every other offset. */
const CLEAR_MARGIN = 6;
/** Least part of the variance that the right offset explains. */
const LEAST_R2 = 0.25;

/**
 * Finds how a trace lies against a log: the offset at which the work that the log tells of explains
 * the power best, by least squares of power on the work of each kind, averaged as the sensor does.
 *
 * Clock offset, delay of the sensor and half of its window only show as their sum, the centre lag;
 * that is what is reported. Its width comes from leaving out one eighth of the trace at a time.
 *
 * @param samples The trace.
 * @param timelines What the log tells, one for each engine that the trace covers.
 * @param options Which offsets are possible, what is known of the sensor.
 * @param path Source of the trace, for messages.
 * @return The alignment.
 * @throws {InputError} `refused` when no offset explains the power clearly better than others.
 */
export function alignClocks(
  samples: Samples,
  timelines: readonly Timeline[],
  options: AlignOptions,
  path: string,
): Alignment {
  const known = options.averagingS ?? samples.averagingS;
  const candidates = candidatesOf(samples, timelines, options);
  const scorer = new LagScorer(samples, timelines);
  const guessS = known ?? Math.max(1, samples.stepS);

  // Half-second steps with a window wide enough not to step over the peak, then closer.
  const coarse: LagScore[] = [];
  for (const offset of candidates.offsetsS) {
    for (let by = -candidates.reachS; by <= candidates.reachS + 1e-9; by += 0.5) {
      coarse.push(scorer.score(offset + by, Math.max(2, guessS)));
    }
  }
  const closer: LagScore[] = [];
  for (const peak of scorer.peaks(coarse, 1.5, 5)) {
    for (let by = -0.7; by <= 0.7 + 1e-9; by += 0.05) {
      closer.push(scorer.score(peak.centreLagS + by, guessS));
    }
  }
  const [rough] = scorer.peaks(closer, 1.5, 1);
  if (rough === undefined) throw unclear(path, "the trace covers less than half of the log's time");
  const trials = (known === null ? SENSOR_WINDOWS_S : [known]).map((windowS) =>
    best(scorer, rough.centreLagS, windowS)
  );
  const top = trials.reduce((a, b) => b.r2 > a.r2 ? b : a);
  const apartS = Math.max(2, 2 * top.windowS);
  const others = [...coarse, ...closer].filter((score) =>
    Math.abs(score.centreLagS - top.centreLagS) > apartS
  );
  const runnerUp = others.length === 0 ? null : others.reduce((a, b) => b.r2 > a.r2 ? b : a);
  const margin = runnerUp === null ? Infinity : scorer.margin(top, runnerUp);
  if (!(top.r2 >= LEAST_R2) || !(margin >= CLEAR_MARGIN)) {
    throw unclear(
      path,
      `the best offset explains ${(100 * top.r2).toFixed(0)} % of the power's variance` +
        (runnerUp === null ? "" : `, another one ${(100 * runnerUp.r2).toFixed(0)} %`),
    );
  }
  const { centreLagS, widthS, drift, atS } = scorer.refine(top);
  return {
    centreLagS,
    widthS,
    drift,
    atS,
    averagingS: top.windowS,
    windowsS: trials.filter((trial) => scorer.margin(top, trial) < 2).map((t) => t.windowS),
    r2: top.r2,
    runnerUp: runnerUp === null ? null : { centreLagS: runnerUp.centreLagS, r2: runnerUp.r2 },
    overlap: overlapShare(samples.timeS, timelines, centreLagS),
  };
}

function candidatesOf(
  samples: Samples,
  timelines: readonly Timeline[],
  options: AlignOptions,
): Candidates {
  switch (options.search ?? "skew") {
    case "skew":
      return { offsetsS: [0], reachS: options.maxSkewS ?? 5 };
    case "zones":
      return {
        offsetsS: quarterHourOffsets(samples.timeS, timelines),
        reachS: options.maxSkewS ?? 5,
      };
    case "any":
      return anyOffsets(samples, timelines);
  }
}

/** The best lag for one window: 40 ms steps, then 5 ms steps. */
function best(scorer: LagScorer, aroundS: number, windowS: number): LagScore {
  let top = scorer.score(aroundS, windowS);
  for (const [reach, step] of [[0.8, 0.04], [0.04, 0.005]] as const) {
    const centre = top.centreLagS;
    for (let by = -reach; by <= reach + 1e-9; by += step) {
      const score = scorer.score(centre + by, windowS);
      if (score.r2 > top.r2) top = score;
    }
  }
  return top;
}

function unclear(path: string, found: string): InputError {
  return new InputError({
    code: "refused",
    path,
    problem: "the offset between trace and log cannot be found",
    expected: "one offset at which the log explains the power clearly better than at all others",
    found,
    advice:
      "check that trace and log are of the same run, search more offsets (zones, any), or give the offset",
  });
}
