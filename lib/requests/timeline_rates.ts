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

/** Rounds after which the solution no longer changes anything that matters. */
const MAX_ROUNDS = 60;

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
  const { windows, edgesS, prefilling, decoding, decodeFrom, decodeTo } = input;
  const s = decoding.length;
  const n = windows.request.length;
  const stepRate = startRate(input);
  const steps = new Float64Array(s + 1);
  const pull = new Float64Array(s + 1);
  const weight = new Float64Array(s + 1);
  for (let k = 0; k < n; k++) {
    if (!isDecoded(input, k)) continue;
    const w = 1 / (edgesS[decodeTo[k]!]! - edgesS[decodeFrom[k]!]!);
    weight[decodeFrom[k]!]! += w;
    weight[decodeTo[k]!]! -= w;
  }
  for (let j = 1; j < s; j++) weight[j]! += weight[j - 1]!;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (let j = 0; j < s; j++) {
      steps[j + 1] = steps[j]! + stepRate[j]! * (edgesS[j + 1]! - edgesS[j]!);
    }
    pull.fill(0);
    let worst = 0;
    let total = 0;
    for (let k = 0; k < n; k++) {
      if (!isDecoded(input, k)) continue;
      const from = decodeFrom[k]!;
      const to = decodeTo[k]!;
      const told = windows.outputTokens[k]! - 1;
      const made = steps[to]! - steps[from]!;
      // 2 (a-b)/(a+b) is ln(a/b) up to its cube, and bounded.
      const deficit = 2 * (told - made) / (told + made);
      const pulled = deficit / (edgesS[to]! - edgesS[from]!);
      pull[from]! += pulled;
      pull[to]! -= pulled;
      worst += Math.abs(deficit);
      total++;
    }
    if (worst <= 5e-4 * total) break;
    let sum = 0;
    for (let j = 0; j < s; j++) {
      sum += pull[j]!;
      if (decoding[j] === 0 || !(weight[j]! > 0)) continue;
      // In a prefill window the rate is known better: about one step to a window or chunk.
      const trust = prefilling[j]! > 0 ? 0.3 : 0.9;
      const change = trust * sum / weight[j]!;
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
