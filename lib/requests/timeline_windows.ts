import { InputError } from "../errors.ts";
import { type Loss, LossCounter } from "../losses.ts";
import type { RequestLog } from "./log.ts";
import {
  promptTokenSeconds,
  SAME_STEP_S,
  type StepShape,
  stretchSeconds,
} from "./timeline_stretch.ts";

/** No prefill is taken to be shorter, in seconds, so that its work always has a place. */
const SHORTEST_S = 1e-4;

/** How much longer than computed a prefill may have taken. */
const SLACK = 1.1;
/** A window whose prompts take this much longer than it lasts shared the step before. */
const OVERFULL = 1.05;

/** The usable requests of a log in order of their first token, with the span of each phase. */
export interface PhaseWindows {
  /** Index in the log of each. */
  readonly request: Uint32Array;
  /** Arrival, in seconds. */
  readonly submitS: Float64Array;
  /** Begin of the prefill. */
  readonly prefillS: Float64Array;
  /** First token: end of the prefill, begin of the decode. */
  readonly firstTokenS: Float64Array;
  /** Last token. */
  readonly endS: Float64Array;
  /** Prompt tokens that had to be computed. */
  readonly promptTokens: Float64Array;
  /** Prompt tokens held in the cache, those found there included. */
  readonly contextTokens: Float64Array;
  /** Output tokens. */
  readonly outputTokens: Float64Array;
  /** Prompt tokens of all requests that share the window of each. */
  readonly windowTokens: Float64Array;
  /** Times of a step: the 10th percentile of time per output token, and what prompts add. */
  readonly shape: StepShape;
  /** Requests that cannot be placed, by reason. */
  readonly dropped: readonly Loss[];
}

/**
 * When each prompt was computed: prompts are taken in order of arrival, so the prefill of a request
 * began when it arrived or when the step before it ended, whichever was later. Requests whose first
 * tokens came in one step share a window.
 *
 * @param log The log.
 * @param members Indices of the requests of one server; by default all.
 * @return The usable requests, in order of first token.
 * @throws {InputError} `refused` when no request has its times and counts.
 */
export function phaseWindows(log: RequestLog, members?: Uint32Array): PhaseWindows {
  const losses = new LossCounter();
  const { submitS, firstTokenS, endS, inputTokens, outputTokens, cachedTokens } = log;
  const size = members?.length ?? submitS.length;
  const request = new Uint32Array(size);
  let n = 0;
  for (let m = 0; m < size; m++) {
    const i = members === undefined ? m : members[m]!;
    const placed = submitS[i]! <= firstTokenS[i]! && firstTokenS[i]! <= endS[i]!;
    if (!placed) losses.add("times-missing-or-disordered", undefined, `request ${i}`);
    else if (!(inputTokens[i]! >= 0 && outputTokens[i]! >= 1)) {
      losses.add("token-counts-missing", undefined, `request ${i}`);
    } else request[n++] = i;
  }
  if (n === 0) {
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem: "no request has submission, first token, end and token counts",
      expected: "at least one complete request",
      found: losses.list().map((loss) => `${loss.count} ${loss.reason}`).join(", "),
    });
  }
  const order = sortByTime(request.subarray(0, n), firstTokenS);
  const pick = (column: Float64Array): Float64Array => {
    const picked = new Float64Array(n);
    for (let k = 0; k < n; k++) picked[k] = column[order[k]!]!;
    return picked;
  };
  const firsts = pick(firstTokenS);
  const prefillS = new Float64Array(n);
  let before = -Infinity;
  let group = 0;
  for (let k = 0; k < n; k++) {
    if (firsts[k]! - firsts[group]! > SAME_STEP_S) {
      before = firsts[k - 1]!;
      group = k;
    }
    prefillS[k] = Math.min(Math.max(submitS[order[k]!]!, before), firsts[k]! - SHORTEST_S);
  }
  const context = pick(inputTokens);
  // At least the last prompt token is computed: its output is the first token.
  const promptTokens = cachedTokens === null ? context : context.map((input, k) => {
    const cached = cachedTokens[order[k]!]!;
    return cached > 0 ? Math.max(1, input - cached) : input;
  });
  const ends = pick(endS);
  const outputs = pick(outputTokens);
  const stepS = shortStepS(firsts, ends, outputs);
  return {
    request: order,
    submitS: pick(submitS),
    prefillS,
    firstTokenS: firsts,
    endS: ends,
    promptTokens,
    contextTokens: context,
    outputTokens: outputs,
    ...stepShape(prefillS, firsts, promptTokens, stepS),
    dropped: losses.list(),
  };
}

/**
 * Windows by the time that prompts take. A prompt cannot have begun much earlier than its first
 * token less the time that its steps take: what is left of the window was wait. Where the prompts of
 * a window need longer than it lasts, the first of them began in the step before, in the tokens that
 * its own prompts had left over.
 *
 * @param windows Windows from arrivals and first tokens.
 * @param stepS Seconds of a step without prompts.
 * @return The windows with better begins, and the times of a step.
 */
export function tightenWindows(windows: PhaseWindows, stepS: number): PhaseWindows {
  const { submitS, prefillS, firstTokenS, promptTokens } = windows;
  const { windowTokens, shape } = stepShape(prefillS, firstTokenS, promptTokens, stepS);
  const n = prefillS.length;
  const begin = new Float64Array(n);
  let before = { firstS: -Infinity, beginS: -Infinity };
  for (let k = 0; k < n;) {
    const first = firstTokenS[k]!;
    const tokens = windowTokens[k]!;
    const stepsS = shape.stepS + stretchSeconds(tokens, shape, Infinity);
    // Too few long prompts to tell their speed: a long window may be all work.
    const isUnknown = shape.promptTokenS === 0 && first - prefillS[k]! > 2 * stepS;
    const needS = isUnknown ? Infinity : SLACK * stepsS;
    let end = k;
    let earliest = k;
    let beginS = -Infinity;
    for (; end < n && firstTokenS[end]! - first <= SAME_STEP_S; end++) {
      const latest = firstTokenS[end]! - SHORTEST_S;
      begin[end] = Math.max(prefillS[end]!, Math.min(firstTokenS[end]! - needS, latest));
      beginS = Math.max(beginS, begin[end]!);
      if (submitS[end]! < submitS[earliest]!) earliest = end;
    }
    const lastsS = first - before.firstS;
    if (shape.promptTokenS * tokens > OVERFULL * lastsS) {
      const stepBeforeS = Math.max(before.beginS, before.firstS - 2 * lastsS);
      begin[earliest] = Math.max(submitS[earliest]!, Math.min(begin[earliest]!, stepBeforeS));
    }
    before = { firstS: first, beginS };
    k = end;
  }
  return { ...windows, prefillS: begin, windowTokens, shape };
}

/** The 10th percentile of time per output token; 10 ms when nothing was decoded. */
function shortStepS(firstS: Float64Array, endS: Float64Array, outputs: Float64Array): number {
  const stride = Math.max(1, Math.floor(firstS.length / 100_000));
  const times: number[] = [];
  for (let k = 0; k < firstS.length; k += stride) {
    if (outputs[k]! > 1 && endS[k]! > firstS[k]!) {
      times.push((endS[k]! - firstS[k]!) / (outputs[k]! - 1));
    }
  }
  if (times.length === 0) return 0.01;
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 10)]!;
}

function stepShape(
  prefillS: Float64Array,
  firstS: Float64Array,
  promptTokens: Float64Array,
  stepS: number,
): { windowTokens: Float64Array; shape: StepShape } {
  const n = firstS.length;
  const windowTokens = new Float64Array(n);
  const lengths = new Float64Array(n);
  const sums = new Float64Array(n);
  let groups = 0;
  for (let k = 0; k < n;) {
    let end = k + 1;
    let tokens = promptTokens[k]!;
    let start = prefillS[k]!;
    while (end < n && firstS[end]! - firstS[k]! <= SAME_STEP_S) {
      tokens += promptTokens[end]!;
      start = Math.min(start, prefillS[end]!);
      end++;
    }
    windowTokens.fill(tokens, k, end);
    lengths[groups] = firstS[k]! - start;
    sums[groups++] = tokens;
    k = end;
  }
  const promptTokenS = promptTokenSeconds(
    lengths.subarray(0, groups),
    sums.subarray(0, groups),
    stepS,
  );
  return { windowTokens, shape: { stepS, promptTokenS } };
}

/** Indices ordered by a column; linear when they are in order already. */
function sortByTime(indices: Uint32Array, timeS: Float64Array): Uint32Array {
  let sorted = true;
  for (let k = 1; k < indices.length && sorted; k++) {
    sorted = timeS[indices[k]!]! >= timeS[indices[k - 1]!]!;
  }
  if (sorted) return indices.slice();
  const order = indices.slice();
  // Logs are nearly in order: an insertion sort is linear then, and gives up when it is not.
  let moves = 20 * indices.length;
  for (let k = 1; k < order.length && moves > 0; k++) {
    const i = order[k]!;
    const at = timeS[i]!;
    let j = k - 1;
    for (; j >= 0 && timeS[order[j]!]! > at; j--, moves--) order[j + 1] = order[j]!;
    order[j + 1] = i;
  }
  return moves > 0 ? order : indices.slice().sort((a, b) => timeS[a]! - timeS[b]!);
}
