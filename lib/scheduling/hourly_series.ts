/** An hourly series on UTC and the named rules that repair one. */

import { InputError } from "../errors.ts";

/** A rule that was applied to a series, and how many hours it touched. */
export interface Repair {
  /**
   * - `missing-hour`: absent or empty; the same hour of the nearest earlier day (else later) is used
   * - `repeated-hour`: the stamp occurs more than once; the mean of its values is used
   * - `back-filled-start`: the file opens with one value repeated over 3 hours or more; the hours
   *   before the last of the run take the same hour of the next day that has its own value
   * - `dst-spring-gap`: a local hour that does not exist; as missing-hour
   * - `dst-autumn-repeat`: a local hour that occurs twice; both are kept in their order
   * - `out-of-order`: rows sorted by time
   */
  readonly rule:
    | "missing-hour"
    | "repeated-hour"
    | "back-filled-start"
    | "dst-spring-gap"
    | "dst-autumn-repeat"
    | "out-of-order";
  /** Hours touched. */
  readonly count: number;
}

/** Values of consecutive UTC hours. */
export interface HourlySeries {
  /** Milliseconds since 1970 of the first hour. */
  readonly startMs: number;
  /** One value an hour; none missing. */
  readonly values: Float64Array;
  /** What was repaired, in the order it was done. */
  readonly repairs: readonly Repair[];
}

/** A stamped value as it stood in a file; NaN when the field was empty. */
export interface HourlyPoint {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** The value. */
  readonly value: number;
  /** Line it stood in. */
  readonly line: number;
}

const hourMs = 3_600_000;

/**
 * Puts points on an unbroken hourly axis.
 *
 * More than a tenth of the hours repaired is refused: such a file says little about its year.
 *
 * @param points Stamped values in file order.
 * @param path Name of the file, for messages.
 * @param earlier Repairs already made by the reader.
 * @return The series.
 */
export function repairHourly(
  points: readonly HourlyPoint[],
  path: string,
  earlier: readonly Repair[] = [],
): HourlySeries {
  const first = points[0];
  if (first === undefined) throw new InputError({ code: "empty", path, problem: "no hours in it" });
  const repairs: Repair[] = [...earlier];
  const note = (rule: Repair["rule"], count: number): void => {
    if (count > 0) repairs.push({ rule, count });
  };
  let disorder = 0;
  for (let i = 1; i < points.length; i++) {
    if (points[i]!.timeMs < points[i - 1]!.timeMs) disorder++;
    if (points[i]!.timeMs % hourMs !== first.timeMs % hourMs) {
      throw new InputError({
        code: "refused",
        path,
        line: points[i]!.line,
        problem: "the stamp is not a whole number of hours after the first",
        expected: "an hourly series",
        found: new Date(points[i]!.timeMs).toISOString(),
      });
    }
  }
  note("out-of-order", disorder);
  let startMs = Infinity;
  let endMs = -Infinity;
  for (const point of points) {
    startMs = Math.min(startMs, point.timeMs);
    endMs = Math.max(endMs, point.timeMs);
  }
  const hours = (endMs - startMs) / hourMs + 1;
  if (hours > 3 * points.length + 24) {
    throw new InputError({
      code: "refused",
      path,
      problem: `the stamps span ${hours} hours but there are ${points.length} rows`,
      advice: "check the dates of the first and last rows",
    });
  }
  const values = new Float64Array(hours).fill(NaN);
  const seen = new Int32Array(hours);
  let repeated = 0;
  for (const { timeMs, value } of points) {
    const h = (timeMs - startMs) / hourMs;
    if (seen[h]! > 0) repeated++;
    if (!Number.isNaN(value)) {
      values[h] = Number.isNaN(values[h]!)
        ? value
        : (values[h]! * seen[h]! + value) / (seen[h]! + 1);
      seen[h]!++;
    } else if (seen[h] === 0) seen[h] = 0;
  }
  note("repeated-hour", repeated);
  let run = 1;
  while (run < hours && values[run] === values[0]) run++;
  const backFilled = run >= 3 && run < hours ? run - 1 : 0;
  for (let h = 0; h < backFilled; h++) values[h] = NaN;
  note("back-filled-start", backFilled);
  note("missing-hour", fillFromNeighbours(values) - backFilled);
  const touched = repairs.reduce(
    (sum, { rule, count }) => rule === "out-of-order" ? sum : sum + count,
    0,
  );
  if (touched > hours / 10) {
    throw new InputError({
      code: "refused",
      path,
      problem: `${touched} of ${hours} hours would have to be repaired`,
      expected: "at most a tenth",
      advice: "use a more complete file",
    });
  }
  return { startMs, values, repairs };
}

/** Fills NaN from the same hour of the nearest earlier, else later day; returns how many. */
function fillFromNeighbours(values: Float64Array): number {
  const original = Float64Array.from(values);
  let filled = 0;
  for (let h = 0; h < values.length; h++) {
    if (!Number.isNaN(original[h]!)) continue;
    let from = h - 24;
    while (from >= 0 && Number.isNaN(original[from]!)) from -= 24;
    if (from < 0) {
      from = h + 24;
      while (from < values.length && Number.isNaN(original[from]!)) from += 24;
    }
    values[h] = from >= 0 && from < values.length
      ? original[from]!
      : original.find((v) => !Number.isNaN(v)) ?? NaN;
    filled++;
  }
  return filled;
}
