import type { Random } from "../../random.ts";
import { StepDivider, StepMembers, type StepSharing } from "./divide.ts";
import { type ServingPhysics, type StepCost, stepCost, type StepWork } from "./physics.ts";

/** Limits of the scheduler, as vLLM names them. */
export interface SchedulerOptions {
  /** Most sequences in a step (`max_num_seqs`). */
  readonly maxSequences: number;
  /** Most tokens in a step (`max_num_batched_tokens`); longer prompts are cut into chunks. */
  readonly maxTokens: number;
}

/** Speculative decoding: each step drafts tokens and keeps those that the model accepts. */
export interface Speculation {
  /** Tokens drafted for each sequence and step. */
  readonly draftTokens: number;
  /** Range of the chance that a drafted token is accepted; each request draws its own. */
  readonly acceptance: readonly [number, number];
}

/** Requests in order of arrival, as columns that may grow while the engine runs. */
export interface EngineRequests {
  /** When each can start, in seconds. */
  readonly arrivalS: number[];
  /** Prompt tokens. */
  readonly input: number[];
  /** Output tokens. */
  readonly output: number[];
  /** Prompt tokens found in the prefix cache. */
  readonly cached: number[];
}

/** What an engine did. */
export interface EngineResult {
  /** When the first output token of each request came. */
  readonly firstTokenS: number[];
  /** When its last one came. */
  readonly endS: number[];
  /** When each output token came. */
  readonly tokenTimesS: number[][];
  /** Start of each step. */
  readonly stepStartS: number[];
  /** Duration of each step. */
  readonly stepS: number[];
  /** Dynamic energy of each step. */
  readonly stepJ: number[];
  /** Sequences that decoded in each step. */
  readonly decoding: number[];
  /** Prompt tokens computed in each step. */
  readonly promptTokens: number[];
  /** Dynamic energy of each request's prefill, by rule. */
  readonly prefillJ: Record<StepSharing, number[]>;
  /** Dynamic energy of each request's decode, by rule. */
  readonly decodeJ: Record<StepSharing, number[]>;
}

/** Options of {@linkcode runEngine}. */
export interface EngineOptions {
  /** The accelerator and model. */
  readonly physics: ServingPhysics;
  /** Limits of the scheduler. */
  readonly scheduler: SchedulerOptions;
  /** Which phases it computes: `prefill` ends with the first token, `decode` starts behind it. */
  readonly phases: "both" | "prefill" | "decode";
  /** Speculative decoding; null for one token a step. */
  readonly speculation: Speculation | null;
  /** Called when a request ends; it may append requests that arrive then or later. */
  readonly onEnd?: (request: number, timeS: number) => void;
}

const SHARINGS: readonly StepSharing[] = ["per-sequence", "shapley", "per-token"];

/**
 * Runs continuous batching to the end of the last request: in every step each running sequence
 * decodes, the token budget left goes to prompts in order of arrival, in chunks.
 *
 * @param requests Requests in order of arrival.
 * @param options Physics and limits.
 * @param random Noise and orders.
 * @return Times and energies.
 */
export function runEngine(
  requests: EngineRequests,
  options: EngineOptions,
  random: Random,
): EngineResult {
  const { physics, scheduler, phases, speculation } = options;
  const result: EngineResult = {
    firstTokenS: [],
    endS: [],
    tokenTimesS: [],
    stepStartS: [],
    stepS: [],
    stepJ: [],
    decoding: [],
    promptTokens: [],
    prefillJ: { "per-sequence": [], shapley: [], "per-token": [] },
    decodeJ: { "per-sequence": [], shapley: [], "per-token": [] },
  };
  const members = new StepMembers(scheduler.maxSequences);
  const divider = new StepDivider(physics, scheduler.maxSequences, random.fork(1));
  const driftPhase = 2 * Math.PI * random.uniform();
  const running: number[] = [];
  const computed: number[] = [];
  const produced: number[] = [];
  const acceptance: number[] = [];
  const emitted: number[] = [];
  const work: StepWork = { prefillFlops: 0, decodeFlops: 0, cacheBytes: 0, tokens: 0 };
  const cost: StepCost = { timeS: 0, energyJ: 0 };
  let next = 0;
  let time = requests.arrivalS[0] ?? 0;

  const admit = (i: number): void => {
    running.push(i);
    // The last prompt token is always computed: its output is the first token.
    computed[i] = phases === "decode"
      ? requests.input[i]!
      : Math.min(requests.cached[i]!, requests.input[i]! - 1);
    produced[i] = phases === "decode" ? 1 : 0;
    acceptance[i] = speculation === null ? 0 : speculation.acceptance[0] +
      (speculation.acceptance[1] - speculation.acceptance[0]) * random.uniform();
    result.firstTokenS[i] = phases === "decode" ? requests.arrivalS[i]! : NaN;
    result.endS[i] = NaN;
    result.tokenTimesS[i] = [];
    for (const rule of SHARINGS) {
      result.prefillJ[rule][i] = 0;
      result.decodeJ[rule][i] = 0;
    }
  };
  const join = (i: number, isPrefill: boolean, tokens: number, context: number): void => {
    const k = members.count++;
    const flops = tokens * (physics.flopsPerToken + physics.flopsPerContextToken * context);
    members.request[k] = i;
    members.isPrefill[k] = isPrefill ? 1 : 0;
    members.flops[k] = flops;
    members.cacheBytes[k] = context * physics.cacheBytesPerToken;
    members.tokens[k] = tokens;
    if (isPrefill) work.prefillFlops += flops;
    else work.decodeFlops += flops;
    work.cacheBytes += members.cacheBytes[k]!;
    work.tokens += tokens;
  };

  while (running.length > 0 || next < requests.arrivalS.length) {
    if (running.length === 0) time = Math.max(time, requests.arrivalS[next]!);
    while (
      running.length < scheduler.maxSequences && next < requests.arrivalS.length &&
      requests.arrivalS[next]! <= time
    ) admit(next++);

    members.count = 0;
    work.prefillFlops =
      work.decodeFlops =
      work.cacheBytes =
      work.tokens =
        0;
    let budget = scheduler.maxTokens;
    const width = 1 + (speculation?.draftTokens ?? 0);
    for (const i of running) {
      if (produced[i] === 0) continue;
      join(i, false, width, requests.input[i]! + produced[i]!);
      budget -= width;
    }
    const decoding = members.count;
    for (const i of running) {
      if (produced[i] !== 0 || budget <= 0) continue;
      const chunk = Math.min(budget, requests.input[i]! - computed[i]!);
      join(i, true, chunk, computed[i]! + chunk / 2);
      computed[i]! += chunk;
      budget -= chunk;
    }
    stepCost(physics, work, cost);
    const noise = 1 + physics.stepNoise * random.normal();
    const slow = 1 + physics.drift * Math.sin(2 * Math.PI * time / 90 + driftPhase);
    const energyJ = cost.energyJ * Math.max(0.5, noise) * slow;
    divider.divide(members, cost, energyJ);
    result.stepStartS.push(time);
    result.stepS.push(cost.timeS);
    result.stepJ.push(energyJ);
    result.decoding.push(decoding);
    time += cost.timeS;

    let prompt = 0;
    for (let k = 0; k < members.count; k++) {
      const i = members.request[k]!;
      const isPrefill = members.isPrefill[k] === 1;
      const into = isPrefill ? result.prefillJ : result.decodeJ;
      for (const rule of SHARINGS) into[rule][i]! += divider.shares[rule][k]!;
      let tokens = 1;
      if (isPrefill) {
        prompt += members.tokens[k]!;
        if (computed[i]! < requests.input[i]!) continue;
        result.firstTokenS[i] = time;
      } else if (speculation !== null) {
        while (tokens < width && random.uniform() < acceptance[i]!) tokens++;
      }
      tokens = Math.min(tokens, requests.output[i]! - produced[i]!);
      produced[i]! += tokens;
      for (let t = 0; t < tokens; t++) result.tokenTimesS[i]!.push(time);
      const isDone = produced[i]! >= requests.output[i]! || phases === "prefill";
      if (isDone) emitted.push(i);
    }
    result.promptTokens.push(prompt);
    if (emitted.length > 0) {
      for (const i of emitted) {
        result.endS[i] = time;
        options.onEnd?.(i, time);
      }
      emitted.length = 0;
      for (let k = running.length - 1; k >= 0; k--) {
        if (!Number.isNaN(result.endS[running[k]!]!)) running.splice(k, 1);
      }
    }
  }
  return result;
}
