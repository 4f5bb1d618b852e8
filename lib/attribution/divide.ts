import type { Timeline } from "../requests/timeline.ts";
import type { CostModel } from "./cost_model.ts";
import { type LocalScale, ScaleReader } from "./local_scale.ts";

/** How the cost of a step is shared by the sequences in it. */
export type StepRule = "per-sequence" | "per-token";

/** Work of each request that was paid for, before the last scaling to what was measured. */
export interface Division {
  /** Prefill of each request of the timeline, in the unit of the costs. */
  readonly prefill: Float64Array;
  /** Its decode. */
  readonly decode: Float64Array;
  /** Sum of both over all requests. */
  readonly total: number;
  /** Part of each prefill that is its share of steps. */
  readonly prefillStepPart: Float32Array;
  /** Part of each prefill that is stretch. */
  readonly prefillStretchPart: Float32Array;
  /** Part of each decode that is its share of steps. */
  readonly decodeStepPart: Float32Array;
  /** Part of each decode that is context reads. */
  readonly decodeReadPart: Float32Array;
}

/**
 * Divides scaled modelled power among the requests of one engine: at every instant each sequence
 * gets what its own work costs, and a share of the step. Takes O(1) for each request, by integrals
 * over the segments.
 *
 * @param line The engine.
 * @param costs What work costs.
 * @param scale Local factor on all costs.
 * @param rule How steps are shared.
 * @return The division.
 */
export function divide(
  line: Timeline,
  costs: CostModel,
  scale: LocalScale,
  rule: StepRule,
): Division {
  const { windows, edgesS, stepRate, prefilling, decoding, prefillRate } = line;
  const s = stepRate.length;
  const n = windows.request.length;
  const reader = new ScaleReader(scale);
  // Integrals of factor times: 1, steps, steps times steps so far, shared cost.
  const seconds = new Float64Array(s + 1);
  const steps = new Float64Array(s + 1);
  const reads = new Float64Array(s + 1);
  const shared = new Float64Array(s + 1);
  const tokenShared = rule === "per-token" ? new Float64Array(s + 1) : null;
  // Steps since the engine last stood still: small numbers keep their digits.
  const since = new Float64Array(s + 1);
  let before = s > 0 ? reader.integralTo(edgesS[0]!) : 0;
  for (let j = 0; j < s; j++) {
    const span = edgesS[j + 1]! - edgesS[j]!;
    const after = reader.integralTo(edgesS[j + 1]!);
    const factor = (after - before) / span;
    before = after;
    const done = stepRate[j]! * span;
    const present = prefilling[j]! + decoding[j]!;
    const from = decoding[j] === 0 ? 0 : since[j]!;
    since[j + 1] = from + done;
    seconds[j + 1] = seconds[j]! + factor * span;
    steps[j + 1] = steps[j]! + factor * done;
    reads[j + 1] = reads[j]! + factor * done * (from + done / 2);
    let each = present > 0 ? costs.sequenceSecond * factor * span : 0;
    if (present > 0 && tokenShared === null) each += costs.step * factor * done / present;
    shared[j + 1] = shared[j]! + each;
    if (tokenShared !== null) {
      const tokens = prefillRate[j]! * span + decoding[j]! * done;
      tokenShared[j + 1] = tokenShared[j]! + (tokens > 0 ? costs.step * factor * done / tokens : 0);
    }
  }
  const prefill = new Float64Array(n);
  const decode = new Float64Array(n);
  const prefillStepPart = new Float32Array(n);
  const prefillStretchPart = new Float32Array(n);
  const decodeStepPart = new Float32Array(n);
  const decodeReadPart = new Float32Array(n);
  // Per token, decode shares of a step need the integral of steps times the share of a token.
  const decodeShared = tokenShared === null ? null : perTokenDecode(line, tokenShared);
  let total = 0;
  for (let k = 0; k < n; k++) {
    const a = line.prefillFrom[k]!;
    const b = line.decodeFrom[k]!;
    const c = line.decodeTo[k]!;
    if (b > a) {
      const span = edgesS[b]! - edgesS[a]!;
      const mean = (seconds[b]! - seconds[a]!) / span;
      const token = costs.prefillToken * windows.promptTokens[k]! * mean;
      const stretch = costs.stretchSecond * line.requestStretchS[k]! * mean;
      let step = shared[b]! - shared[a]!;
      if (tokenShared !== null) {
        const rate = windows.promptTokens[k]! / span;
        step += perTokenPrefill(line, tokenShared, a, b, rate);
      }
      prefill[k] = token + stretch + step;
      prefillStepPart[k] = prefill[k] === 0 ? 0 : step / prefill[k]!;
      prefillStretchPart[k] = prefill[k] === 0 ? 0 : stretch / prefill[k]!;
    }
    if (c > b) {
      const done = steps[c]! - steps[b]!;
      const base = windows.contextTokens[k]! + 1 - since[b]!;
      const read = costs.contextRead * (base * done + reads[c]! - reads[b]!);
      let step = shared[c]! - shared[b]!;
      if (decodeShared !== null) step += decodeShared[c]! - decodeShared[b]!;
      decode[k] = costs.decodeToken * done + read + step;
      decodeStepPart[k] = decode[k] === 0 ? 0 : step / decode[k]!;
      decodeReadPart[k] = decode[k] === 0 ? 0 : read / decode[k]!;
    }
    total += prefill[k]! + decode[k]!;
  }
  return {
    prefill,
    decode,
    total,
    prefillStepPart,
    prefillStretchPart,
    decodeStepPart,
    decodeReadPart,
  };
}

function perTokenDecode(line: Timeline, tokenShared: Float64Array): Float64Array {
  const shared = new Float64Array(tokenShared.length);
  for (let j = 0; j < line.stepRate.length; j++) {
    const done = line.stepRate[j]! * (line.edgesS[j + 1]! - line.edgesS[j]!);
    shared[j + 1] = shared[j]! + done * (tokenShared[j + 1]! - tokenShared[j]!);
  }
  return shared;
}

function perTokenPrefill(
  line: Timeline,
  tokenShared: Float64Array,
  from: number,
  to: number,
  rate: number,
): number {
  let sum = 0;
  for (let j = from; j < to; j++) {
    const span = line.edgesS[j + 1]! - line.edgesS[j]!;
    sum += rate * span * (tokenShared[j + 1]! - tokenShared[j]!);
  }
  return sum;
}
