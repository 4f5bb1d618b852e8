import type { Timeline } from "../requests/timeline.ts";
import type { CostModel } from "./cost_model.ts";

/** What an engine costs over time, by a cost model: within a segment the power changes linearly. */
interface ModelledPower {
  readonly edgesS: Float64Array;
  /** Energy up to each edge. */
  readonly energy: Float64Array;
  /** Power at the begin of each segment. */
  readonly power: Float64Array;
  /** Change of power per second, from contexts that grow. */
  readonly growth: Float64Array;
}

type Phase = "prefill" | "decode" | "both";

function modelledPower(line: Timeline, costs: CostModel, phase: Phase): ModelledPower {
  const { edgesS, stepRate, decoding } = line;
  const s = stepRate.length;
  const energy = new Float64Array(s + 1);
  const power = new Float64Array(s);
  const growth = new Float64Array(s);
  for (let j = 0; j < s; j++) {
    const rate = stepRate[j]!;
    const k = decoding[j]!;
    const prompts = line.prefilling[j]!;
    // A step is shared by the sequences in it, those in prefill too.
    const shared = k + prompts > 0 ? costs.step * rate / (k + prompts) + costs.sequenceSecond : 0;
    if (phase !== "decode") {
      power[j] = costs.prefillToken * line.prefillRate[j]! +
        costs.stretchSecond * line.stretchRate[j]! + shared * prompts;
    }
    if (phase !== "prefill") {
      power[j]! += rate * (costs.decodeToken * k + costs.contextRead * line.contextTokens[j]!) +
        shared * k;
      growth[j] = costs.contextRead * k * rate * rate;
    }
    const span = edgesS[j + 1]! - edgesS[j]!;
    energy[j + 1] = energy[j]! + span * (power[j]! + growth[j]! * span / 2);
  }
  return { edgesS, energy, power, growth };
}

/**
 * Modelled power as a sensor would show it.
 *
 * @param timelines The engines.
 * @param costs What work costs.
 * @param centreS Middle of the window of each reading, on the log's clock, increasing.
 * @param averagingS Length of the window; null for windows from half way to the reading before to
 *   half way to the reading behind.
 * @param phase Which phase's share; by default both.
 * @return Mean modelled power of each window.
 */
export function averagedPower(
  timelines: readonly Timeline[],
  costs: CostModel,
  centreS: Float64Array,
  averagingS: number | null,
  phase: Phase = "both",
): Float32Array {
  const n = centreS.length;
  const meanW = new Float32Array(n);
  for (const line of timelines) {
    const model = modelledPower(line, costs, phase);
    if (model.power.length === 0) continue;
    if (averagingS === null) addBetween(model, centreS, meanW);
    else addWindows(model, centreS, averagingS, meanW);
  }
  return meanW;
}

function addWindows(
  model: ModelledPower,
  centreS: Float64Array,
  averagingS: number,
  meanW: Float32Array,
): void {
  const { edgesS, energy, power, growth } = model;
  const last = power.length - 1;
  let a = 0;
  let b = 0;
  for (let i = 0; i < centreS.length; i++) {
    const begin = centreS[i]! - averagingS / 2;
    const end = begin + averagingS;
    while (a < last && edgesS[a + 1]! <= begin) a++;
    while (b < last && edgesS[b + 1]! <= end) b++;
    const x = Math.min(Math.max(begin, edgesS[a]!), edgesS[a + 1]!) - edgesS[a]!;
    const y = Math.min(Math.max(end, edgesS[b]!), edgesS[b + 1]!) - edgesS[b]!;
    const before = energy[a]! + x * (power[a]! + growth[a]! * x / 2);
    meanW[i]! += (energy[b]! + y * (power[b]! + growth[b]! * y / 2) - before) / averagingS;
  }
}

function addBetween(model: ModelledPower, centreS: Float64Array, meanW: Float32Array): void {
  const { edgesS, energy, power, growth } = model;
  const last = power.length - 1;
  const n = centreS.length;
  let j = 0;
  let before = 0;
  let begin = centreS[0]!;
  for (let i = -1; i < n; i++) {
    const end = i < 0 ? begin : i === n - 1 ? centreS[i]! : (centreS[i]! + centreS[i + 1]!) / 2;
    while (j < last && edgesS[j + 1]! <= end) j++;
    const x = Math.min(Math.max(end, edgesS[j]!), edgesS[j + 1]!) - edgesS[j]!;
    const after = energy[j]! + x * (power[j]! + growth[j]! * x / 2);
    if (i >= 0 && end > begin) meanW[i]! += (after - before) / (end - begin);
    before = after;
    begin = end;
  }
}
