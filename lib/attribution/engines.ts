import type { RequestLog } from "../requests/log.ts";
import { type Timeline, timeline, withChunks } from "../requests/timeline.ts";

import type { StepRateSource } from "../requests/timeline_rates.ts";

/**
 * Which phases run on the devices that the trace covers.
 *
 * - `together`: prefill and decode on each device
 * - `separate`: prefill on some, decode on others, all in one trace
 * - `prefill`, `decode`: the trace covers only the devices of one phase
 */
export type EnginePlacement = "together" | "separate" | "prefill" | "decode";

/**
 * One timeline for each engine of a log: for each replica, and for each phase where they are
 * separate.
 *
 * @param log The log.
 * @param placement Which phases run where.
 * @param rateSource Where step rates come from; by default the best that the log allows.
 * @param some Indices of the requests that count; by default all.
 * @return The timelines.
 */
export function engineTimelines(
  log: RequestLog,
  placement: EnginePlacement,
  rateSource?: StepRateSource,
  some?: Uint32Array,
): Timeline[] {
  const groups = replicaMembers(log, some);
  const phases = placement === "together"
    ? ["both" as const]
    : placement === "separate"
    ? ["prefill" as const, "decode" as const]
    : [placement];
  return groups.flatMap((members) =>
    phases.map((phase) =>
      timeline(log, {
        phases: phase,
        ...(members && { members }),
        ...(rateSource && { rateSource }),
      })
    )
  );
}

/** The same engines with another limit of prompt tokens in a step. */
export function cutPrompts(timelines: readonly Timeline[], chunkTokens: number): Timeline[] {
  return Number.isFinite(chunkTokens)
    ? timelines.map((line) => withChunks(line, chunkTokens))
    : [...timelines];
}

function replicaMembers(log: RequestLog, some?: Uint32Array): (Uint32Array | undefined)[] {
  const { replica } = log;
  if (replica === null) return [some];
  const members = new Map<number, number[]>();
  for (const i of some ?? replica.keys()) {
    const list = members.get(replica[i]!);
    if (list === undefined) members.set(replica[i]!, [i]);
    else list.push(i);
  }
  return [...members.values()].map((list) => Uint32Array.from(list));
}
