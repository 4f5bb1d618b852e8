import type { Timeline } from "../requests/timeline.ts";
import { FEATURE_COUNT, FITTED_COUNT, windowedWork } from "./features.ts";
import {
  addEquations,
  addRow,
  nonNegative,
  type NormalEquations,
  normalEquations,
  residualSquares,
} from "./least_squares.ts";

/** Where and how readings lie on the log's clock. */
export interface Placement {
  /** Stamp of each reading, in seconds on the log's clock less the centre lag: middle of its window. */
  readonly centreS: Float64Array;
  /** Power of each reading, in watts. */
  readonly powerW: Float64Array;
  /** Averaging window of the sensor. */
  readonly averagingS: number;
  /** Median step between readings. */
  readonly stepS: number;
}

/** Costs fitted to a trace. */
export interface Fit {
  /** Joules per unit of each kind of work, in the order of `FEATURES`; the last is 0. */
  readonly costs: Float64Array;
  /** Covariance of the fitted costs, row by row, from leaving out one part of the trace at a time. */
  readonly covariance: Float64Array;
  /** Costs from other ways to weigh the same blocks. */
  readonly alternatives: readonly Float64Array[];
  /** Part of the variance of block means that is explained. */
  readonly r2: number;
  /** Residual of block means, root mean square, relative to their mean. */
  readonly misfit: number;
  /** Sum of squared residuals. */
  readonly squares: number;
  /** Blocks used. */
  readonly blocks: number;
}

/** Length of a block in seconds, when the sensor's window is not longer. */
const BLOCK_S = 1;
/** Neighbouring blocks are differenced by this part: slow changes of power leave correlated residuals. */
const QUASI_DIFFERENCE = 0.5;
/** Most readings that are fitted. */
const MOST_READINGS = 1_000_000;
/** Parts of the trace, left out in turn. */
const PARTS = 16;
/**
 * An output token passes through the same weights as a prompt token, so it takes the same FLOPs; as
 * a fraction of a prompt token's cost, its own cost is expected at 1.1 with a standard deviation of
 * 0.3. Without it tokens and context reads of decode are told apart poorly at high load.
 */
const DECODE_TO_PREFILL = { mean: 1.1, deviation: 0.3 };
/** Standard deviations between prior and trace at which the prior is dropped. */
const PLAUSIBLE = 2.5;
/** Residuals of blocks are correlated: so many of them tell as much as one that is independent. */
const BLOCKS_PER_INDEPENDENT = 10;

/**
 * Fits the cost of each kind of work to a trace: least squares with no negative cost, on means over
 * blocks of one second (or of the sensor's window), quasi-differenced.
 *
 * The engine's busy time is left out on purpose: in a busy engine it is nearly a sum of the other
 * columns, and with it the fit is as good and the split wrong.
 *
 * @param timelines What the log tells.
 * @param placement The readings.
 * @param idleW Idle power, taken off before the fit.
 * @param from First reading used.
 * @param to Behind the last one.
 * @return The costs.
 */
export function fitCosts(
  timelines: readonly Timeline[],
  placement: Placement,
  idleW: number,
  from: number,
  to: number,
): Fit {
  const { centreS, powerW, averagingS, stepS } = placement;
  // A sensor that sees only a part of the time samples the mean of all of it, with noise.
  const windowS = Math.max(averagingS, stepS);
  const each = Math.max(1, Math.round(Math.max(BLOCK_S, windowS) / stepS));
  const blocks = Math.floor((to - from) / each);
  const perPart = Math.max(4, Math.ceil(blocks / PARTS));
  const parts: Equations[] = [];
  const row = new Float64Array(FITTED_COUNT);
  const before = new Float64Array(FITTED_COUNT);
  const difference = new Float64Array(FITTED_COUNT);
  const triple = new Float64Array(FITTED_COUNT);
  let powerBefore = 0;
  let hasBefore = false;
  let tripleW = 0;
  let triples = 0;
  let sumW = 0;
  let sumW2 = 0;
  let used = 0;
  // Of a very long trace the begin of each part is enough: the costs are few.
  const usedPerPart = Math.min(perPart, Math.ceil(MOST_READINGS / PARTS / each));
  const CHUNK = 4096;
  for (let block = 0, last = 0; block < blocks; block = last) {
    const partStart = Math.floor(block / perPart) * perPart;
    const partEnd = Math.min(blocks, partStart + perPart);
    const usedEnd = Math.min(partEnd, partStart + usedPerPart);
    if (block >= usedEnd) {
      last = partEnd;
      hasBefore = false;
      triples = 0;
      continue;
    }
    last = Math.min(usedEnd, block + CHUNK);
    const start = from + block * each;
    const work = windowedWork(
      timelines,
      centreS,
      -windowS / 2,
      windowS,
      start,
      from + last * each,
    );
    for (let b = block; b < last; b++) {
      const i0 = from + b * each;
      const broken = centreS[i0 + each - 1]! - centreS[i0]! > 1.5 * each * stepS;
      if (broken) {
        hasBefore = false;
        triples = 0;
        continue;
      }
      row.fill(0);
      let power = 0;
      for (let i = i0; i < i0 + each; i++) {
        const at = (i - start) * FEATURE_COUNT;
        for (let c = 0; c < FITTED_COUNT; c++) row[c]! += work[at + c]! / each;
        power += (powerW[i]! - idleW) / each;
      }
      const part = parts[Math.floor(b / perPart)] ??= emptyEquations();
      const rho = hasBefore ? QUASI_DIFFERENCE : 0;
      const weight = hasBefore ? 1 : 1 - QUASI_DIFFERENCE ** 2;
      for (let c = 0; c < FITTED_COUNT; c++) difference[c] = row[c]! - rho * before[c]!;
      addRow(part.main, difference, 0, power - rho * powerBefore, weight);
      addRow(part.plain, row, 0, power);
      addRow(part.relative, row, 0, power, 1 / (100 + Math.max(0, power)) ** 2);
      for (let c = 0; c < FITTED_COUNT; c++) triple[c]! += row[c]! / 3;
      tripleW += power / 3;
      if (++triples === 3) {
        addRow(part.long, triple, 0, tripleW);
        triple.fill(0);
        tripleW = 0;
        triples = 0;
      }
      before.set(row);
      powerBefore = power;
      hasBefore = true;
      sumW += power;
      sumW2 += power * power;
      used++;
    }
  }
  const whole = emptyEquations();
  for (const part of parts) {
    if (part === undefined) continue;
    for (const kind of KINDS) addEquations(whole[kind], part[kind]);
  }
  const present = parts.filter((part) => part !== undefined);
  const meanStretch = stretchPerToken(timelines);
  const leaveOut = (fit: (rest: NormalEquations) => Float64Array): Float64Array[] =>
    present.map((part) => {
      const rest = normalEquations(FITTED_COUNT);
      addEquations(rest, whole.main);
      addEquations(rest, part.main, -1);
      return fit(rest);
    });
  const usesPrior = isPriorPlausible(
    nonNegative(whole.main),
    leaveOut((n) => nonNegative(n)),
    meanStretch,
  );
  const main = withPrior(whole.main, meanStretch, usesPrior ? null : 0);
  const costs = main.costs;
  const left = leaveOut((rest) => withPrior(rest, meanStretch, main.penalty).costs);
  const squares = residualSquares(whole.plain, costs);
  const variance = sumW2 - sumW * sumW / Math.max(1, used);
  const pad = (x: Float64Array): Float64Array => {
    const padded = new Float64Array(FEATURE_COUNT);
    padded.set(x);
    return padded;
  };
  return {
    costs: pad(costs),
    covariance: jackknife(left),
    alternatives: (["plain", "relative", "long"] as const).map((kind) =>
      pad(withPrior(whole[kind], meanStretch, usesPrior ? null : 0).costs)
    ),
    r2: variance > 0 ? 1 - squares / variance : NaN,
    misfit: Math.sqrt(squares / Math.max(1, used)) / Math.max(1e-9, sumW / Math.max(1, used)),
    squares,
    blocks: used,
  };
}

type Kind = "main" | "plain" | "relative" | "long";
type Equations = Record<Kind, NormalEquations>;
const KINDS: readonly Kind[] = ["main", "plain", "relative", "long"];

function emptyEquations(): Equations {
  return {
    main: normalEquations(FITTED_COUNT),
    plain: normalEquations(FITTED_COUNT),
    relative: normalEquations(FITTED_COUNT),
    long: normalEquations(FITTED_COUNT),
  };
}

/** Seconds of stretch that come with a prompt token on average. */
function stretchPerToken(timelines: readonly Timeline[]): number {
  let stretch = 0;
  let tokens = 0;
  for (const line of timelines) {
    stretch += line.stretchS.at(-1) ?? 0;
    tokens += line.promptTokens.at(-1) ?? 0;
  }
  return tokens > 0 ? stretch / tokens : 0;
}

/**
 * Whether the trace by itself leaves the prior possible. It does not for a mixture of experts, where
 * more output tokens in a step read more weights.
 */
function isPriorPlausible(
  free: Float64Array,
  left: readonly Float64Array[],
  stretchPerPrompt: number,
): boolean {
  const ratio = (x: Float64Array): number => x[1]! / (x[0]! + x[4]! * stretchPerPrompt);
  const mean = left.reduce((sum, x) => sum + ratio(x), 0) / left.length;
  const variance = left.reduce((sum, x) => sum + (ratio(x) - mean) ** 2, 0) *
    (left.length - 1) / left.length;
  const deviation = Math.hypot(DECODE_TO_PREFILL.deviation, Math.sqrt(variance));
  return Math.abs(ratio(free) - DECODE_TO_PREFILL.mean) < PLAUSIBLE * deviation;
}

/** The fit with the prior on the decode token; `penalty` is its weight, found from the residuals. */
function withPrior(
  normal: NormalEquations,
  stretchPerPrompt: number,
  penalty: number | null,
): { costs: Float64Array; penalty: number } {
  let weight = penalty;
  if (weight === null) {
    const free = nonNegative(normal);
    const noise = residualSquares(normal, free) / Math.max(1, normal.rows);
    const prefill = free[0]! + free[4]! * stretchPerPrompt;
    weight = prefill > 0
      ? BLOCKS_PER_INDEPENDENT * noise / (DECODE_TO_PREFILL.deviation * prefill) ** 2
      : 0;
  }
  const pulled = normalEquations(FITTED_COUNT);
  addEquations(pulled, normal);
  const { mean } = DECODE_TO_PREFILL;
  addRow(pulled, Float64Array.of(mean, -1, 0, 0, mean * stretchPerPrompt), 0, 0, weight);
  return { costs: nonNegative(pulled), penalty: weight };
}

function jackknife(left: readonly Float64Array[]): Float64Array {
  const size = FITTED_COUNT;
  const covariance = new Float64Array(size * size);
  const n = left.length;
  if (n < 2) return covariance.fill(NaN);
  const mean = new Float64Array(size);
  for (const x of left) for (let a = 0; a < size; a++) mean[a]! += x[a]! / n;
  for (const x of left) {
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        covariance[a * size + b]! += (n - 1) / n * (x[a]! - mean[a]!) * (x[b]! - mean[b]!);
      }
    }
  }
  return covariance;
}
