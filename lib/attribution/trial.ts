import type { RequestLog } from "../requests/log.ts";
import type { Timeline } from "../requests/timeline.ts";
import { fitCosts, type Placement } from "./fit.ts";

/** Seconds around the log in which readings still tell about it. */
const MARGIN_S = 5;
/** A log with more requests is tried on those present in these readings. */
const TRIAL_REQUESTS = 50_000;
/** Below this misfit of token counts the common step rate is not doubted. */
const EVEN_STEPS = 0.005;

/** Requests present during some readings; undefined when these are all. */
export function requestsDuring(
  log: RequestLog,
  centreS: Float64Array,
  readings: readonly [number, number],
): Uint32Array | undefined {
  if (log.submitS.length <= TRIAL_REQUESTS) return undefined;
  const fromS = centreS[readings[0]]! - 60;
  const toS = centreS[readings[1] - 1]! + 60;
  return Uint32Array.from(log.submitS.keys()).filter((i) =>
    log.endS[i]! > fromS && log.submitS[i]! < toS
  );
}

/**
 * Whether uniform rates explain the power clearly better than the common step rate: where sequences
 * do not get one token a step, the rule that the common rate is built on is broken.
 */
export function isUniformBetter(
  common: readonly Timeline[],
  uniform: readonly Timeline[],
  placement: Placement,
  idleW: number,
  trial: readonly [number, number],
): boolean {
  const isEven = common.every((line) =>
    line.rateSource === "token-times" || line.rateMisfit < EVEN_STEPS
  );
  if (isEven) return false;
  const left = (lines: readonly Timeline[]): number =>
    fitCosts(lines, placement, idleW, trial[0], trial[1]).squares;
  return left(uniform) < 0.9 * left(common);
}

/** Readings from a little before the first request to a little after the last. */
export function readingsNear(
  centreS: Float64Array,
  timelines: readonly Timeline[],
): readonly [number, number] {
  let startS = Infinity;
  let endS = -Infinity;
  for (const { edgesS } of timelines) {
    startS = Math.min(startS, edgesS[0] ?? Infinity);
    endS = Math.max(endS, edgesS.at(-1) ?? -Infinity);
  }
  let from = 0;
  while (from < centreS.length && centreS[from]! < startS - MARGIN_S) from++;
  let to = centreS.length;
  while (to > from && centreS[to - 1]! > endS + MARGIN_S) to--;
  return [from, to];
}

export function middle(range: readonly [number, number], most: number): readonly [number, number] {
  const [from, to] = range;
  if (to - from <= most) return range;
  const start = Math.floor((from + to - most) / 2);
  return [start, start + most];
}

/** The lowest power that is not an outlier: idle power cannot be above it. */
export function lowPower(powerW: Float64Array, range: readonly [number, number]): number {
  const some = powerW.slice(range[0], Math.min(range[1], range[0] + 1_000_000)).sort();
  return some[Math.floor(some.length / 100)] ?? NaN;
}
