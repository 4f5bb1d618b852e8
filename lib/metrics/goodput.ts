/** Goodput: the requests that were answered in time, and what they cost in power. */

import type { RequestLog } from "../requests/log.ts";
import type { Estimate, Figure } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";
import { latenciesOf } from "./latency.ts";

/** What counts as answered in time; a limit that is left out does not bind. */
export interface Slo {
  /** Longest time to first token, in seconds. */
  readonly ttftS?: number;
  /** Longest time per output token, in seconds; a request of one output token meets it. */
  readonly tpotS?: number;
  /** Longest time to last token, in seconds. */
  readonly ttltS?: number;
}

/** Requests answered in time. */
export interface Goodput {
  /** Requests that met every limit. */
  readonly good: number;
  /** Requests that failed or broke a limit. */
  readonly late: number;
  /** Requests whose log lacks what a limit needs; they are not good. */
  readonly unknown: number;
  /** good / all requests; null without requests. */
  readonly share: number | null;
  /** Output tokens of the good requests; NaN when one has no count. */
  readonly outputTokens: number;
  /** From the first submit to the last end, in seconds; null when the log has no ends. */
  readonly durationS: number | null;
  /** good / durationS. */
  readonly requestsPerS: number | null;
}

/**
 * The goodput of a log under service level objectives, as DistServe defines it (Zhong et al.,
 * OSDI 2024): the rate of requests that meet all of them.
 *
 * @param log Any log.
 * @param slo The limits; equal to the limit is in time.
 * @return Counts and rates.
 * @throws {RangeError} When a limit is not above 0 or none is given.
 *
 * @example
 * ```ts
 * import { goodputOf } from "@joulebook/joulebook/metrics";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0, 0),
 *   firstTokenS: Float64Array.of(0.2, 0.9),
 *   endS: Float64Array.of(2, 4),
 *   outputTokens: Float64Array.of(50, 50),
 * });
 * const goodput = goodputOf(log, { ttftS: 0.5 });
 * assert.deepEqual([goodput.good, goodput.late, goodput.requestsPerS], [1, 1, 0.25]);
 * ```
 */
export function goodputOf(log: RequestLog, slo: Slo): Goodput {
  const limits = [slo.ttftS, slo.tpotS, slo.ttltS].filter((limit) => limit !== undefined);
  if (limits.length === 0 || limits.some((limit) => !(limit > 0))) {
    throw new RangeError("an SLO needs at least one limit, each above 0 seconds");
  }
  const { ttftS, tpotS, ttltS } = latenciesOf(log);
  let good = 0;
  let late = 0;
  let unknown = 0;
  let outputTokens = 0;
  let start = Infinity;
  let end = -Infinity;
  for (let i = 0; i < ttftS.length; i++) {
    if (log.submitS[i]! < start) start = log.submitS[i]!;
    if (log.endS[i]! > end) end = log.endS[i]!;
    // Without a second token there is nothing between tokens to be late.
    const tpot = log.outputTokens[i] === 1 ? 0 : tpotS[i]!;
    const values = [[ttftS[i]!, slo.ttftS], [tpot, slo.tpotS], [ttltS[i]!, slo.ttltS]] as const;
    if (log.success[i] === 0 || values.some(([s, limit]) => limit !== undefined && s > limit)) {
      late++;
    } else if (values.every(([s, limit]) => limit === undefined || s <= limit)) {
      good++;
      outputTokens += log.outputTokens[i]!;
    } else unknown++;
  }
  const durationS = end > start ? end - start : null;
  return {
    good,
    late,
    unknown,
    share: ttftS.length > 0 ? good / ttftS.length : null,
    outputTokens,
    durationS,
    requestsPerS: durationS === null ? null : good / durationS,
  };
}

/**
 * Goodput per watt: good requests per second and watt of mean power, which is good requests per
 * joule, whatever the duration.
 *
 * @param goodput The goodput of a run.
 * @param energyJ Energy of the same run, all requests and idle included, in joules.
 * @return The figure, in requests/s/W; the interval is that of the energy.
 *
 * @example
 * ```ts
 * import { estimate, goodputOf, goodputPerWatt } from "@joulebook/joulebook/metrics";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({ submitS: Float64Array.of(0, 1), endS: Float64Array.of(3, 4) });
 * const perWatt = goodputPerWatt(goodputOf(log, { ttltS: 5 }), estimate(400));
 * assert.equal(perWatt.value, 2 / 400);
 * ```
 */
export function goodputPerWatt(goodput: Goodput, energyJ: Estimate): Figure {
  const unit = "requests/s/W";
  if (energyJ.value === null || !(energyJ.value > 0)) return noFigure(unit, "no-energy");
  const per = (joules: number | null): number | null =>
    joules === null || !(joules > 0) ? null : goodput.good / joules;
  const ends = { low: per(energyJ.high), high: per(energyJ.low) };
  const both = ends.low !== null && ends.high !== null ? ends : { low: null, high: null };
  return figure(
    { value: per(energyJ.value), ...both, basis: energyJ.basis },
    unit,
  );
}
