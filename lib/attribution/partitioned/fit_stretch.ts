import { WorkReader } from "../features.ts";
import {
  addFitSums,
  BlockWalker,
  type Fit,
  type FitSums,
  fitSums,
  PARTS,
  solveFit,
} from "../fit.ts";
import { readingsNear } from "../trial.ts";
import { edgesOf, placeStretch, type Stretch } from "./stretch.ts";
import type { ServerSettings } from "./calibrate.ts";

/** What one stretch tells of the costs: sums that add up. */
export interface StretchSums {
  /** Normal equations and what goes with them, of parts of about equal length. */
  readonly parts: readonly FitSums[];
  /** Seconds by which prompts stretched steps. */
  readonly stretchS: number;
  /** Prompt tokens computed. */
  readonly promptTokens: number;
}

/**
 * Parts that each stretch is divided into, so that all have at least sixteen to be left out in turn.
 *
 * @param stretches How many stretches there are.
 */
export function partsOfStretch(stretches: number): number {
  return Math.max(1, Math.ceil(PARTS / stretches));
}

/**
 * Adds up what the blocks of one stretch tell.
 *
 * @param stretch Readings and requests.
 * @param settings What is known of the server.
 * @param parts Parts to divide it into (see {@linkcode partsOfStretch}).
 * @return The sums; those of nothing when it has too few readings or no complete request.
 */
export function sumStretch(
  stretch: Stretch,
  settings: ServerSettings,
  parts: number,
): StretchSums {
  const placed = placeStretch(stretch, settings);
  if (placed === null || placed.timelines.length === 0 || placed.to === placed.from) {
    return { parts: [], stretchS: 0, promptTokens: 0 };
  }
  const { placement, timelines } = placed;
  const near = readingsNear(placement.centreS, timelines);
  const from = Math.max(placed.from, near[0]);
  const to = Math.min(placed.to, near[1]);
  const walker = new BlockWalker(timelines, placement, settings.idle.idleW);
  const { each } = walker;
  // The block before belongs to another stretch, but it is this one's neighbour.
  if (from - each >= near[0]) walker.add(from - each, 1, null);
  const blocks = Math.max(0, Math.floor((to - from) / each));
  const sums = Array.from({ length: parts }, (_, p) => {
    const own = fitSums();
    const first = Math.floor(p * blocks / parts);
    walker.add(from + first * each, Math.floor((p + 1) * blocks / parts) - first, own);
    return own;
  });
  const reader = new WorkReader(timelines);
  const [beginS, endS] = edgesOf(placed);
  reader.seek(beginS);
  const before = reader.at.slice();
  reader.seek(endS);
  return {
    parts: sums,
    stretchS: reader.at[4]! - before[4]!,
    promptTokens: reader.at[0]! - before[0]!,
  };
}

/**
 * The fit over many stretches. Sums are added in the order of the stretches, so that the same
 * stretches give the same bits; sixteen parts of them are left out in turn for the covariance.
 */
export class FitPool {
  readonly #stretches: number;
  readonly #parts: readonly FitSums[] = Array.from({ length: PARTS }, () => fitSums());
  #added = 0;
  #stretchS = 0;
  #promptTokens = 0;

  /**
   * Begins with nothing.
   *
   * @param stretches How many stretches will be added.
   */
  constructor(stretches: number) {
    this.#stretches = stretches;
  }

  /** Adds the next stretch. */
  add({ parts, stretchS, promptTokens }: StretchSums): void {
    parts.forEach((sums, p) => {
      const place = (this.#added + p / parts.length) / this.#stretches;
      addFitSums(this.#parts[Math.min(PARTS - 1, Math.floor(PARTS * place))]!, sums);
    });
    this.#added++;
    this.#stretchS += stretchS;
    this.#promptTokens += promptTokens;
  }

  /** The fit over all that was added; null when there are no blocks. */
  solve(): Fit | null {
    const used = this.#parts.filter(({ blocks }) => blocks > 0);
    if (used.length === 0) return null;
    return solveFit(used, this.#promptTokens > 0 ? this.#stretchS / this.#promptTokens : 0);
  }
}
