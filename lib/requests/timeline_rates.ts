import type { RequestLog, TokenTimes } from "./log.ts";
import type { PhaseWindows } from "./timeline_windows.ts";

/**
 * Where step rates come from.
 *
 * - `token-times`: counted
 * - `common-rate`: solved for from the token counts of all requests together
 * - `uniform`: each request's mean rate, averaged over those that decode; the last resort, for
 *   engines where sequences do not get one token a step
 */
export type StepRateSource = "token-times" | "common-rate" | "uniform";

/** Segments and the spans of requests in them. */
export interface RateInput {
  /** The requests. */
  readonly windows: PhaseWindows;
  /** Edges of the segments. */
  readonly edgesS: Float64Array;
  /** Prompts being computed in each segment. */
  readonly prefilling: Uint32Array;
  /** Sequences that decode in each segment. */
  readonly decoding: Uint32Array;
  /** First segment of each prefill. */
  readonly prefillFrom: Uint32Array;
  /** First segment of each decode. */
  readonly decodeFrom: Uint32Array;
  /** Segment behind each decode. */
  readonly decodeTo: Uint32Array;
}

/** Step rates of all segments. */
export interface StepRates {
  /** Steps per second. */
  readonly stepRate: Float64Array;
  /** Where they come from. */
  readonly source: StepRateSource;
  /** Median |ln(tokens told / tokens from the common rate)| over requests. */
  readonly misfit: number;
}

/** Most rounds; the search ends earlier when counts come out, or no longer come out better. */
const MAX_ROUNDS = 60;
/** Mean relative error of token counts that is small enough. */
const ENOUGH = 5e-4;

/**
 * Steps per second in every segment.
 *
 * @param log The log, for its token times.
 * @param input Segments.
 * @param source Where rates come from; by default the best that the log allows.
 * @return The rates.
 */
export function stepRates(log: RequestLog, input: RateInput, source?: StepRateSource): StepRates {
  const wanted = source ?? (log.tokenTimes === null ? "common-rate" : "token-times");
  if (wanted === "token-times" && log.tokenTimes !== null) {
    return { ...countedRates(log.tokenTimes, input), source: "token-times" };
  }
  if (wanted === "uniform") {
    const stepRate = uniformRates(input);
    return { stepRate, source: "uniform", misfit: misfitOf(input, stepRate) };
  }
  const stepRate = commonRate(input);
  return { stepRate, source: "common-rate", misfit: misfitOf(input, stepRate) };
}

/**
 * One rate for all sequences such that every request's tokens come out: multiplicative corrections,
 * each request pulling the segments it decoded in with the logarithm of its deficit, weighted by
 * 1/duration because a short request says more about its moment.
 */
function commonRate(input: RateInput): Float64Array {
  const { windows, edgesS, prefilling, decoding } = input;
  const s = decoding.length;
  const stepRate = startRate(input);
  const n = windows.request.length;
  const from = new Uint32Array(n);
  const to = new Uint32Array(n);
  const told = new Float64Array(n);
  const perS = new Float64Array(n);
  const weight = new Float64Array(s + 1);
  let count = 0;
  for (let k = 0; k < n; k++) {
    if (!isDecoded(input, k)) continue;
    const a = input.decodeFrom[k]!;
    const b = input.decodeTo[k]!;
    from[count] = a;
    to[count] = b;
    told[count] = windows.outputTokens[k]! - 1;
    perS[count] = 1 / (edgesS[b]! - edgesS[a]!);
    weight[a]! += perS[count]!;
    weight[b]! -= perS[count]!;
    count++;
  }
  // From here on: how much of the pull is followed, over the weight; 0 where nothing decodes.
  for (let j = 0, sum = 0; j < s; j++) {
    sum += weight[j]!;
    // In a prefill window the rate is known better: about one step to a window or chunk.
    const trust = prefilling[j]! > 0 ? 0.3 : 0.9;
    weight[j] = decoding[j] === 0 || !(sum > 0) ? 0 : trust / sum;
  }
  const steps = new Float64Array(s + 1);
  const pull = new Float64Array(s + 1);
  let before = Infinity;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (let j = 0, sum = 0; j < s; j++) {
      pull[j] = 0;
      sum += stepRate[j]! * (edgesS[j + 1]! - edgesS[j]!);
      steps[j + 1] = sum;
    }
    let worst = 0;
    for (let k = 0; k < count; k++) {
      const a = from[k]!;
      const b = to[k]!;
      const made = steps[b]! - steps[a]!;
      const wanted = told[k]!;
      // 2 (a-b)/(a+b) is ln(a/b) up to its cube, and bounded.
      const deficit = 2 * (wanted - made) / (wanted + made);
      const pulled = deficit * perS[k]!;
      pull[a]! += pulled;
      pull[b]! -= pulled;
      worst += deficit < 0 ? -deficit : deficit;
    }
    if (worst <= ENOUGH * count || (round >= 5 && worst > 0.98 * before)) break;
    before = worst;
    for (let j = 0, sum = 0; j < s; j++) {
      sum += pull[j]!;
      const change = sum * weight[j]!;
      stepRate[j]! *= 1 + change + change * change / 2;
    }
  }
  return stepRate;
}

/** Before any correction: a step to a prefill window, else the fastest rate that is common. */
function startRate(input: RateInput): Float64Array {
  const { windows, edgesS, prefilling, decoding, prefillFrom, decodeFrom } = input;
  const s = decoding.length;
  const free = 1 / windows.shape.stepS;
  const slow = new Float64Array(s).fill(Infinity);
  for (let k = 0; k < windows.request.length; k++) {
    const span = edgesS[decodeFrom[k]!]! - edgesS[prefillFrom[k]!]!;
    if (!(span > 0)) continue;
    for (let j = prefillFrom[k]!; j < decodeFrom[k]!; j++) slow[j] = Math.min(slow[j]!, 1 / span);
  }
  const rate = new Float64Array(s);
  for (let j = 0; j < s; j++) {
    if (prefilling[j]! > 0) rate[j] = Math.min(free, slow[j]!);
    else if (decoding[j]! > 0) rate[j] = free;
  }
  return rate;
}

function uniformRates(input: RateInput): Float64Array {
  const { windows, edgesS, prefilling, decoding, decodeFrom, decodeTo } = input;
  const s = decoding.length;
  const change = new Float64Array(s + 1);
  for (let k = 0; k < windows.request.length; k++) {
    if (!isDecoded(input, k)) continue;
    const rate = (windows.outputTokens[k]! - 1) /
      (edgesS[decodeTo[k]!]! - edgesS[decodeFrom[k]!]!);
    change[decodeFrom[k]!]! += rate;
    change[decodeTo[k]!]! -= rate;
  }
  const start = startRate(input);
  const stepRate = new Float64Array(s);
  let sum = 0;
  for (let j = 0; j < s; j++) {
    sum += change[j]!;
    if (decoding[j]! > 0) stepRate[j] = Math.max(0, sum) / decoding[j]!;
    else if (prefilling[j]! > 0) stepRate[j] = start[j]!;
  }
  return stepRate;
}

/**
 * Emissions counted. Tokens of a request that came at one moment came from one step, so speculative
 * decoding does not count double; the rate is emissions per decoding sequence.
 */
function countedRates(
  tokenTimes: TokenTimes,
  input: RateInput,
): { stepRate: Float64Array; misfit: number } {
  const { windows, edgesS, decoding, prefilling } = input;
  const s = decoding.length;
  const emitted = new Float64Array(s);
  const told: number[] = [];
  for (let k = 0; k < windows.request.length; k++) {
    const i = windows.request[k]!;
    let segment = input.decodeFrom[k]!;
    let last = windows.firstTokenS[k]!;
    let emissions = 0;
    for (let t = tokenTimes.offsets[i]!; t < tokenTimes.offsets[i + 1]!; t++) {
      const time = tokenTimes.timeS[t]!;
      if (time - last < 1e-4) continue;
      // A token at an edge belongs to the step that ended there.
      while (segment + 1 < s && edgesS[segment + 1]! < time) segment++;
      if (segment < s) emitted[segment]! += 1;
      last = time;
      emissions++;
    }
    if (emissions > 0) told.push(Math.abs(Math.log((windows.outputTokens[k]! - 1) / emissions)));
  }
  const start = startRate(input);
  const stepRate = new Float64Array(s);
  for (let j = 0; j < s; j++) {
    if (decoding[j]! > 0) {
      stepRate[j] = emitted[j]! / decoding[j]! / (edgesS[j + 1]! - edgesS[j]!);
    } else if (prefilling[j]! > 0) stepRate[j] = start[j]!;
  }
  told.sort((a, b) => a - b);
  return { stepRate, misfit: told.length === 0 ? 0 : told[told.length >> 1]! };
}

function misfitOf(input: RateInput, stepRate: Float64Array): number {
  const { windows, edgesS, decodeFrom, decodeTo } = input;
  const steps = new Float64Array(stepRate.length + 1);
  for (let j = 0; j < stepRate.length; j++) {
    steps[j + 1] = steps[j]! + stepRate[j]! * (edgesS[j + 1]! - edgesS[j]!);
  }
  const stride = Math.max(1, Math.floor(windows.request.length / 100_000));
  const misfits: number[] = [];
  for (let k = 0; k < windows.request.length; k += stride) {
    if (!isDecoded(input, k) || windows.outputTokens[k]! < 10) continue;
    const made = steps[decodeTo[k]!]! - steps[decodeFrom[k]!]!;
    misfits.push(Math.abs(Math.log((windows.outputTokens[k]! - 1) / made)));
  }
  if (misfits.length === 0) return 0;
  misfits.sort((a, b) => a - b);
  return misfits[misfits.length >> 1]!;
}

function isDecoded(input: RateInput, k: number): boolean {
  return input.decodeTo[k]! > input.decodeFrom[k]! && input.windows.outputTokens[k]! > 1;
}
