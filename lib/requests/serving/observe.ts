import { createRandom } from "../../random.ts";
import type { RequestLog } from "../log.ts";

/** What a log leaves out or gets wrong; by default nothing but the token times. */
export interface ObserveOptions {
  /** Keeps the time of each token; by default false. */
  readonly tokenTimes?: boolean;
  /** Keeps the count of cached prompt tokens; by default true. */
  readonly cachedTokens?: boolean;
  /** Scale of the delay |N(0, s)| that a client adds to each of its stamps, in seconds; by default 0. */
  readonly lateS?: number;
  /** Part of the requests that the log misses; by default 0. */
  readonly missing?: number;
  /** Seed of delays and misses; by default 0. */
  readonly seed?: number;
}

/**
 * A log as somebody outside the server would have kept it.
 *
 * @param log The exact log of a simulated run.
 * @param options What is lost.
 * @return The log, with `kept`, the index that each request has in the exact log.
 *
 * @example
 * ```ts
 * import { observeLog, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 2 } },
 *   durationS: 10,
 * });
 * const { log } = observeLog(run.log);
 * assert.equal(log.tokenTimes, null);
 * assert.deepEqual(log.endS, run.log.endS);
 * ```
 */
export function observeLog(
  log: RequestLog,
  options: ObserveOptions = {},
): { readonly log: RequestLog; readonly kept: Uint32Array } {
  const random = createRandom(options.seed ?? 0);
  const lateS = options.lateS ?? 0;
  const missing = options.missing ?? 0;
  const kept = Uint32Array.from(
    [...log.submitS.keys()].filter(() => missing === 0 || random.uniform() >= missing),
  );
  const late = (column: Float64Array): Float64Array =>
    Float64Array.from(
      kept,
      (i) => column[i]! + (lateS > 0 ? Math.abs(lateS * random.normal()) : 0),
    );
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
  const firstTokenS = late(log.firstTokenS);
  return {
    kept,
    log: {
      ...log,
      submitS: pick(log.submitS),
      firstTokenS,
      endS: late(log.endS).map((end, k) => Math.max(end, firstTokenS[k]!)),
      inputTokens: pick(log.inputTokens),
      outputTokens: pick(log.outputTokens),
      cachedTokens: log.cachedTokens !== null && options.cachedTokens !== false
        ? pick(log.cachedTokens)
        : null,
      success: Uint8Array.from(kept, (i) => log.success[i]!),
      tokenTimes: options.tokenTimes === true ? pickTokenTimes(log, kept) : null,
      replica: log.replica === null ? null : Uint16Array.from(kept, (i) => log.replica![i]!),
    },
  };
}

function pickTokenTimes(log: RequestLog, kept: Uint32Array): RequestLog["tokenTimes"] {
  if (log.tokenTimes === null) return null;
  const { offsets, timeS } = log.tokenTimes;
  const picked = new Uint32Array(kept.length + 1);
  const times: number[] = [];
  kept.forEach((i, k) => {
    for (let t = offsets[i]!; t < offsets[i + 1]!; t++) times.push(timeS[t]!);
    picked[k + 1] = times.length;
  });
  return { offsets: picked, timeS: Float64Array.from(times) };
}
