import type { SchedulerOptions } from "./engine.ts";
import type { ServingPhysics } from "./physics.ts";
import { simulateServing } from "./simulate.ts";
import type { ServingWorkload } from "./workload.ts";

/**
 * Requests per second that a simulated server can answer: the throughput of a closed loop that
 * keeps every slot filled for 60 s (the first and last 10 s left out).
 *
 * @param options Physics, limits and lengths as for `simulateServing`; the seed of the lengths.
 * @return Requests per second.
 *
 * @example
 * ```ts
 * import { servingCapacity } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const capacity = servingCapacity({ seed: 1, scheduler: { maxSequences: 8, maxTokens: 2048 } });
 * assert.ok(capacity > 1 && capacity < 10);
 * ```
 */
export function servingCapacity(options: {
  readonly seed: number;
  readonly physics?: ServingPhysics;
  readonly scheduler?: SchedulerOptions;
  readonly workload?: Partial<Omit<ServingWorkload, "arrivals">>;
}): number {
  const clients = options.scheduler?.maxSequences ?? 128;
  const { log } = simulateServing({
    ...options,
    workload: { ...options.workload, arrivals: { kind: "closed", clients } },
    durationS: 60,
    marginS: 0,
  });
  let answered = 0;
  for (const endS of log.endS) if (endS > 10 && endS <= 50) answered++;
  return answered / 40;
}
