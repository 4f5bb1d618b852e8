import type { MeasureSettings } from "./settings.ts";

/** One point of a sweep, run once. */
export interface Cell {
  /** Its name, the same whenever the same configuration is read: `003-in512-out64-c4-r1`. */
  readonly id: string;
  /** Its place in the order of running, from 0. */
  readonly index: number;
  /** Which repeat, from 1. */
  readonly repeat: number;
  /** Seed of its prompts and arrivals; another for each repeat. */
  readonly seed: number;
  /** Prompt tokens wanted; null when the prompts or the trace say. */
  readonly inputTokens: number | null;
  /** Output tokens asked for; null when the trace says. */
  readonly outputTokens: number | null;
  /** Requests in flight, for closed loops. */
  readonly concurrency: number | null;
  /** Requests a second, for Poisson arrivals. */
  readonly requestsPerS: number | null;
  /** Requests sent at once, for fixed batches. */
  readonly batch: number | null;
}

/**
 * The cells of a sweep: every combination of its values, all of them once before any is repeated, so
 * that a drift of the machine does not fall on one cell alone.
 *
 * @param settings The settings.
 * @return The cells in the order of running. Combinations x repeats.
 *
 * @example
 * ```ts
 * import { parseMeasureConfig, sweepCells } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const settings = parseMeasureConfig(`
 * {name: a, model: m, endpoint: {url: "http://127.0.0.1:8000/v1"}, load: {repeats: 2},
 *  sweep: {inputTokens: [128, 512], outputTokens: 64, concurrency: 4}}
 * `, "a.yaml");
 * assert.deepEqual(sweepCells(settings).map(({ id }) => id), [
 *   "001-in128-out64-c4-r1",
 *   "002-in512-out64-c4-r1",
 *   "003-in128-out64-c4-r2",
 *   "004-in512-out64-c4-r2",
 * ]);
 * ```
 */
export function sweepCells(settings: MeasureSettings): Cell[] {
  const { sweep, load, seed } = settings;
  const orNone = (values: readonly number[]): readonly (number | null)[] =>
    values.length === 0 ? [null] : values;
  const cells: Cell[] = [];
  for (let repeat = 1; repeat <= load.repeats; repeat++) {
    for (const inputTokens of orNone(sweep.inputTokens)) {
      for (const outputTokens of orNone(sweep.outputTokens)) {
        for (const concurrency of orNone(sweep.concurrency)) {
          for (const requestsPerS of orNone(sweep.requestsPerS)) {
            for (const batch of orNone(sweep.batch)) {
              const index = cells.length;
              const point = { inputTokens, outputTokens, concurrency, requestsPerS, batch };
              cells.push({
                id: `${String(index + 1).padStart(3, "0")}${nameOf(point)}-r${repeat}`,
                index,
                repeat,
                seed: (seed * 1_000_003 + index) >>> 0,
                ...point,
              });
            }
          }
        }
      }
    }
  }
  return cells;
}

function nameOf(point: Omit<Cell, "id" | "index" | "repeat" | "seed">): string {
  const part = (mark: string, value: number | null): string =>
    value === null ? "" : `-${mark}${Number(value.toPrecision(6))}`;
  return part("in", point.inputTokens) + part("out", point.outputTokens) +
    part("c", point.concurrency) + part("rps", point.requestsPerS) + part("b", point.batch);
}
