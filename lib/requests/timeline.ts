import type { Loss } from "../losses.ts";
import type { RequestLog } from "./log.ts";
import { stretchSeconds } from "./timeline_stretch.ts";
import { stepRates, type StepRateSource } from "./timeline_rates.ts";
import { type PhaseWindows, phaseWindows, tightenWindows } from "./timeline_windows.ts";

/**
 * What one engine did at every instant, as segments between events (a prefill begins, a first token,
 * an end). Rates are constant within a segment; cumulative columns have one value more than there
 * are segments.
 */
export interface Timeline {
  /** The usable requests in order of first token, with the span of each phase. */
  readonly windows: PhaseWindows;
  /** Edges of the segments, in seconds, strictly increasing. */
  readonly edgesS: Float64Array;
  /** Prompts being computed. */
  readonly prefilling: Uint32Array;
  /** Prompt tokens computed per second. */
  readonly prefillRate: Float64Array;
  /** Sequences that decode. */
  readonly decoding: Uint32Array;
  /** Engine steps per second; each decoding sequence gets one token a step. */
  readonly stepRate: Float64Array;
  /** Context tokens of the decoding sequences at the begin of the segment. */
  readonly contextTokens: Float64Array;
  /** Seconds per second that prompts hold a step beyond the time of a step without them. */
  readonly stretchRate: Float64Array;
  /** Prompt tokens computed up to each edge. */
  readonly promptTokens: Float64Array;
  /** Seconds by which prompts stretched steps, up to each edge. */
  readonly stretchS: Float64Array;
  /** Output tokens decoded up to each edge (first tokens belong to the prefill). */
  readonly decodeTokens: Float64Array;
  /** Context tokens read by decode steps up to each edge. */
  readonly contextReads: Float64Array;
  /** Steps up to each edge. */
  readonly steps: Float64Array;
  /** Seconds in prefill or decode, of all sequences, up to each edge. */
  readonly sequenceS: Float64Array;
  /** Segment in which the prefill of each request begins. */
  readonly prefillFrom: Uint32Array;
  /** Segment in which its decode begins: the one behind its first token. */
  readonly decodeFrom: Uint32Array;
  /** Segment behind its last token. */
  readonly decodeTo: Uint32Array;
  /** Seconds by which the prompt of each request stretched the steps that computed it. */
  readonly requestStretchS: Float64Array;
  /** Where the step rate comes from. */
  readonly rateSource: StepRateSource;
  /**
   * Median over requests of |ln(tokens told / tokens that the common step rate gives)|: near 0 when
   * every sequence gets one token a step.
   */
  readonly rateMisfit: number;
  /** Requests that could not be placed. */
  readonly dropped: readonly Loss[];
}

/** Requests from which the times of a step are learnt. */
const SHAPE_REQUESTS = 20_000;

/** Options of {@linkcode timeline}. */
export interface TimelineOptions {
  /** Indices of the requests of one server; by default all of the log. */
  readonly members?: Uint32Array;
  /**
   * Phases of the device: `both` (default), or one of them when prefill and decode run on separate
   * devices.
   */
  readonly phases?: "both" | "prefill" | "decode";
  /**
   * Where step rates come from; by default token times where the log has them, else the common rate
   * that makes every request's token count come out.
   */
  readonly rateSource?: StepRateSource;
  /**
   * Most prompt tokens of one step (`max_num_batched_tokens` of vLLM); by default prompts are not
   * cut.
   */
  readonly chunkTokens?: number;
}

/**
 * The state of one engine over time, by sweep line over its log.
 *
 * Every decoding sequence gets one token per engine step, so one common step rate g(t) must obey
 * integral of g from first token to end = output tokens - 1, for every request at once. Where token
 * times are missing, g is solved for; this tells when prompts slowed the decode down, which a
 * uniform rate per request hides.
 *
 * Time and memory are linear in the number of requests.
 *
 * @param log The log.
 * @param options Which requests, which phases, where rates come from.
 * @return The segments.
 * @throws {InputError} `refused` when no request is complete.
 *
 * @example
 * ```ts
 * import { requestLog, timeline } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const line = timeline(requestLog({
 *   submitS: Float64Array.of(0, 0.5),
 *   firstTokenS: Float64Array.of(0.1, 0.6),
 *   endS: Float64Array.of(1.1, 1.1),
 *   inputTokens: Float64Array.of(100, 40),
 *   outputTokens: Float64Array.of(11, 6),
 * }));
 * assert.equal(line.promptTokens.at(-1), 140);
 * assert.equal(line.decoding.at(-1), 2);
 * ```
 */
export function timeline(log: RequestLog, options: TimelineOptions = {}): Timeline {
  const rough = phaseWindows(log, options.members);
  if (options.phases === "decode") return build(log, rough, options);
  const size = rough.request.length;
  const from = Math.max(0, (size - SHAPE_REQUESTS) >> 1);
  const some = size <= SHAPE_REQUESTS
    ? rough
    : phaseWindows(log, rough.request.slice(from, from + SHAPE_REQUESTS));
  const stepS = plainStepS(build(log, some, options)) ?? rough.shape.stepS;
  return build(log, tightenWindows(rough, stepS), options);
}

function build(log: RequestLog, windows: PhaseWindows, options: TimelineOptions): Timeline {
  const phases = options.phases ?? "both";
  const n = windows.request.length;
  const { prefillS, firstTokenS, endS } = windows;

  const edgesS = distinct(phases, prefillS, firstTokenS, endS);
  const s = Math.max(0, edgesS.length - 1);
  const prefillFrom = new Uint32Array(n);
  const decodeFrom = new Uint32Array(n);
  const decodeTo = new Uint32Array(n);
  const find = finder(edgesS);
  for (let k = 0; k < n; k++) {
    decodeFrom[k] = find(firstTokenS[k]!);
    prefillFrom[k] = phases === "decode" ? decodeFrom[k]! : find(prefillS[k]!);
    // A first token that ends an empty window still needs a segment to put its work in.
    decodeTo[k] = phases === "prefill" ? decodeFrom[k]! : find(endS[k]!);
  }

  const prefilling = new Uint32Array(s);
  const decoding = new Uint32Array(s);
  const prefillRate = new Float64Array(s);
  sweep(n, prefillFrom, decodeFrom, prefilling);
  sweep(n, decodeFrom, decodeTo, decoding);
  for (let k = 0; k < n; k++) {
    const span = edgesS[decodeFrom[k]!]! - edgesS[prefillFrom[k]!]!;
    if (!(span > 0)) continue;
    const rate = windows.promptTokens[k]! / span;
    prefillRate[prefillFrom[k]!]! += rate;
    if (decodeFrom[k]! < s) prefillRate[decodeFrom[k]!]! -= rate;
  }
  let rate = 0;
  for (let j = 0; j < s; j++) {
    // Differences of large rates leave rounding behind; where nobody computes a prompt it is none.
    rate = prefilling[j] === 0 ? 0 : rate + prefillRate[j]!;
    prefillRate[j] = Math.max(0, rate);
  }

  const rates = stepRates(log, {
    windows,
    edgesS,
    prefilling,
    decoding,
    prefillFrom,
    decodeFrom,
    decodeTo,
  }, options.rateSource);
  const stepRate = rates.stepRate;

  const promptTokens = new Float64Array(s + 1);
  const decodeTokens = new Float64Array(s + 1);
  const contextReads = new Float64Array(s + 1);
  const steps = new Float64Array(s + 1);
  const sequenceS = new Float64Array(s + 1);
  const contextTokens = contextAtStart(windows, decodeFrom, decodeTo, edgesS, stepRate, decoding);
  for (let j = 0; j < s; j++) {
    const span = edgesS[j + 1]! - edgesS[j]!;
    const done = stepRate[j]! * span;
    const k = decoding[j]!;
    promptTokens[j + 1] = promptTokens[j]! + prefillRate[j]! * span;
    decodeTokens[j + 1] = decodeTokens[j]! + k * done;
    // Each sequence's context grows by one a step.
    contextReads[j + 1] = contextReads[j]! + done * (contextTokens[j]! + k * done / 2);
    steps[j + 1] = steps[j]! + done;
    sequenceS[j + 1] = sequenceS[j]! + (prefilling[j]! + k) * span;
  }
  const spans = { windows, edgesS, prefilling, prefillFrom, decodeFrom };
  return {
    ...stretchColumns(spans, options.chunkTokens ?? Infinity),
    windows,
    edgesS,
    prefilling,
    prefillRate,
    decoding,
    stepRate,
    contextTokens,
    promptTokens,
    decodeTokens,
    contextReads,
    steps,
    sequenceS,
    prefillFrom,
    decodeFrom,
    decodeTo,
    rateSource: rates.source,
    rateMisfit: rates.misfit,
    dropped: windows.dropped,
  };
}

/** Seconds of a step without prompts: the median over the time that nothing but decode ran. */
function plainStepS(line: Timeline): number | null {
  const spans: { rate: number; span: number }[] = [];
  let all = 0;
  for (let j = 0; j < line.decoding.length; j++) {
    if (line.decoding[j] === 0 || line.prefilling[j]! > 0 || !(line.stepRate[j]! > 0)) continue;
    const span = line.edgesS[j + 1]! - line.edgesS[j]!;
    spans.push({ rate: line.stepRate[j]!, span });
    all += span;
  }
  spans.sort((a, b) => a.rate - b.rate);
  let sum = 0;
  for (const { rate, span } of spans) {
    sum += span;
    if (sum >= all / 2) return 1 / rate;
  }
  return null;
}

/**
 * The same timeline with another limit of prompt tokens in a step.
 *
 * @param line A timeline.
 * @param chunkTokens Most prompt tokens of one step; Infinity when prompts are not cut.
 * @return The timeline with its stretch columns made anew.
 *
 * @example
 * ```ts
 * import { requestLog, timeline, withChunks } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const line = timeline(requestLog({
 *   submitS: Float64Array.of(0),
 *   firstTokenS: Float64Array.of(1),
 *   endS: Float64Array.of(2),
 *   inputTokens: Float64Array.of(9000),
 *   outputTokens: Float64Array.of(11),
 * }));
 * assert.ok(withChunks(line, 2048).stretchS.at(-1)! <= line.stretchS.at(-1)!);
 * ```
 */
export function withChunks(line: Timeline, chunkTokens: number): Timeline {
  return { ...line, ...stretchColumns(line, chunkTokens) };
}

function stretchColumns(
  line: Pick<Timeline, "windows" | "edgesS" | "prefilling" | "prefillFrom" | "decodeFrom">,
  chunkTokens: number,
): Pick<Timeline, "stretchRate" | "stretchS" | "requestStretchS"> {
  const { windows, edgesS, prefilling, prefillFrom, decodeFrom } = line;
  const s = prefilling.length;
  const stretchRate = new Float64Array(s + 1);
  const stretchS = new Float64Array(s + 1);
  const requestStretchS = windows.promptTokens.map((tokens, k) => {
    const all = windows.windowTokens[k]!;
    return all > 0 ? stretchSeconds(all, windows.shape, chunkTokens) * tokens / all : 0;
  });
  for (let k = 0; k < requestStretchS.length; k++) {
    const span = edgesS[decodeFrom[k]!]! - edgesS[prefillFrom[k]!]!;
    if (!(span > 0)) continue;
    stretchRate[prefillFrom[k]!]! += requestStretchS[k]! / span;
    stretchRate[decodeFrom[k]!]! -= requestStretchS[k]! / span;
  }
  let rate = 0;
  for (let j = 0; j < s; j++) {
    rate = prefilling[j] === 0 ? 0 : rate + stretchRate[j]!;
    stretchRate[j] = Math.max(0, rate);
    stretchS[j + 1] = stretchS[j]! + stretchRate[j]! * (edgesS[j + 1]! - edgesS[j]!);
  }
  return { stretchRate, stretchS, requestStretchS };
}

function distinct(
  phases: "both" | "prefill" | "decode",
  prefillS: Float64Array,
  firstTokenS: Float64Array,
  endS: Float64Array,
): Float64Array {
  const columns = phases === "both"
    ? [prefillS, firstTokenS, endS]
    : phases === "prefill"
    ? [prefillS, firstTokenS]
    : [firstTokenS, endS];
  const sorted = columns.map(inOrder);
  const heads = sorted.map(() => 0);
  const all = new Float64Array(firstTokenS.length * columns.length);
  let kept = 0;
  for (let j = 0; j < all.length; j++) {
    let least = 0;
    let next = Infinity;
    for (let c = 0; c < sorted.length; c++) {
      const value = sorted[c]![heads[c]!]!;
      if (value < next) {
        next = value;
        least = c;
      }
    }
    heads[least]!++;
    if (kept === 0 || next > all[kept - 1]!) all[kept++] = next;
  }
  return all.slice(0, kept);
}

function inOrder(column: Float64Array): Float64Array {
  for (let i = 1; i < column.length; i++) {
    if (column[i]! < column[i - 1]!) return column.slice().sort();
  }
  return column;
}

/** Finds the index of a time among the edges, fast when asked for times near the last one. */
function finder(edgesS: Float64Array): (timeS: number) => number {
  let at = 0;
  return (timeS) => {
    let reach = 1;
    let low = at;
    let high = at;
    if (edgesS[at]! < timeS) {
      while (high < edgesS.length && edgesS[high]! < timeS) {
        low = high;
        high += reach;
        reach *= 2;
      }
      high = Math.min(high, edgesS.length - 1);
    } else {
      while (low > 0 && edgesS[low]! > timeS) {
        high = low;
        low -= reach;
        reach *= 2;
      }
      low = Math.max(low, 0);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (edgesS[middle]! < timeS) low = middle + 1;
      else high = middle;
    }
    at = low;
    return low;
  };
}

/** How many spans [from, to) cover each segment. */
function sweep(n: number, from: Uint32Array, to: Uint32Array, count: Uint32Array): void {
  const change = new Int32Array(count.length + 1);
  for (let k = 0; k < n; k++) {
    change[from[k]!]!++;
    change[to[k]!]!--;
  }
  let open = 0;
  for (let j = 0; j < count.length; j++) {
    open += change[j]!;
    count[j] = open;
  }
}

/** Context of the decoding sequences at the begin of each segment: prompts plus tokens so far. */
function contextAtStart(
  windows: PhaseWindows,
  decodeFrom: Uint32Array,
  decodeTo: Uint32Array,
  edgesS: Float64Array,
  stepRate: Float64Array,
  decoding: Uint32Array,
): Float64Array {
  const s = stepRate.length;
  const change = new Float64Array(s + 1);
  const steps = new Float64Array(s + 1);
  for (let j = 0; j < s; j++) {
    steps[j + 1] = steps[j]! + stepRate[j]! * (edgesS[j + 1]! - edgesS[j]!);
  }
  for (let k = 0; k < windows.request.length; k++) {
    const from = decodeFrom[k]!;
    const to = decodeTo[k]!;
    if (to <= from) continue;
    const held = windows.contextTokens[k]! + 1;
    change[from]! += held;
    change[to]! -= held + steps[to]! - steps[from]!;
  }
  const context = new Float64Array(s);
  let held = 0;
  for (let j = 0; j < s; j++) {
    held += change[j]!;
    context[j] = decoding[j] === 0 ? 0 : Math.max(0, held);
    held += decoding[j]! * (steps[j + 1]! - steps[j]!);
  }
  return context;
}
