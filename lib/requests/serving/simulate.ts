import { createRandom, type Random } from "../../random.ts";
import { type RequestLog, requestLog } from "../log.ts";
import type { StepSharing } from "./divide.ts";
import {
  type EngineRequests,
  type EngineResult,
  runEngine,
  type SchedulerOptions,
  type Speculation,
} from "./engine.ts";
import type { ServingPhysics } from "./physics.ts";
import { DENSE_PHYSICS } from "./presets.ts";
import type { PowerProfile } from "./profile.ts";
import { CHAT_WORKLOAD, drawLength, poissonArrivals, type ServingWorkload } from "./workload.ts";

/** Options of {@linkcode simulateServing}. */
export interface ServingOptions {
  /** Seed; the same seed gives the same run. */
  readonly seed: number;
  /** What is asked of the server; lengths and cache hits default to {@linkcode CHAT_WORKLOAD}. */
  readonly workload: Partial<ServingWorkload> & Pick<ServingWorkload, "arrivals">;
  /** Seconds in which requests arrive; by default 120. The run ends with the last answer. */
  readonly durationS?: number;
  /** Idle seconds before the first arrival can come and after the last answer; by default 10. */
  readonly marginS?: number;
  /** The accelerator and model; by default {@linkcode DENSE_PHYSICS}. */
  readonly physics?: ServingPhysics;
  /** Limits of the scheduler; by default 128 sequences and 2048 tokens in a step. */
  readonly scheduler?: SchedulerOptions;
  /** Speculative decoding; by default null. */
  readonly speculation?: Speculation | null;
  /** Servers that take requests in turn; by default 1. */
  readonly replicas?: number;
  /**
   * `together` (default): prefill and decode on each device; `separate`: one device computes
   * prompts, another decodes.
   */
  readonly placement?: "together" | "separate";
}

/** True dynamic energy of each request, in joules. */
export interface RequestEnergy {
  /** Up to the first token. */
  readonly prefillJ: Float64Array;
  /** Behind it. */
  readonly decodeJ: Float64Array;
}

/** A simulated run, everything known. */
export interface ServingRun {
  /** Exact log of the server, token times included, in order of arrival. */
  readonly log: RequestLog;
  /** True power of every device. */
  readonly devices: readonly PowerProfile[];
  /** True energy of every request, by the rule for shared cost. */
  readonly truth: Readonly<Record<StepSharing, RequestEnergy>>;
  /** Energy of idle power over the run, in joules. */
  readonly idleJ: number;
  /** Energy above idle: the sum of all requests by any rule. */
  readonly dynamicJ: number;
}

/**
 * Simulates continuous batching with a known energy for every request.
 *
 * @param options Seed, workload, physics, placement.
 * @return The run.
 * @throws {RangeError} When closed-loop clients are combined with replicas or separate placement.
 *
 * @example
 * ```ts
 * import { simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 2 } },
 *   durationS: 10,
 * });
 * const { prefillJ, decodeJ } = run.truth.shapley;
 * const sum = prefillJ.reduce((a, b) => a + b, 0) + decodeJ.reduce((a, b) => a + b, 0);
 * assert.ok(Math.abs(sum / run.dynamicJ - 1) < 1e-9);
 * ```
 */
export function simulateServing(options: ServingOptions): ServingRun {
  const random = createRandom(options.seed);
  const workload = { ...CHAT_WORKLOAD, ...options.workload };
  const durationS = options.durationS ?? 120;
  const marginS = options.marginS ?? 10;
  const replicas = options.replicas ?? 1;
  const placement = options.placement ?? "together";
  if (workload.arrivals.kind === "closed" && (replicas > 1 || placement === "separate")) {
    throw new RangeError("closed-loop clients need a single server that does both phases");
  }
  const engine = {
    physics: options.physics ?? DENSE_PHYSICS,
    scheduler: options.scheduler ?? { maxSequences: 128, maxTokens: 2048 },
    speculation: options.speculation ?? null,
  };
  const requests = drawRequests(workload, durationS, marginS, random);

  const parts: { name: string; members: number[]; result: EngineResult }[] = [];
  if (placement === "separate") {
    const all = requests.arrivalS.map((_, i) => i);
    const first = runEngine(requests, { ...engine, phases: "prefill" }, random.fork(10));
    parts.push({ name: "prefill", members: all, result: first });
    const members = all.filter((i) => requests.output[i]! > 1)
      .sort((a, b) => first.firstTokenS[a]! - first.firstTokenS[b]!);
    const second = { ...select(requests, members), arrivalS: members.map((i) => first.endS[i]!) };
    const result = runEngine(second, { ...engine, phases: "decode" }, random.fork(11));
    parts.push({ name: "decode", members, result });
  } else {
    const open = durationS + marginS;
    const onEnd = workload.arrivals.kind === "closed"
      ? closedLoop(requests, workload, workload.arrivals.thinkS ?? 0, open, random)
      : undefined;
    for (let r = 0; r < replicas; r++) {
      const members: number[] = [];
      for (let i = r; i < requests.arrivalS.length; i += replicas) members.push(i);
      const own = replicas === 1 ? requests : select(requests, members);
      const result = runEngine(
        own,
        { ...engine, phases: "both", ...(onEnd && { onEnd }) },
        random.fork(20 + r),
      );
      if (replicas === 1) own.arrivalS.forEach((_, i) => members[i] = i);
      parts.push({ name: `gpu${r}`, members, result });
    }
  }
  return assemble(requests, parts, marginS, replicas, engine.physics.idleW);
}

function drawRequests(
  workload: ServingWorkload,
  durationS: number,
  marginS: number,
  random: Random,
): EngineRequests {
  const { arrivals } = workload;
  const times = random.fork(1);
  const lengths = random.fork(2);
  const hits = random.fork(3);
  const requests: EngineRequests = { arrivalS: [], input: [], output: [], cached: [] };
  if (arrivals.kind === "poisson") {
    for (const t of poissonArrivals(arrivals.ratePerS, durationS, times)) {
      appendRequest(requests, workload, marginS + t, lengths, hits);
    }
  } else if (arrivals.kind === "closed") {
    for (let c = 0; c < arrivals.clients; c++) {
      appendRequest(requests, workload, marginS, lengths, hits);
    }
  } else {
    for (let i = 0; i < arrivals.arrivalS.length; i++) {
      appendRequest(requests, workload, arrivals.arrivalS[i]!, lengths, hits);
      requests.input[i] = arrivals.inputTokens[i]!;
      requests.output[i] = arrivals.outputTokens[i]!;
    }
  }
  return requests;
}

function appendRequest(
  requests: EngineRequests,
  workload: ServingWorkload,
  arrivalS: number,
  lengths: Random,
  hits: Random,
): void {
  const input = drawLength(workload.input, lengths);
  requests.arrivalS.push(arrivalS);
  requests.input.push(input);
  requests.output.push(drawLength(workload.output, lengths));
  const hit = hits.uniform() < workload.cacheHitShare;
  requests.cached.push(hit ? Math.floor(input * workload.cachedPart) : 0);
}

function closedLoop(
  requests: EngineRequests,
  workload: ServingWorkload,
  thinkS: number,
  untilS: number,
  random: Random,
): (request: number, timeS: number) => void {
  const lengths = random.fork(4);
  const hits = random.fork(5);
  return (_, timeS) => {
    if (timeS + thinkS < untilS) {
      appendRequest(requests, workload, timeS + thinkS, lengths, hits);
    }
  };
}

function select(requests: EngineRequests, members: readonly number[]): EngineRequests {
  return {
    arrivalS: members.map((i) => requests.arrivalS[i]!),
    input: members.map((i) => requests.input[i]!),
    output: members.map((i) => requests.output[i]!),
    cached: members.map((i) => requests.cached[i]!),
  };
}

function assemble(
  requests: EngineRequests,
  parts: readonly { name: string; members: readonly number[]; result: EngineResult }[],
  marginS: number,
  replicas: number,
  idleW: number,
): ServingRun {
  const n = requests.arrivalS.length;
  const firstTokenS = new Float64Array(n).fill(NaN);
  const endS = new Float64Array(n).fill(NaN);
  const tokens: number[][] = Array.from({ length: n }, () => []);
  const replica = new Uint16Array(n);
  const energy = (): RequestEnergy => ({
    prefillJ: new Float64Array(n),
    decodeJ: new Float64Array(n),
  });
  const truth = { "per-sequence": energy(), shapley: energy(), "per-token": energy() };
  let dynamicJ = 0;
  let lastS = marginS;
  for (const [p, { members, result }] of parts.entries()) {
    members.forEach((i, k) => {
      if (Number.isNaN(firstTokenS[i])) firstTokenS[i] = result.firstTokenS[k]!;
      endS[i] = result.endS[k]!;
      tokens[i]!.push(...result.tokenTimesS[k]!);
      if (replicas > 1) replica[i] = p;
      for (const rule of ["per-sequence", "shapley", "per-token"] as const) {
        truth[rule].prefillJ[i]! += result.prefillJ[rule][k]!;
        truth[rule].decodeJ[i]! += result.decodeJ[rule][k]!;
      }
    });
    for (const joules of result.stepJ) dynamicJ += joules;
    const last = result.stepStartS.length - 1;
    if (last >= 0) lastS = Math.max(lastS, result.stepStartS[last]! + result.stepS[last]!);
  }
  const runEndS = lastS + marginS;
  const offsets = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) offsets[i + 1] = offsets[i]! + tokens[i]!.length;
  const timeS = new Float64Array(offsets[n]!);
  for (let i = 0; i < n; i++) timeS.set(tokens[i]!, offsets[i]);
  const devices = parts.map(({ name, result }) => ({
    name,
    idleW,
    startS: 0,
    endS: runEndS,
    stepStartS: Float64Array.from(result.stepStartS),
    stepS: Float64Array.from(result.stepS),
    stepJ: Float64Array.from(result.stepJ),
    decoding: Uint16Array.from(result.decoding),
    promptTokens: Uint32Array.from(result.promptTokens),
  }));
  return {
    log: requestLog({
      submitS: Float64Array.from(requests.arrivalS),
      firstTokenS,
      endS,
      inputTokens: Float64Array.from(requests.input),
      outputTokens: Float64Array.from(requests.output),
      cachedTokens: Float64Array.from(requests.cached),
      tokenTimes: { offsets, timeS },
      replica: replicas > 1 ? replica : null,
      replicas: replicas > 1 ? parts.map((part) => part.name) : [],
      tokenCount: "server",
      source: { path: "(generated)", format: "serving-generator" },
    }),
    devices,
    truth,
    idleJ: idleW * runEndS * parts.length,
    dynamicJ,
  };
}
