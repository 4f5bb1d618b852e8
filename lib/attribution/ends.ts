import { InputError } from "../errors.ts";
import type { RequestLog } from "../requests/log.ts";
import { alignClocks, type AlignOptions } from "./align.ts";
import { type EnginePlacement, engineTimelines } from "./engines.ts";
import type { Samples } from "./samples.ts";

/** Longest log whose ends are estimated: each trial aligns the whole of it. */
const MOST_REQUESTS = 20_000;
/** Times per output token that are tried, in seconds: 2 ms to 200 ms in steps of a quarter. */
const TRIALS_S: readonly number[] = Array.from({ length: 21 }, (_, k) => 0.002 * 1.25 ** k);

/** A log whose missing ends were estimated. */
export interface EstimatedEnds {
  /** The log with ends. */
  readonly log: RequestLog;
  /** Time per output token that explains the trace best, in seconds. */
  readonly tokenTimeS: number;
  /** Requests whose end was missing. */
  readonly estimated: number;
}

/**
 * Ends of requests whose log has first tokens and output tokens but no ends: the one time per output
 * token with which the log explains the power best.
 *
 * @param samples The trace.
 * @param log The log.
 * @param placement Which phases run on the devices of the trace.
 * @param align Which offsets are possible.
 * @param path Source of the trace, for messages.
 * @return The log with estimated ends; null when few ends are missing.
 * @throws {InputError} `refused` when ends are missing and cannot be estimated.
 */
export function estimateEnds(
  samples: Samples,
  log: RequestLog,
  placement: EnginePlacement,
  align: AlignOptions,
  path: string,
): EstimatedEnds | null {
  const missing: number[] = [];
  for (let i = 0; i < log.endS.length; i++) {
    if (Number.isFinite(log.endS[i]!) || !Number.isFinite(log.firstTokenS[i]!)) continue;
    if (log.outputTokens[i]! >= 1) missing.push(i);
  }
  if (missing.length <= 0.1 * log.endS.length) return null;
  if (missing.length > MOST_REQUESTS) {
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem: `${missing.length} requests have no end`,
      expected: `ends, or at most ${MOST_REQUESTS} requests whose ends are to be estimated`,
      advice: "give end times or latencies",
    });
  }
  const fill = (tokenTimeS: number): RequestLog => {
    const endS = log.endS.slice();
    for (const i of missing) {
      endS[i] = log.firstTokenS[i]! + tokenTimeS * (log.outputTokens[i]! - 1);
    }
    const rule = `${missing.length} requests: first token + ${(1000 * tokenTimeS).toFixed(1)} ms ` +
      "for each further token, which explains the trace best";
    return { ...log, endS, endOrigin: { kind: "derived", rule } };
  };
  const score = (tokenTimeS: number): number => {
    const timelines = engineTimelines(fill(tokenTimeS), placement, "uniform");
    try {
      return alignClocks(samples, timelines, align, path).r2;
    } catch (error) {
      if (error instanceof InputError) return -1;
      throw error;
    }
  };
  let best = 0;
  let top = -1;
  const consider = (tokenTimeS: number): void => {
    const r2 = score(tokenTimeS);
    if (r2 > top) {
      top = r2;
      best = tokenTimeS;
    }
  };
  for (const tokenTimeS of TRIALS_S) consider(tokenTimeS);
  for (const step of [1.1, 1.04, 1.015]) {
    const centre = best;
    for (const factor of [1 / step ** 2, 1 / step, step, step ** 2]) consider(centre * factor);
  }
  if (top < 0) {
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem:
        `${missing.length} requests have no end, and no time per output token explains the trace`,
      advice: "give end times or latencies",
    });
  }
  return { log: fill(best), tokenTimeS: best, estimated: missing.length };
}
