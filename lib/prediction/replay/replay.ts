/** A request trace on hardware that need not exist: a modelled serving run. */

import { InputError } from "../../errors.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import { type Loss, LossCounter } from "../../losses.ts";
import { type LatencySummary, summariseLatency } from "../../metrics/latency.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { IntervalEnergy } from "../../power/series.ts";
import { type RequestLog, requestLog } from "../../requests/log.ts";
import { type IntervalFactors, shippedCoefficients } from "../coefficients.ts";
import { type ReplayOptions, type ReplaySettings, replaySettings } from "./options.ts";
import { Server, type ServerTotals } from "./server.ts";
import { serverCost } from "./step_cost.ts";
import { replayTrace } from "./trace.ts";
import { type UnloadedLatency, unloadedLatency } from "./unloaded.ts";

/** One server of a replay. */
export interface ReplayServer extends Readonly<ServerTotals> {
  /** Energy of all its devices from the first arrival to the end of the run, J. */
  readonly energyJ: number;
}

/** A modelled serving run: no figure in it was measured. */
export interface Replay {
  /** Tells what kind of figures these are. */
  readonly kind: "modelled";
  /** Devices: replicas x tensor parallelism. */
  readonly devices: number;
  /**
   * The requests in the order of the trace, seconds from the first arrival. Those turned away have no
   * success and no times.
   */
  readonly log: RequestLog;
  /** TTFT, TPOT and TTLT of the requests answered; a replay keeps no inter-token latencies. */
  readonly latency: LatencySummary;
  /** Requests answered. */
  readonly completed: number;
  /** Requests turned away, and why. */
  readonly rejected: readonly Loss[];
  /** Requests that had to wait for a slot or for memory. */
  readonly queued: number;
  /** Most requests that waited at one server. */
  readonly longestQueue: number;
  /** From the first arrival to the last token, s. */
  readonly durationS: number;
  /** Requests answered a second. */
  readonly requestsPerS: number;
  /** Prompt tokens computed a second. */
  readonly promptTokensPerS: number;
  /** Tokens generated a second. */
  readonly outputTokensPerS: number;
  /** Share of the run in which a server computes, mean over servers. */
  readonly utilisation: number;
  /** Sequences that generate in a server, mean over the time in which it computes. */
  readonly meanBatch: number;
  /** Energy over time, one series a server, in bins; on the clock of `log`. */
  readonly power: readonly IntervalEnergy[];
  /** Energy of all devices over the run, J. */
  readonly energyJ: number;
  /** The part of it between steps. */
  readonly idleJ: number;
  /** Mean power of all devices, W. */
  readonly meanPowerW: number;
  /** Energy, idle time included, over requests answered. */
  readonly jPerRequest: number;
  /** The same over tokens generated. */
  readonly jPerOutputToken: number;
  /** Bytes of cache that fit into a server beside the weights. */
  readonly cacheCapacityBytes: number;
  /** Each server. */
  readonly servers: readonly ReplayServer[];
  /**
   * Factors by which time, power and energy of one step reach above and below the prediction at 90 %.
   * Waiting in a queue grows faster than the time of a step, so they do not bound the latencies.
   */
  readonly stepIntervals: IntervalFactors;
  /** What the predictor warns of. */
  readonly warnings: readonly string[];
}

/**
 * Replays a trace: continuous batching with chunked prefill, with the time and power of every step
 * predicted from the work of exactly its sequences. Requests wait in order of arrival for a slot and
 * for memory for their cache at full length; nothing is preempted. Devices take their idle power between
 * steps. Prefix hits are used where the log has `cachedTokens`.
 *
 * @param log Arrivals with prompt and output tokens; its own latencies are not used.
 * @param model The model.
 * @param hardware The device.
 * @param options Parallelism, replicas, routing, limits, rate.
 * @return The run. The same arguments give the same run.
 * @throws InputError (`bad-option`) for options out of range; (`refused`) for a device without
 * published peaks or memory, or when the
 * weights or all requests do not fit; (`empty`) when no request can be replayed.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { replay } from "@joulebook/joulebook/prediction";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const trace = requestLog({
 *   submitS: Float64Array.of(0, 0.5, 1),
 *   inputTokens: Float64Array.of(512, 2048, 100),
 *   outputTokens: Float64Array.of(100, 200, 50),
 * });
 * const run = replay(trace, shippedModel("meta-llama/Llama-3.1-8B"), findHardware("h100-sxm-80"));
 * assert.equal(run.completed, 3);
 * assert.ok(run.latency.ttftS.percentiles["p95"]! < 1);
 * const joules = run.power[0]!.intervalJ.reduce((a, b) => a + b, 0);
 * assert.ok(Math.abs(joules / run.energyJ - 1) < 1e-9);
 * ```
 */
export function replay(
  log: RequestLog,
  model: Architecture,
  hardware: Hardware,
  options: ReplayOptions = {},
): Replay {
  const { replicas, rateScale } = replaySettings(options);
  return prepareReplay(log, model, hardware, options).run(replicas, rateScale);
}

/** A replay whose number of servers and rate are still open. */
export interface PreparedReplay {
  /** Runs it with a number of servers, the times of the trace divided by the factor on the rate. */
  run(replicas: number, rateScale: number): Replay;
  /** Latencies of its requests, each alone on a server. */
  unloaded(): UnloadedLatency;
}

/** Does once what does not depend on the number of servers or the rate. */
export function prepareReplay(
  log: RequestLog,
  model: Architecture,
  hardware: Hardware,
  options: ReplayOptions,
): PreparedReplay {
  const settings = replaySettings(options);
  const { tensorParallel } = settings;
  const trace = replayTrace(log, { maxPositions: model.maxPositions });
  const cost = serverCost(model, hardware, { ...settings, maxLength: trace.maxLength });
  const { keptBytes } = cost.tables;
  const fits = (i: number) =>
    keptBytes[log.inputTokens[i]! + log.outputTokens[i]!]! <= cost.capacityBytes;
  const order = trace.order.filter(fits);
  if (order.length === 0) {
    throw new InputError({
      code: "refused",
      problem: `no request fits into the memory that ${model.id} leaves on ${hardware.id}`,
      found: `${(cost.capacityBytes / 1e9).toFixed(2)} GB for the cache`,
      advice: "share the layers among more devices",
    });
  }
  const tooLarge = new LossCounter();
  for (let i = order.length; i < trace.order.length; i++) tooLarge.add("cache-exceeds-memory");
  const rejected = [...trace.rejected, ...tooLarge.list()];
  const coefficients = settings.coefficients ?? shippedCoefficients();
  const known = coefficients.servingHardware.includes(hardware.id);
  const { length } = log.submitS;
  const asked = {
    input: log.inputTokens,
    output: log.outputTokens,
    // Where the source does not say, nothing was cached.
    cached: (log.cachedTokens ?? new Float64Array(length)).map((n) => Number.isNaN(n) ? 0 : n),
  };

  const run = (replicas: number, rateScale: number): Replay => {
    const arrivalS = trace.arrivalS.map((timeS) => timeS / rateScale);
    const requests = {
      ...asked,
      firstTokenS: new Float64Array(length).fill(NaN),
      endS: new Float64Array(length).fill(NaN),
    };
    const servers = Array.from(
      { length: replicas },
      () => new Server(requests, cost, settings.scheduler, settings.binS),
    );
    const replica = serve(servers, order, arrivalS, settings.routing);
    const durationS = Math.max(...servers.map(({ timeS }) => timeS));
    for (const server of servers) server.idleUntil(durationS);

    const success = Uint8Array.from(requests.endS, (endS) => Number.isNaN(endS) ? 0 : 1);
    const served = requestLog({
      clock: "elapsed",
      submitS: arrivalS,
      firstTokenS: requests.firstTokenS,
      endS: requests.endS,
      inputTokens: log.inputTokens,
      outputTokens: log.outputTokens,
      ...(log.cachedTokens !== null && { cachedTokens: log.cachedTokens }),
      success,
      replica: replicas > 1 ? replica : null,
      replicas: replicas > 1 ? servers.map((_, r) => `replica${r}`) : [],
      ids: log.ids,
      tokenCount: log.tokenCount,
      source: { path: log.source.path, format: "replay" },
    });
    const each = servers.map(({ totals }): ReplayServer => ({
      ...totals,
      energyJ: totals.busyJ + cost.idleW * (durationS - totals.busyS),
    }));
    const sum = (of: (server: ReplayServer) => number): number =>
      each.reduce((total, server) => total + of(server), 0);
    const energyJ = sum((s) => s.energyJ);
    const completed = order.length;
    return {
      kind: "modelled",
      devices: replicas * tensorParallel,
      log: served,
      latency: summariseLatency(served),
      completed,
      rejected,
      queued: sum((s) => s.queued),
      longestQueue: Math.max(...each.map((s) => s.longestQueue)),
      durationS,
      requestsPerS: completed / durationS,
      promptTokensPerS: sum((s) => s.promptTokens) / durationS,
      outputTokensPerS: sum((s) => s.outputTokens) / durationS,
      utilisation: sum((s) => s.busyS) / (replicas * durationS),
      meanBatch: sum((s) => s.decodingS) / sum((s) => s.busyS),
      power: servers.map((server, r) => series(server, `replica${r}`, durationS, log.source.path)),
      energyJ,
      idleJ: energyJ - sum((s) => s.busyJ),
      meanPowerW: energyJ / durationS,
      jPerRequest: energyJ / completed,
      jPerOutputToken: energyJ / sum((s) => s.outputTokens),
      cacheCapacityBytes: cost.capacityBytes,
      servers: each,
      stepIntervals: coefficients.servingIntervals[known ? "fittedHardware" : "otherHardware"],
      warnings: cost.warnings,
    };
  };
  return { run, unloaded: () => unloadedLatency(asked, order, cost, settings.scheduler) };
}

function serve(
  servers: readonly Server[],
  order: readonly number[],
  arrivalS: Float64Array,
  routing: ReplaySettings["routing"],
): Uint16Array {
  const replica = new Uint16Array(arrivalS.length);
  for (const [turn, request] of order.entries()) {
    const timeS = arrivalS[request]!;
    for (const server of servers) server.runUntil(timeS);
    let chosen = turn % servers.length;
    if (routing === "least-loaded") {
      chosen = 0;
      for (let r = 1; r < servers.length; r++) {
        if (servers[r]!.outstanding < servers[chosen]!.outstanding) chosen = r;
      }
    }
    servers[chosen]!.submit(request, timeS);
    replica[request] = chosen;
  }
  for (const server of servers) server.runUntil(Infinity);
  return replica;
}

function series(server: Server, id: string, durationS: number, path: string): IntervalEnergy {
  const { binS } = server.bins;
  const intervalJ = server.bins.joules(durationS);
  const timeS = intervalJ.map((_, bin) => Math.min(durationS, (bin + 1) * binS));
  return {
    quantity: "interval",
    device: { kind: "gpu", id },
    clock: "elapsed",
    timeS,
    intervalJ,
    durationS: timeS.map((endS, bin) => endS - bin * binS),
    averagingS: null,
    source: { path, format: "replay", column: "predicted", sourceClock: "elapsed" },
    dropped: [],
  };
}
