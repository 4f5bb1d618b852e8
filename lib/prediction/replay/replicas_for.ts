/** How many servers a latency target takes. */

import { InputError } from "../../errors.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import { latenciesOf } from "../../metrics/latency.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { RequestLog } from "../../requests/log.ts";
import { latencyLimits, type LatencyReached, type LatencyTarget } from "./latency_target.ts";
import { type ReplayOptions, replaySettings } from "./options.ts";
import { prepareReplay, type Replay } from "./replay.ts";

/** Bounds on latency, and how many servers may be tried. */
export interface ReplicaTarget extends LatencyTarget {
  /** Most servers that are tried. Default: 64. */
  readonly maxReplicas?: number;
}

/** What one number of servers reached. */
export interface ReplicaTrial extends LatencyReached {
  /** Servers. */
  readonly replicas: number;
  /** Joules a request, idle time included. */
  readonly jPerRequest: number;
  /** Whether the target was met. */
  readonly met: boolean;
}

/** The answer of {@linkcode replicasFor}. */
export interface ReplicaSearch {
  /** Fewest servers that meet the target; null when the most tried do not, or none can. */
  readonly replicas: number | null;
  /** Their devices; null likewise. */
  readonly devices: number | null;
  /** What a request alone on a server has at the percentile, s: no number of servers does better. */
  readonly unloaded: LatencyReached;
  /** Their run; that of the most servers tried when the target was not met. */
  readonly run: Replay;
  /** What was tried, by number of servers. */
  readonly trials: readonly ReplicaTrial[];
}

/**
 * Finds the fewest servers that meet a latency target: doubled until it is met, then halved in between.
 * More servers are taken to be no slower. A target that requests alone on a server miss ends the search after one run. Requests turned away do not count against the target; no
 * number of servers would take them.
 *
 * @param log The trace.
 * @param model The model.
 * @param hardware The device.
 * @param target The bounds.
 * @param options As for {@linkcode replay}; `replicas` is not used.
 * @return The number, its run and all trials.
 * @throws InputError (`bad-option`) when no bound is given or one is not positive, and as `replay` does.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { replicasFor } from "@joulebook/joulebook/prediction";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const burst = requestLog({
 *   submitS: new Float64Array(40),
 *   inputTokens: new Float64Array(40).fill(2000),
 *   outputTokens: new Float64Array(40).fill(20),
 * });
 * const model = shippedModel("meta-llama/Llama-3.1-8B");
 * const { replicas, trials } = replicasFor(burst, model, findHardware("h100-sxm-80"), { ttftS: 0.5 });
 * assert.ok(replicas! > 1 && trials[0]!.ttftS > 0.5);
 * ```
 */
export function replicasFor(
  log: RequestLog,
  model: Architecture,
  hardware: Hardware,
  target: ReplicaTarget,
  options: ReplayOptions = {},
): ReplicaSearch {
  const { maxReplicas = 64 } = target;
  const limits = latencyLimits(target);
  if (!(Number.isSafeInteger(maxReplicas) && maxReplicas >= 1)) {
    throw new InputError({
      code: "bad-option",
      problem: "maxReplicas cannot be used",
      expected: "a whole number of at least 1",
      found: String(maxReplicas),
    });
  }
  const { rateScale } = replaySettings(options);
  const prepared = prepareReplay(log, model, hardware, options);
  const unloaded = limits.of(prepared.unloaded());
  const possible = limits.met(unloaded);
  const trials: ReplicaTrial[] = [];
  let run: Replay | undefined;
  const meets = (replicas: number): boolean => {
    const tried = prepared.run(replicas, rateScale);
    const reached = limits.of(latenciesOf(tried.log));
    const met = limits.met(reached);
    trials.push({ replicas, ...reached, jPerRequest: tried.jPerRequest, met });
    // The fewest that meet it come last among those that do.
    if (met || run === undefined || !trials.some((trial) => trial.met)) run = tried;
    return met;
  };
  let low = 0, high = 1;
  while (!meets(high)) {
    if (high === maxReplicas || !possible) return found(null);
    low = high;
    high = Math.min(maxReplicas, 2 * high);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meets(middle)) high = middle;
    else low = middle;
  }
  return found(high);

  function found(replicas: number | null): ReplicaSearch {
    return {
      replicas,
      devices: replicas === null ? null : run!.devices,
      unloaded,
      run: run!,
      trials: trials.toSorted((a, b) => a.replicas - b.replicas),
    };
  }
}
