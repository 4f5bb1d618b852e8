import { lowerBound } from "../power/search.ts";
import type { Timeline } from "../requests/timeline.ts";
import { FEATURE_COUNT, FITTED_COUNT, windowedWork } from "./features.ts";
import {
  addEquations,
  addRow,
  type NormalEquations,
  normalEquations,
  residualSquares,
  solve,
} from "./least_squares.ts";
import type { Samples } from "./samples.ts";

/** How well one lag explains the power. */
export interface LagScore {
  /** Seconds from the middle of the averaging window to the stamp. */
  readonly centreLagS: number;
  /** Averaging window. */
  readonly windowS: number;
  /** Part of the variance explained; -1 where the trace does not cover half of the log. */
  readonly r2: number;
  /** Seconds of trace that were looked at. */
  readonly spanS: number;
}

/** Readings looked at for one lag. */
const MOST_READINGS = 6000;
/** Parts of the trace, left out in turn. */
const PIECES = 8;
/** A constant, and the kinds of work. */
const COLUMNS = FITTED_COUNT + 1;
/** Part of a prompt's window by which all prompts may be placed too early or too late. */
const PLACEMENT = 0.3;
/** A run longer than this may show a drift of the clocks. */
const DRIFT_FROM_S = 1800;

/** Scores lags of a trace against a log. */
export class LagScorer {
  readonly #samples: Samples;
  readonly #timelines: readonly Timeline[];
  readonly #startS: number;
  readonly #endS: number;

  /**
   * Prepares the scoring.
   *
   * @param samples The trace.
   * @param timelines What the log tells.
   */
  constructor(samples: Samples, timelines: readonly Timeline[]) {
    this.#samples = samples;
    this.#timelines = timelines;
    this.#startS = Math.min(...timelines.map((line) => line.edgesS[0] ?? Infinity));
    this.#endS = Math.max(...timelines.map((line) => line.edgesS.at(-1) ?? -Infinity));
  }

  /** Scores one lag for one window. */
  score(centreLagS: number, windowS: number): LagScore {
    const ranges = this.#ranges(centreLagS);
    if (ranges.length === 0) return { centreLagS, windowS, r2: -1, spanS: 0 };
    const sum = normalEquations(COLUMNS);
    for (const range of ranges) addEquations(sum, this.#fit(range, centreLagS, windowS));
    const { timeS } = this.#samples;
    const spanS = ranges.reduce((s, [from, to]) => s + timeS[to - 1]! - timeS[from]!, 0);
    return { centreLagS, windowS, r2: explained(sum), spanS };
  }

  /** The best scores that lie `apartS` from each other, best first. */
  peaks(scores: readonly LagScore[], apartS: number, most: number): LagScore[] {
    const found: LagScore[] = [];
    for (const score of [...scores].sort((a, b) => b.r2 - a.r2)) {
      if (score.r2 < 0 || found.length === most) break;
      if (found.every((other) => Math.abs(other.centreLagS - score.centreLagS) > apartS)) {
        found.push(score);
      }
    }
    return found;
  }

  /** Log-likelihood by which one score beats another, with one independent reading each second. */
  margin(a: LagScore, b: LagScore): number {
    const independent = Math.min(a.spanS, b.spanS) / Math.max(1, a.windowS);
    return independent / 2 * Math.log((1 - b.r2 + 1e-6) / (1 - a.r2 + 1e-6));
  }

  /**
   * The lag between steps of the scan, by a parabola; its width, by leaving out one part of the
   * trace at a time; its drift, when a long run shows one.
   */
  refine(
    top: LagScore,
  ): { centreLagS: number; widthS: number; drift: number; atS: number } {
    const { timeS } = this.#samples;
    const ranges = this.#ranges(top.centreLagS);
    const stepS = 0.005;
    const reach = 30;
    const table: NormalEquations[][] = [];
    for (let k = -reach; k <= reach; k++) {
      const lag = top.centreLagS + k * stepS;
      table.push(ranges.map((range) => this.#fit(range, lag, top.windowS)));
    }
    const peakOf = (use: (piece: number) => boolean): number => {
      let bestK = 0;
      const r2 = table.map((pieces) => {
        const sum = normalEquations(COLUMNS);
        pieces.forEach((piece, p) => use(p) && addEquations(sum, piece));
        return explained(sum);
      });
      r2.forEach((value, k) => {
        if (value > r2[bestK]!) bestK = k;
      });
      const [l, m, r] = [r2[bestK - 1] ?? NaN, r2[bestK]!, r2[bestK + 1] ?? NaN];
      const bend = l - 2 * m + r;
      const shift = bend < 0 ? (l - r) / (2 * bend) : 0;
      return top.centreLagS + (bestK - reach + shift) * stepS;
    };
    const centreLagS = peakOf(() => true);
    const left = ranges.map((_, piece) => peakOf((p) => p !== piece));
    const mean = left.reduce((sum, lag) => sum + lag, 0) / left.length;
    const spread = left.reduce((sum, lag) => sum + (lag - mean) ** 2, 0);
    const n = left.length;
    const sd = n > 1 ? Math.sqrt((n - 1) / n * spread) : stepS * reach;
    const middles = ranges.map(([from, to]) => (timeS[from]! + timeS[to - 1]!) / 2);
    const fitted = middles.length >= 4 && middles.at(-1)! - middles[0]! > DRIFT_FROM_S
      ? driftOf(middles, ranges.map((_, piece) => this.#pieceLag(ranges[piece]!, top)))
      : null;
    const atS = middles.reduce((sum, t) => sum + t, 0) / middles.length;
    const placedS = this.#placementS();
    if (fitted !== null) return { ...fitted, widthS: Math.hypot(fitted.widthS, placedS), atS };
    return { centreLagS, widthS: Math.hypot(stepS, 1.645 * sd, placedS), drift: 0, atS };
  }

  /**
   * Where in its window a prompt was computed is not known: half of the mean window, each weighted
   * by its tokens, moves all prompts alike in the worst case.
   */
  #placementS(): number {
    let seconds = 0;
    let tokens = 0;
    for (const { windows } of this.#timelines) {
      for (let k = 0; k < windows.request.length; k++) {
        const prompt = windows.promptTokens[k]!;
        seconds += prompt * Math.min(1, windows.firstTokenS[k]! - windows.prefillS[k]!);
        tokens += prompt;
      }
    }
    return tokens > 0 ? PLACEMENT * seconds / tokens : 0;
  }

  /** Best lag of one part of the trace alone. */
  #pieceLag(range: readonly [number, number], top: LagScore): number {
    let lag = top.centreLagS;
    for (const [reach, step] of [[2, 0.1], [0.1, 0.01]] as const) {
      const centre = lag;
      let best = -1;
      for (let by = -reach; by <= reach + 1e-9; by += step) {
        const r2 = explained(this.#fit(range, centre + by, top.windowS));
        if (r2 > best) {
          best = r2;
          lag = centre + by;
        }
      }
    }
    return lag;
  }

  #fit(range: readonly [number, number], centreLagS: number, windowS: number): NormalEquations {
    const { timeS, powerW } = this.#samples;
    const [from, to] = range;
    const lagS = centreLagS - windowS / 2;
    const work = windowedWork(this.#timelines, timeS, lagS, windowS, from, to);
    const normal = normalEquations(COLUMNS);
    const row = new Float64Array(COLUMNS);
    for (let i = from; i < to; i++) {
      row[0] = 1;
      for (let c = 0; c < FITTED_COUNT; c++) row[c + 1] = work[(i - from) * FEATURE_COUNT + c]!;
      addRow(normal, row, 0, powerW[i]!);
    }
    return normal;
  }

  /** Eight runs of readings, spread over the time that trace and log share. */
  #ranges(centreLagS: number): (readonly [number, number])[] {
    const { timeS } = this.#samples;
    const n = timeS.length;
    const first = lowerBound(timeS, this.#startS + centreLagS - 2);
    const last = lowerBound(timeS, this.#endS + centreLagS + 2);
    const shared = Math.min(timeS[n - 1]!, this.#endS + centreLagS) -
      Math.max(timeS[0]!, this.#startS + centreLagS);
    const short = Math.min(this.#endS - this.#startS, timeS[n - 1]! - timeS[0]!);
    if (!(shared >= 0.5 * short) || last - first < 40) return [];
    const each = Math.min(Math.floor(MOST_READINGS / PIECES), Math.floor((last - first) / PIECES));
    return Array.from({ length: PIECES }, (_, piece) => {
      const middle = first + (last - first) * (piece + 0.5) / PIECES;
      const from = Math.round(middle - each / 2);
      return [from, from + each] as const;
    });
  }
}

/** Part of the variance of power that the kinds of work explain beyond a constant. */
function explained(normal: NormalEquations): number {
  const sum = normal.xy[0]!;
  const total = normal.yy - sum * sum / normal.rows;
  return total > 0 ? 1 - residualSquares(normal, solve(normal)) / total : -1;
}

/** A line through the lags of the parts, by least squares; null when its slope is not clear. */
function driftOf(
  timeS: readonly number[],
  lagS: readonly number[],
): { centreLagS: number; widthS: number; drift: number } | null {
  const n = timeS.length;
  const mt = timeS.reduce((sum, t) => sum + t, 0) / n;
  const ml = lagS.reduce((sum, l) => sum + l, 0) / n;
  let tt = 0;
  let tl = 0;
  for (let i = 0; i < n; i++) {
    tt += (timeS[i]! - mt) ** 2;
    tl += (timeS[i]! - mt) * (lagS[i]! - ml);
  }
  const drift = tl / tt;
  let rest = 0;
  for (let i = 0; i < n; i++) rest += (lagS[i]! - ml - drift * (timeS[i]! - mt)) ** 2;
  const variance = rest / (n - 2);
  // Four standard errors, and more over the run than the lag's own width.
  const clear = Math.abs(drift) > 4 * Math.sqrt(variance / tt) &&
    Math.abs(drift) * (timeS[n - 1]! - timeS[0]!) > 0.02;
  return clear ? { centreLagS: ml, widthS: 1.645 * Math.sqrt(variance / n), drift } : null;
}
