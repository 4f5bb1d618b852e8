import type { Timeline } from "../requests/timeline.ts";
import { forwardTransform, inverseTransform } from "./fourier.ts";
import type { Samples } from "./samples.ts";

/** Offsets to look around. */
export interface Candidates {
  /** Seconds from the log's clock to the trace's. */
  readonly offsetsS: readonly number[];
  /** How far around each the truth may lie. */
  readonly reachS: number;
}

const QUARTER_S = 900;

/**
 * Share of the log's active time that the trace covers.
 *
 * @param timeS Times of the trace.
 * @param timelines What the log tells.
 * @param lagS Seconds from the log's clock to the trace's.
 * @return 0 to 1.
 */
export function overlapShare(
  timeS: Float64Array,
  timelines: readonly Timeline[],
  lagS: number,
): number {
  const from = timeS[0]! - lagS;
  const to = timeS[timeS.length - 1]! - lagS;
  let covered = 0;
  let all = 0;
  for (const { edgesS } of timelines) {
    if (edgesS.length < 2) continue;
    const first = edgesS[0]!;
    const last = edgesS[edgesS.length - 1]!;
    covered += Math.max(0, Math.min(to, last) - Math.max(from, first));
    all += last - first;
  }
  return all > 0 ? covered / all : 0;
}

/** Every zone mistake, in quarter hours, that leaves at least half of the log inside the trace. */
export function quarterHourOffsets(
  timeS: Float64Array,
  timelines: readonly Timeline[],
): number[] {
  const offsets: number[] = [];
  for (let quarter = -56; quarter <= 56; quarter++) {
    const offset = quarter * QUARTER_S;
    if (overlapShare(timeS, timelines, offset) >= 0.5) offsets.push(offset);
  }
  return offsets;
}

/**
 * Offsets at which power and activity look alike when nothing is known of the clocks: the highest
 * peaks of their correlation over all offsets with at least half of the log inside the trace.
 *
 * Both are averaged in bins, at least half a second long and at most 2^17 of them; activity is the
 * share of time with a sequence in the engine, and twice the time by which prompts stretch steps.
 *
 * @param samples The trace.
 * @param timelines What the log tells.
 * @return The eight highest peaks.
 */
export function anyOffsets(samples: Samples, timelines: readonly Timeline[]): Candidates {
  const { timeS, powerW } = samples;
  const startS = Math.min(...timelines.map((line) => line.edgesS[0]!));
  const endS = Math.max(...timelines.map((line) => line.edgesS[line.edgesS.length - 1]!));
  const traceS = timeS[timeS.length - 1]! - timeS[0]!;
  const binS = Math.max(0.5, samples.stepS, (traceS + endS - startS) / 2 ** 17);
  const bins = Math.ceil((traceS + endS - startS) / binS) + 2;
  const size = 2 ** Math.ceil(Math.log2(bins + 1));

  const power = new Float64Array(size);
  const covered = new Float64Array(size);
  for (let i = 0; i < timeS.length; i++) {
    const bin = Math.floor((timeS[i]! - timeS[0]!) / binS);
    power[bin]! += powerW[i]!;
    covered[bin]! += 1;
  }
  for (let b = 0; b < size; b++) {
    if (covered[b]! > 0) {
      power[b]! /= covered[b]!;
      covered[b] = 1;
    }
  }
  const activity = new Float64Array(size);
  const logged = new Float64Array(size);
  const logBins = Math.ceil((endS - startS) / binS);
  logged.fill(1, 0, logBins);
  for (const line of timelines) {
    for (let j = 0; j < line.decoding.length; j++) {
      const present = line.decoding[j]! + line.prefilling[j]! > 0 ? 1 : 0;
      const height = present + 2 * line.stretchRate[j]!;
      spread(
        activity,
        (line.edgesS[j]! - startS) / binS,
        (line.edgesS[j + 1]! - startS) / binS,
        height,
      );
    }
  }
  // Correlation over the overlap needs five sliding sums, each a product of transforms.
  const [n, p, p2, a, a2, pa] = slidingSums(power, covered, activity, logged);
  const need = 0.5 * logBins;
  const score = new Float64Array(size).fill(-1);
  for (let k = 0; k < size; k++) {
    const count = n![k]!;
    if (count < need) continue;
    const vp = p2![k]! - p![k]! * p![k]! / count;
    const va = a2![k]! - a![k]! * a![k]! / count;
    const v = pa![k]! - p![k]! * a![k]! / count;
    if (vp > 1e-6 * p2![k]! && va > 1e-9 * count) score[k] = v / Math.sqrt(vp * va);
  }
  const offsetsS: number[] = [];
  const apart = Math.max(1, Math.ceil(3 / binS));
  for (let peak = 0; peak < 8; peak++) {
    let best = -1;
    for (let k = 0; k < size; k++) if (best < 0 || score[k]! > score[best]!) best = k;
    if (best < 0 || score[best]! <= 0) break;
    const shift = best < size / 2 ? best : best - size;
    offsetsS.push(timeS[0]! - startS + shift * binS);
    for (let d = -apart; d <= apart; d++) score[(best + d + size) % size] = -1;
  }
  return { offsetsS, reachS: 1.5 * binS + 1 };
}

function spread(bins: Float64Array, from: number, to: number, height: number): void {
  for (let b = Math.floor(from); b < to; b++) {
    bins[b]! += height * (Math.min(to, b + 1) - Math.max(from, b));
  }
}

/** For every shift of the log against the trace, sums over the bins that both have. */
function slidingSums(
  power: Float64Array,
  covered: Float64Array,
  activity: Float64Array,
  logged: Float64Array,
): Float64Array[] {
  const centre = power.reduce((sum, w) => sum + w, 0) / covered.reduce((sum, c) => sum + c, 0);
  // Around its mean, so that squares keep their digits.
  const w = power.map((value, b) => (value - centre) * covered[b]!);
  const transform = (x: Float64Array): [Float64Array, Float64Array] => {
    const re = x.slice();
    const im = new Float64Array(x.length);
    forwardTransform(re, im);
    return [re, im];
  };
  const trace = [covered, w, w.map((value) => value * value)].map(transform);
  const log = [logged, activity, activity.map((value) => value * value)].map(transform);
  const sum = (t: number, l: number): Float64Array => {
    const [tr, ti] = trace[t]!;
    const [lr, li] = log[l]!;
    const re = new Float64Array(power.length);
    const im = new Float64Array(power.length);
    for (let k = 0; k < re.length; k++) {
      re[k] = tr![k]! * lr![k]! + ti![k]! * li![k]!;
      im[k] = ti![k]! * lr![k]! - tr![k]! * li![k]!;
    }
    inverseTransform(re, im);
    return re;
  };
  return [sum(0, 0), sum(1, 0), sum(2, 0), sum(0, 1), sum(0, 2), sum(1, 1)];
}
