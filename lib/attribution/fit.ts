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
export const PARTS = 16;
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
  const walker = new BlockWalker(timelines, placement, idleW);
  const { each } = walker;
  const blocks = Math.floor((to - from) / each);
  const perPart = Math.max(4, Math.ceil(blocks / PARTS));
  const parts: FitSums[] = [];
  // Of a very long trace the begin of each part is enough: the costs are few.
  const usedPerPart = Math.min(perPart, Math.ceil(MOST_READINGS / PARTS / each));
  for (let block = 0; block < blocks; block += perPart) {
    const end = Math.min(blocks, block + perPart);
    const usedEnd = Math.min(end, block + usedPerPart);
    const sums = fitSums();
    walker.add(from + block * each, usedEnd - block, sums);
    if (usedEnd < end) walker.interrupt();
    if (sums.blocks > 0) parts.push(sums);
  }
  return solveFit(parts, stretchPerToken(timelines));
}

/** What a stretch of a trace tells of the costs: sums, so that those of stretches can be added. */
export interface FitSums {
  /** Normal equations of the fit and of its alternatives. */
  readonly equations: Equations;
  /** Sum of the power above idle of its blocks, in watts. */
  sumW: number;
  /** Sum of its squares. */
  sumW2: number;
  /** Blocks. */
  blocks: number;
}

/** Sums of no blocks. */
export function fitSums(): FitSums {
  return { equations: emptyEquations(), sumW: 0, sumW2: 0, blocks: 0 };
}

/** Adds the sums of another stretch. */
export function addFitSums(into: FitSums, from: FitSums): void {
  for (const kind of KINDS) addEquations(into.equations[kind], from.equations[kind]);
  into.sumW += from.sumW;
  into.sumW2 += from.sumW2;
  into.blocks += from.blocks;
}

const CHUNK = 4096;

/** Walks over the blocks of a trace and adds up what they tell. */
export class BlockWalker {
  /** Readings of a block. */
  readonly each: number;
  readonly #timelines: readonly Timeline[];
  readonly #placement: Placement;
  readonly #idleW: number;
  readonly #windowS: number;
  readonly #row = new Float64Array(FITTED_COUNT);
  readonly #before = new Float64Array(FITTED_COUNT);
  readonly #difference = new Float64Array(FITTED_COUNT);
  readonly #triple = new Float64Array(FITTED_COUNT);
  #powerBefore = 0;
  #hasBefore = false;
  #tripleW = 0;
  #triples = 0;

  /**
   * Stands before a trace.
   *
   * @param timelines What the log tells.
   * @param placement The readings.
   * @param idleW Idle power, taken off.
   */
  constructor(timelines: readonly Timeline[], placement: Placement, idleW: number) {
    const { averagingS, stepS } = placement;
    this.#timelines = timelines;
    this.#placement = placement;
    this.#idleW = idleW;
    // A sensor that sees only a part of the time samples the mean of all of it, with noise.
    this.#windowS = Math.max(averagingS, stepS);
    this.each = Math.max(1, Math.round(Math.max(BLOCK_S, this.#windowS) / stepS));
  }

  /** The next block is no neighbour of the last one. */
  interrupt(): void {
    this.#hasBefore = false;
    this.#triples = 0;
  }

  /**
   * Walks over blocks.
   *
   * @param first First reading of the first of them.
   * @param count How many.
   * @param sums What they tell is added here; null to pass over them, so that the next one has a
   *   neighbour.
   */
  add(first: number, count: number, sums: FitSums | null): void {
    for (let block = 0; block < count; block += CHUNK) {
      this.#addChunk(first + block * this.each, Math.min(CHUNK, count - block), sums);
    }
  }

  #addChunk(start: number, count: number, sums: FitSums | null): void {
    const { centreS, powerW, stepS } = this.#placement;
    const { each } = this;
    const windowS = this.#windowS;
    const row = this.#row;
    const before = this.#before;
    const difference = this.#difference;
    const triple = this.#triple;
    const work = windowedWork(
      this.#timelines,
      centreS,
      -windowS / 2,
      windowS,
      start,
      start + count * each,
    );
    for (let b = 0; b < count; b++) {
      const i0 = start + b * each;
      const broken = centreS[i0 + each - 1]! - centreS[i0]! > 1.5 * each * stepS;
      if (broken) {
        this.interrupt();
        continue;
      }
      row.fill(0);
      let power = 0;
      for (let i = i0; i < i0 + each; i++) {
        const at = (i - start) * FEATURE_COUNT;
        for (let c = 0; c < FITTED_COUNT; c++) row[c]! += work[at + c]! / each;
        power += (powerW[i]! - this.#idleW) / each;
      }
      if (sums !== null) {
        const { equations } = sums;
        const rho = this.#hasBefore ? QUASI_DIFFERENCE : 0;
        const weight = this.#hasBefore ? 1 : 1 - QUASI_DIFFERENCE ** 2;
        for (let c = 0; c < FITTED_COUNT; c++) difference[c] = row[c]! - rho * before[c]!;
        addRow(equations.main, difference, 0, power - rho * this.#powerBefore, weight);
        addRow(equations.plain, row, 0, power);
        addRow(equations.relative, row, 0, power, 1 / (100 + Math.max(0, power)) ** 2);
        for (let c = 0; c < FITTED_COUNT; c++) triple[c]! += row[c]! / 3;
        this.#tripleW += power / 3;
        if (++this.#triples === 3) {
          addRow(equations.long, triple, 0, this.#tripleW);
          triple.fill(0);
          this.#tripleW = 0;
          this.#triples = 0;
        }
        sums.sumW += power;
        sums.sumW2 += power * power;
        sums.blocks++;
      }
      before.set(row);
      this.#powerBefore = power;
      this.#hasBefore = true;
    }
  }
}

/**
 * The costs from what parts of a trace, or of many traces, tell: the fit over all of them.
 *
 * @param parts Sums of the parts; leaving out one at a time gives the covariance.
 * @param meanStretch Seconds of stretch that come with a prompt token on average.
 * @return The costs.
 */
export function solveFit(parts: readonly FitSums[], meanStretch: number): Fit {
  const whole = fitSums();
  for (const part of parts) addFitSums(whole, part);
  const { equations, sumW, sumW2, blocks: used } = whole;
  const leaveOut = (fit: (rest: NormalEquations) => Float64Array): Float64Array[] =>
    parts.map((part) => {
      const rest = normalEquations(FITTED_COUNT);
      addEquations(rest, equations.main);
      addEquations(rest, part.equations.main, -1);
      return fit(rest);
    });
  const usesPrior = isPriorPlausible(
    nonNegative(equations.main),
    leaveOut((n) => nonNegative(n)),
    meanStretch,
  );
  const main = withPrior(equations.main, meanStretch, usesPrior ? null : 0);
  const costs = main.costs;
  const left = leaveOut((rest) => withPrior(rest, meanStretch, main.penalty).costs);
  const squares = residualSquares(equations.plain, costs);
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
      pad(withPrior(equations[kind], meanStretch, usesPrior ? null : 0).costs)
    ),
    r2: variance > 0 ? 1 - squares / variance : NaN,
    misfit: Math.sqrt(squares / Math.max(1, used)) / Math.max(1e-9, sumW / Math.max(1, used)),
    squares,
    blocks: used,
  };
}

type Kind = "main" | "plain" | "relative" | "long";
/** Normal equations by kind of fit. */
export type Equations = Record<Kind, NormalEquations>;
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
