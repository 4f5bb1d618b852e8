import type { Timeline } from "../requests/timeline.ts";

/** Kinds of work, in this order; the regression fits all but the last. */
export const FEATURES = [
  "prefillTokens",
  "decodeTokens",
  "contextReads",
  "steps",
  "stretchSeconds",
  "sequenceSeconds",
] as const;

/** Number of kinds of work. */
export const FEATURE_COUNT: number = FEATURES.length;

/** Number of kinds that the regression fits. */
export const FITTED_COUNT: number = FEATURE_COUNT - 1;

/**
 * Reads the cumulative work of engines at moments that mostly increase. Several engines that one
 * meter covers are added up.
 */
export class WorkReader {
  /** Cumulative columns at the last moment asked for, in the order of {@linkcode FEATURES}. */
  readonly at: Float64Array = new Float64Array(FEATURE_COUNT);
  readonly #timelines: readonly Timeline[];
  readonly #segment: Int32Array;

  /**
   * Starts before the first event.
   *
   * @param timelines The engines.
   */
  constructor(timelines: readonly Timeline[]) {
    this.#timelines = timelines;
    this.#segment = new Int32Array(timelines.length);
  }

  /** Moves to a moment, in seconds on the log's clock, and fills `at`. */
  seek(timeS: number): void {
    const { at } = this;
    at.fill(0);
    for (let e = 0; e < this.#timelines.length; e++) {
      const line = this.#timelines[e]!;
      const { edgesS } = line;
      const last = edgesS.length - 2;
      let j = this.#segment[e]!;
      if (last >= 0 && (timeS < edgesS[j]! || (j < last && timeS >= edgesS[j + 1]!))) {
        j = seekSegment(edgesS, last, j, timeS);
        this.#segment[e] = j;
      }
      if (last < 0 || timeS <= edgesS[0]!) continue;
      const span = Math.min(timeS, edgesS[j + 1]!) - edgesS[j]!;
      const steps = line.stepRate[j]! * span;
      const k = line.decoding[j]!;
      at[0]! += line.promptTokens[j]! + line.prefillRate[j]! * span;
      at[1]! += line.decodeTokens[j]! + k * steps;
      at[2]! += line.contextReads[j]! + steps * (line.contextTokens[j]! + k * steps / 2);
      at[3]! += line.steps[j]! + steps;
      at[4]! += line.stretchS[j]! + line.stretchRate[j]! * span;
      at[5]! += line.sequenceS[j]! + (line.prefilling[j]! + k) * span;
    }
  }
}

/** The segment that holds a moment, looked for near the last one first. */
function seekSegment(edgesS: Float64Array, last: number, from: number, timeS: number): number {
  let j = from;
  for (let near = 0; near < 8; near++) {
    if (timeS >= edgesS[j]! && (j === last || timeS < edgesS[j + 1]!)) return j;
    if (timeS < edgesS[j]!) {
      if (j === 0) return 0;
      j--;
    } else if (j < last) j++;
  }
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (edgesS[middle]! <= timeS) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * What each reading of a sensor averages: mean rates of work over the window that ends `lagS` before
 * the reading.
 *
 * @param timelines The engines.
 * @param timeS Times of readings.
 * @param lagS Seconds from the end of the window to the stamp: clock offset plus delay.
 * @param averagingS Length of the window.
 * @param from First reading.
 * @param to Behind the last reading.
 * @return `FEATURE_COUNT` values for each reading, per second.
 */
export function windowedWork(
  timelines: readonly Timeline[],
  timeS: Float64Array,
  lagS: number,
  averagingS: number,
  from = 0,
  to: number = timeS.length,
): Float64Array {
  const ends = new WorkReader(timelines);
  const begins = new WorkReader(timelines);
  const rows = new Float64Array((to - from) * FEATURE_COUNT);
  for (let i = from, r = 0; i < to; i++) {
    const end = timeS[i]! - lagS;
    ends.seek(end);
    begins.seek(end - averagingS);
    for (let c = 0; c < FEATURE_COUNT; c++) {
      rows[r++] = (ends.at[c]! - begins.at[c]!) / averagingS;
    }
  }
  return rows;
}
