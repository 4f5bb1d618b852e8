/** Latency of requests: time to first token, per token, between tokens, to last token. */

import { type Loss, LossCounter } from "../losses.ts";
import type { RequestLog } from "../requests/log.ts";
import { type Distribution, distributionOf } from "./distribution.ts";

/** Latencies as columns, one entry for each request of the log; NaN where there is none. */
export interface LatencyColumns {
  /** Time to first token, in seconds: first token - submit. */
  readonly ttftS: Float64Array;
  /** Time per output token, in seconds: (end - first token) / (output tokens - 1). */
  readonly tpotS: Float64Array;
  /** Time to last token (end-to-end latency), in seconds: end - submit. */
  readonly ttltS: Float64Array;
  /**
   * Inter-token latencies of all requests together, in seconds: differences between the arrivals of
   * successive tokens of one request. Several tokens may arrive as one piece, so that this is not
   * TPOT; empty when the log has no token times.
   */
  readonly itlS: Float64Array;
  /** Values left out, and why; failed requests have no latencies. */
  readonly dropped: readonly Loss[];
}

/**
 * The latencies of a log.
 *
 * Failed requests, missing times, times that run backwards and, for TPOT, requests of fewer than
 * two output tokens give NaN and are counted.
 *
 * @param log Any log; its clock does not matter.
 * @return Columns as long as the log, and all inter-token latencies.
 *
 * @example
 * ```ts
 * import { latenciesOf } from "@joulebook/joulebook/metrics";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const { ttftS, tpotS, ttltS } = latenciesOf(requestLog({
 *   submitS: Float64Array.of(10),
 *   firstTokenS: Float64Array.of(10.5),
 *   endS: Float64Array.of(12.5),
 *   outputTokens: Float64Array.of(101),
 * }));
 * assert.deepEqual([ttftS[0], tpotS[0], ttltS[0]], [0.5, 0.02, 2.5]);
 * ```
 */
export function latenciesOf(log: RequestLog): LatencyColumns {
  const n = log.submitS.length;
  const ttftS = new Float64Array(n).fill(NaN);
  const tpotS = new Float64Array(n).fill(NaN);
  const ttltS = new Float64Array(n).fill(NaN);
  const losses = new LossCounter();
  for (let i = 0; i < n; i++) {
    if (log.success[i] === 0) {
      losses.add("failed-request");
      continue;
    }
    const first = log.firstTokenS[i]!;
    const end = log.endS[i]!;
    ttftS[i] = span(first - log.submitS[i]!, "ttft", losses);
    ttltS[i] = span(end - log.submitS[i]!, "ttlt", losses);
    const decodeS = span(end - first, "tpot", losses);
    const steps = log.outputTokens[i]! - 1;
    if (Number.isNaN(decodeS)) continue;
    if (steps >= 1) tpotS[i] = decodeS / steps;
    else losses.add(Number.isNaN(steps) ? "tpot-no-token-count" : "tpot-single-token");
  }
  return { ttftS, tpotS, ttltS, itlS: itlOf(log, losses), dropped: losses.list() };
}

function span(seconds: number, name: string, losses: LossCounter): number {
  if (seconds >= 0) return seconds;
  losses.add(Number.isNaN(seconds) ? `${name}-no-times` : `${name}-runs-backwards`);
  return NaN;
}

function itlOf(log: RequestLog, losses: LossCounter): Float64Array {
  if (log.tokenTimes === null) return new Float64Array(0);
  const { offsets, timeS } = log.tokenTimes;
  const gaps = new Float64Array(timeS.length);
  let count = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    if (log.success[i] === 0) continue;
    for (let k = offsets[i]! + 1; k < offsets[i + 1]!; k++) {
      const gap = span(timeS[k]! - timeS[k - 1]!, "itl", losses);
      if (!Number.isNaN(gap)) gaps[count++] = gap;
    }
  }
  return gaps.slice(0, count);
}

/** Distributions of the latencies of a log, in seconds. */
export interface LatencySummary {
  /** Time to first token. */
  readonly ttftS: Distribution;
  /** Time per output token. */
  readonly tpotS: Distribution;
  /** Inter-token latency; a count of 0 when the log has no token times. */
  readonly itlS: Distribution;
  /** Time to last token. */
  readonly ttltS: Distribution;
  /** Values left out, and why. */
  readonly dropped: readonly Loss[];
}

/**
 * The distributions of TTFT, TPOT, ITL and TTLT of a log.
 *
 * @param log Any log.
 * @param percentiles Which percentiles, from 0 to 100; by default 50, 90, 95 and 99.
 * @return One distribution each, and what was left out.
 *
 * @example
 * ```ts
 * import { summariseLatency } from "@joulebook/joulebook/metrics";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const { ttltS, tpotS } = summariseLatency(requestLog({
 *   submitS: Float64Array.of(0, 0),
 *   endS: Float64Array.of(1, 3),
 * }));
 * assert.equal(ttltS.percentiles["p50"], 2);
 * assert.equal(tpotS.count, 0);
 * ```
 */
export function summariseLatency(
  log: RequestLog,
  percentiles?: readonly number[],
): LatencySummary {
  const columns = latenciesOf(log);
  return {
    ttftS: distributionOf(columns.ttftS, percentiles),
    tpotS: distributionOf(columns.tpotS, percentiles),
    itlS: distributionOf(columns.itlS, percentiles),
    ttltS: distributionOf(columns.ttltS, percentiles),
    dropped: columns.dropped,
  };
}
