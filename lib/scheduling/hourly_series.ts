/** An hourly series on UTC and the named rules that repair one. */

import { InputError } from "../errors.ts";

/** A rule that was applied to a file, and how many hours (or requests) it touched. */
export interface Repair {
  /**
   * - `missing-hour`: absent or empty; the same hour of the nearest earlier day (else later) is used
   * - `repeated-hour`: the stamp occurs more than once; the mean of its values is used
   * - `back-filled-start`: the file opens with one value repeated over 3 hours or more; the hours
   *   before the last of the run take the same hour of the next day that has its own value
   * - `dst-spring-gap`: a local hour that does not exist; as missing-hour
   * - `dst-autumn-repeat`: a local hour that occurs twice; both are kept in their order
   * - `out-of-order`: rows sorted by time
   * - `sub-hourly-mean`: several rows an hour; their mean is used
   * - `partial-hour`: fewer rows than in the hours beside it; the mean of those is used
   * - `unusable-request`: a request without a time or success, left out of the daily shape
   */
  readonly rule:
    | "missing-hour"
    | "repeated-hour"
    | "back-filled-start"
    | "dst-spring-gap"
    | "dst-autumn-repeat"
    | "out-of-order"
    | "sub-hourly-mean"
    | "partial-hour"
    | "unusable-request";
  /** Hours touched; requests left out. */
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

/** Milliseconds of an hour. */
export const hourMs = 3_600_000;

/** Rules that take nothing from what a file says. */
const harmless: ReadonlySet<Repair["rule"]> = new Set(["out-of-order", "sub-hourly-mean"]);

/**
 * Puts points on an unbroken hourly axis. Points that all stand at the same minute are hours that begin
 * there; several in an hour must stand at multiples of five minutes and give the mean of the full hour.
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
  let startMs = Infinity;
  let endMs = -Infinity;
  for (let i = 0; i < points.length; i++) {
    const { timeMs } = points[i]!;
    if (i > 0 && timeMs < points[i - 1]!.timeMs) disorder++;
    startMs = Math.min(startMs, timeMs);
    endMs = Math.max(endMs, timeMs);
  }
  note("out-of-order", disorder);
  // Hours begin at the minute that all points share, else at the full hour.
  const phase = first.timeMs % hourMs;
  const shared = points.every(({ timeMs }) => timeMs % hourMs === phase);
  if (!shared) {
    startMs = Math.floor(startMs / hourMs) * hourMs;
    endMs = Math.floor(endMs / hourMs) * hourMs;
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
  const { values, repeated, averaged, partial } = meansOf(points, startMs, hours, path);
  note("repeated-hour", repeated);
  note("sub-hourly-mean", averaged);
  note("partial-hour", partial);
  let run = 1;
  while (run < hours && values[run] === values[0]) run++;
  const backFilled = run >= 3 && run < hours ? run - 1 : 0;
  for (let h = 0; h < backFilled; h++) values[h] = NaN;
  note("back-filled-start", backFilled);
  note("missing-hour", fillFromNeighbours(values) - backFilled);
  const touched = repairs.reduce(
    (sum, { rule, count }) => harmless.has(rule) ? sum : sum + count,
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

/** Means of the hours, NaN where an hour has no value. */
function meansOf(
  points: readonly HourlyPoint[],
  startMs: number,
  hours: number,
  path: string,
): { values: Float64Array; repeated: number; averaged: number; partial: number } {
  // Five-minute places of every hour that has rows: sum and number of the values that stand there.
  const places = new Map<number, Map<number, { sum: number; count: number; line: number }>>();
  let repeated = 0;
  for (const { timeMs, value, line } of points) {
    const hour = Math.floor((timeMs - startMs) / hourMs);
    const within = timeMs - startMs - hour * hourMs;
    if (within % 300_000 !== 0) throw offTheHour(timeMs, line, path);
    let own = places.get(hour);
    if (own === undefined) places.set(hour, own = new Map());
    const place = own.get(within);
    if (place === undefined) {
      own.set(within, { sum: Number.isNaN(value) ? 0 : value, count: +!Number.isNaN(value), line });
    } else {
      repeated++;
      if (!Number.isNaN(value)) {
        place.sum += value;
        place.count++;
      }
    }
  }
  const values = new Float64Array(hours).fill(NaN);
  const rowsIn = (hour: number): number => places.get(hour)?.size ?? 0;
  let averaged = 0;
  let partial = 0;
  for (const [hour, own] of places) {
    if (own.size > 1) averaged++;
    else if (!own.has(0) && Math.max(rowsIn(hour - 1), rowsIn(hour + 1)) < 2) {
      // One row an hour has to stand at its beginning: another minute may be another hour's.
      const [[within, { line }]] = own as unknown as [[number, { line: number }]];
      throw offTheHour(startMs + hour * hourMs + within, line, path);
    }
    let sum = 0;
    let count = 0;
    for (const place of own.values()) {
      if (place.count === 0) continue;
      sum += place.sum / place.count;
      count++;
    }
    if (count > 0) values[hour] = sum / count;
    if (count > 0 && count < Math.min(rowsIn(hour - 1), rowsIn(hour + 1))) partial++;
  }
  return { values, repeated, averaged, partial };
}

function offTheHour(timeMs: number, line: number, path: string): InputError {
  return new InputError({
    code: "refused",
    path,
    line,
    problem: "the stamp is not a whole number of hours after the first",
    expected: "an hourly series, or several rows in every hour",
    found: new Date(timeMs).toISOString(),
  });
}

/** Fills NaN from the same hour of the nearest earlier, else later day; returns how many. */
export function fillFromNeighbours(values: Float64Array): number {
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
