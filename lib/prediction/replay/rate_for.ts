/** How many requests a second a server takes within a latency target. */

import type { Hardware } from "../../hardware/hardware.ts";
import { latenciesOf } from "../../metrics/latency.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { RequestLog } from "../../requests/log.ts";
import { latencyLimits, type LatencyReached, type LatencyTarget } from "./latency_target.ts";
import { type ReplayOptions, replaySettings } from "./options.ts";
import { prepareReplay, type Replay } from "./replay.ts";

/** What one rate reached. */
export interface RateTrial extends LatencyReached {
  /** Factor on the rate of the trace. */
  readonly rateScale: number;
  /** Requests answered a second. */
  readonly requestsPerS: number;
  /** Joules a request, idle time included. */
  readonly jPerRequest: number;
  /** Whether the target was met. */
  readonly met: boolean;
}

/** The answer of {@linkcode rateFor}. */
export interface RateSearch {
  /** Highest factor on the rate that meets the target; null when no rate does. */
  readonly rateScale: number | null;
  /** What a request alone on a server has at the percentile, s: no rate does better. */
  readonly unloaded: LatencyReached;
  /** The run at that factor; the last one tried when there is none. */
  readonly run: Replay;
  /** What was tried, by factor. */
  readonly trials: readonly RateTrial[];
}

/** The search ends when the factor is known to this ratio. */
const resolution = 1.02;
/** Rates this far from the trace's own are not tried. */
const widest = 2 ** 20;

/**
 * Finds the highest rate of arrivals at which a server meets a latency target: doubled or halved until
 * it lies between two factors, then their geometric mean, until they are 2 % apart. A lower rate is
 * taken to be no slower. Where more requests a second are no longer answered (fewer than 0.1 % more for
 * a doubled rate), the trace is too short to overload the server, and the last rate that met the target
 * is the answer.
 *
 * @param log The trace.
 * @param model The model.
 * @param hardware The device.
 * @param target The bounds.
 * @param options As for {@linkcode replay}; `rateScale` is where the search starts.
 * @return The factor, its run and all trials.
 * @throws InputError (`bad-option`) when no bound is given or one is not positive, and as `replay` does.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { rateFor } from "@joulebook/joulebook/prediction";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const trace = requestLog({
 *   submitS: Float64Array.from({ length: 200 }, (_, i) => i),
 *   inputTokens: new Float64Array(200).fill(500),
 *   outputTokens: new Float64Array(200).fill(100),
 * });
 * const model = shippedModel("meta-llama/Llama-3.1-8B");
 * const { run } = rateFor(trace, model, findHardware("h100-sxm-80"), { tpotS: 0.02 });
 * assert.ok(run.requestsPerS > 2 && run.latency.tpotS.percentiles["p95"]! <= 0.02);
 * ```
 */
export function rateFor(
  log: RequestLog,
  model: Architecture,
  hardware: Hardware,
  target: LatencyTarget,
  options: ReplayOptions = {},
): RateSearch {
  const limits = latencyLimits(target);
  const { replicas, rateScale: start } = replaySettings(options);
  const prepared = prepareReplay(log, model, hardware, options);
  const unloaded = limits.of(prepared.unloaded());
  const trials: RateTrial[] = [];
  let run: Replay | undefined;
  const meets = (rateScale: number): boolean => {
    const tried = prepared.run(replicas, rateScale);
    const reached = limits.of(latenciesOf(tried.log));
    const met = limits.met(reached);
    const { requestsPerS, jPerRequest } = tried;
    // The highest rate that meets it comes last among those that do.
    if (met || !trials.some((trial) => trial.met)) run = tried;
    trials.push({ rateScale, requestsPerS, ...reached, jPerRequest, met });
    return met;
  };
  const found = (rateScale: number | null): RateSearch => ({
    rateScale,
    unloaded,
    run: run!,
    trials: trials.toSorted((a, b) => a.rateScale - b.rateScale),
  });
  let low = start, high = start;
  if (meets(start)) {
    for (high = 2 * low; meets(high); high *= 2) {
      const [before, last] = trials.slice(-2);
      if (last!.requestsPerS < 1.001 * before!.requestsPerS) return found(high);
      low = high;
    }
  } else {
    if (!limits.met(unloaded)) return found(null);
    for (low = high / 2; !meets(low); low /= 2) {
      if (low < start / widest) return found(null);
      high = low;
    }
  }
  while (high > resolution * low) {
    const middle = Math.sqrt(low * high);
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return found(low);
}
