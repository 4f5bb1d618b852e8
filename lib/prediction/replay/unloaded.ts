/** Latencies of requests that have a server to themselves: what no number of servers can beat. */

import type { SchedulerOptions } from "../../requests/serving/engine.ts";
import { type ReplayRequests, Server } from "./server.ts";
import type { ServerCost } from "./step_cost.ts";

/** Latencies of requests that run alone, in the order asked for. */
export interface UnloadedLatency {
  /** Time to first token, s. */
  readonly ttftS: Float64Array;
  /** Time per output token, s; NaN for a single one. */
  readonly tpotS: Float64Array;
}

/** Runs every prompt alone; a step of generation is taken at the middle length. */
export function unloadedLatency(
  requests: Pick<ReplayRequests, "input" | "output" | "cached">,
  order: readonly number[],
  cost: ServerCost,
  scheduler: SchedulerOptions,
): UnloadedLatency {
  const { input, output } = requests;
  const firstTokenS = new Float64Array(input.length);
  const endS = new Float64Array(input.length);
  const single = { ...requests, output: output.map(() => 1), firstTokenS, endS };
  const ttftS = Float64Array.from(order, (request) => {
    const server = new Server(single, cost, scheduler, Infinity);
    server.submit(request, 0);
    server.runUntil(Infinity);
    return firstTokenS[request]!;
  });
  const tpotS = Float64Array.from(order, (request) => {
    if (output[request]! < 2) return NaN;
    const length = input[request]! + Math.floor(output[request]! / 2);
    return cost.step({
      decoding: 1,
      prompts: 0,
      promptTokens: 0,
      decodeFlops: cost.tables.decodeFlops[length]!,
      prefillFlops: 0,
      cacheBytes: cost.tables.decodeBytes[length]!,
    }).timeS;
  });
  return { ttftS, tpotS };
}
