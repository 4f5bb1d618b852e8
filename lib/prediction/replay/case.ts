/** One case of a study of replays: settings, and all of its run but the requests. */

import type { Hardware } from "../../hardware/hardware.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { RequestLog } from "../../requests/log.ts";
import type { ReplayOptions } from "./options.ts";
import type { LatencyTarget } from "./latency_target.ts";
import { type ReplicaSearch, replicasFor } from "./replicas_for.ts";
import { type Replay, replay } from "./replay.ts";

/** A run without its requests; power as columns. */
export interface ReplayCase extends Omit<Replay, "log" | "power"> {
  /** Energy of each device over time. */
  readonly power: readonly {
    readonly id: string;
    readonly timeS: Float64Array;
    readonly intervalJ: Float64Array;
  }[];
  /** The search for the number of replicas; null when it was given. */
  readonly search: Omit<ReplicaSearch, "run"> | null;
}

/**
 * Replays a trace once, or as often as the search for a number of replicas takes.
 *
 * @param log The trace.
 * @param model The model.
 * @param hardware The device.
 * @param target Bounds on latency; null when the number of replicas is given.
 * @param options As for `replay`.
 * @return The run.
 */
export function replayCase(
  log: RequestLog,
  model: Architecture,
  hardware: Hardware,
  target: LatencyTarget | null,
  options: ReplayOptions,
): ReplayCase {
  const found = target === null ? null : replicasFor(log, model, hardware, target, options);
  const { log: _requests, power, ...rest } = found?.run ?? replay(log, model, hardware, options);
  let search: ReplayCase["search"] = null;
  if (found !== null) {
    const { run: _run, ...others } = found;
    search = others;
  }
  return {
    ...rest,
    power: power.map(({ device, timeS, intervalJ }) => ({ id: device.id, timeS, intervalJ })),
    search,
  };
}
