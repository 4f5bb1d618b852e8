/** The requests by which a class is measured: generated, or the first of a log. */

import { InputError } from "../errors.ts";
import { type Loss, LossCounter } from "../losses.ts";
import { createRandom } from "../random.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import { drawLength, poissonArrivals } from "../requests/serving/workload.ts";
import type { RequestSource } from "./request_config.ts";

/** Requests of a class. */
export interface RequestSample {
  /** Arrivals and lengths, in order of arrival. */
  readonly log: RequestLog;
  /** Mean prompt tokens. */
  readonly inputTokens: number;
  /** Mean generated tokens. */
  readonly outputTokens: number;
  /** Whether the requests are recorded or drawn. */
  readonly origin: "published" | "generated";
  /** Requests of the log that cannot be replayed, and why. */
  readonly left: readonly Loss[];
}

/**
 * The sample of a class.
 *
 * Generated requests arrive in a Poisson process at one a second (only the shape of the arrivals
 * matters: the rate is searched) with lognormal lengths. Of a log the first requests with an arrival and
 * tokens are taken, in order of arrival.
 *
 * @param source Where the requests come from.
 * @param log The log that it names; not used for generated requests.
 * @return The sample.
 * @throws InputError (`empty`) when the log has fewer than 10 usable requests.
 */
export function requestSample(source: RequestSource, log?: RequestLog): RequestSample {
  const [taken, left] = log === undefined ? [drawn(source), []] : firstOf(log, source.sample);
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    log: taken,
    inputTokens: mean(taken.inputTokens),
    outputTokens: mean(taken.outputTokens),
    origin: log === undefined ? "generated" : "published",
    left,
  };
}

function drawn({ inputTokens, outputTokens, seed, sample }: RequestSource): RequestLog {
  const random = createRandom(seed);
  const times = random.fork(1);
  const lengths = random.fork(2);
  // Enough seconds for the sample at one request a second, whatever the draw.
  const submitS = poissonArrivals(1, 2 * sample + 100, times).slice(0, sample);
  return requestLog({
    clock: "elapsed",
    submitS: Float64Array.from(submitS),
    inputTokens: Float64Array.from(submitS, () => drawLength(inputTokens!, lengths)),
    outputTokens: Float64Array.from(submitS, () => drawLength(outputTokens!, lengths)),
    tokenCount: "server",
    source: { path: "(generated)", format: "lognormal-poisson" },
  });
}

function firstOf(log: RequestLog, sample: number): [RequestLog, readonly Loss[]] {
  const losses = new LossCounter();
  const usable: number[] = [];
  for (let i = 0; i < log.submitS.length; i++) {
    if (Number.isNaN(log.submitS[i]!)) losses.add("no-arrival-time");
    else if (!(log.inputTokens[i]! >= 1)) losses.add("no-prompt-tokens");
    else if (!(log.outputTokens[i]! >= 1)) losses.add("no-output-tokens");
    else usable.push(i);
  }
  if (usable.length < 10) {
    throw new InputError({
      code: "empty",
      path: log.source.path,
      problem: "too few requests to tell what a class takes",
      expected: "10 with an arrival, prompt tokens and output tokens",
      found: String(usable.length),
    });
  }
  const order = usable.sort((a, b) => log.submitS[a]! - log.submitS[b]! || a - b).slice(0, sample);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i]!);
  return [
    requestLog({
      clock: log.clock,
      submitS: pick(log.submitS),
      inputTokens: pick(log.inputTokens),
      outputTokens: pick(log.outputTokens),
      ...(log.cachedTokens !== null && { cachedTokens: pick(log.cachedTokens) }),
      tokenCount: log.tokenCount,
      source: log.source,
    }),
    losses.list(),
  ];
}
