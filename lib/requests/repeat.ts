import { InputError } from "../errors.ts";
import { createRandom } from "../random.ts";
import { type RequestLog, requestLog } from "./log.ts";

/** Options of {@linkcode repeatThinned}. */
export interface RepeatOptions {
  /** One weight a repetition, none negative: its rate is that of the log times weight / largest. */
  readonly weights: readonly number[];
  /** Length of a repetition, in seconds. */
  readonly spanS: number;
  /** Seed of the thinning; the same seed gives the same log. */
  readonly seed: number;
}

/**
 * Makes a longer log of arrivals out of a short one, such as a day out of an hour: stretches of
 * `spanS` seconds of the log follow one another, in order and from the beginning when they are used up, and in
 * each every request stays with probability weight / largest weight. What is left keeps the bursts
 * and the lengths of the log, which arrivals drawn anew would not; that a request of one stretch comes
 * back in another is the price.
 *
 * @param log The log; not changed. Only arrivals and tokens are used.
 * @param options Weights, length of a stretch, seed.
 * @return Arrivals on an elapsed clock that starts with the first stretch; first tokens and ends are not known.
 * @throws {InputError} `bad-option` for weights or a length that cannot be used; `refused` when the log is
 *   shorter than a stretch.
 *
 * @example
 * ```ts
 * import { repeatThinned, requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const second = requestLog({ submitS: Float64Array.from({ length: 1001 }, (_, i) => i / 100) });
 * const day = repeatThinned(second, { weights: [1, 0, 0.5], spanS: 5, seed: 1 });
 * const during = (from: number) => day.submitS.filter((t) => t >= from && t < from + 5).length;
 * assert.equal(during(0), 500);
 * assert.equal(during(5), 0);
 * assert.ok(Math.abs(during(10) - 250) < 50);
 * ```
 */
export function repeatThinned(log: RequestLog, options: RepeatOptions): RequestLog {
  const { weights, spanS, seed } = options;
  const largest = Math.max(...weights);
  if (!(largest > 0 && largest < Infinity) || weights.some((weight) => !(weight >= 0))) {
    throw refuse("the weights cannot be used", "numbers from 0 up, one above 0", weights.join(" "));
  }
  if (!(spanS > 0)) throw refuse("spanS cannot be used", "seconds above 0", String(spanS));
  const order = [...log.submitS.keys()].filter((i) => Number.isFinite(log.submitS[i]!))
    .sort((a, b) => log.submitS[a]! - log.submitS[b]! || a - b);
  const firstS = log.submitS[order[0] ?? 0] ?? NaN;
  const wholeS = (log.submitS[order.at(-1) ?? 0] ?? NaN) - firstS;
  const stretches = Math.floor(wholeS / spanS);
  if (!(stretches >= 1)) {
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem: "the log is shorter than one stretch",
      expected: `at least ${spanS} s`,
      found: `${wholeS} s`,
    });
  }
  const byStretch = Array.from({ length: stretches }, (): number[] => []);
  for (const i of order) byStretch[Math.floor((log.submitS[i]! - firstS) / spanS)]?.push(i);
  const random = createRandom(seed);
  const rows: number[] = [];
  const submitS: number[] = [];
  weights.forEach((weight, k) => {
    const stretch = k % stretches;
    for (const i of byStretch[stretch]!) {
      if (random.uniform() * largest >= weight) continue;
      rows.push(i);
      submitS.push(log.submitS[i]! - firstS - stretch * spanS + k * spanS);
    }
  });
  const column = (values: Float64Array): Float64Array => Float64Array.from(rows, (i) => values[i]!);
  return requestLog({
    clock: "elapsed",
    submitS: Float64Array.from(submitS),
    inputTokens: column(log.inputTokens),
    outputTokens: column(log.outputTokens),
    cachedTokens: log.cachedTokens === null ? null : column(log.cachedTokens),
    tokenCount: log.tokenCount,
    source: { ...log.source, format: "repeated" },
  });
}

function refuse(problem: string, expected: string, found: string): InputError {
  return new InputError({ code: "bad-option", problem, expected, found });
}
