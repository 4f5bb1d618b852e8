/** Reads a table of times and values into a {@linkcode RateSeries}. */

import { localToUtc, parseZone } from "../clock.ts";
import { InputError } from "../errors.ts";
import { forEachRow, type Row } from "../formats/delimited.ts";
import { sourceOf } from "../formats/source.ts";
import { LossCounter } from "../losses.ts";
import type { RateSeries } from "./rate_series.ts";
import { canonicalUnit, type QuantityKind, unitFactor } from "./units.ts";

/** What the columns of a table of rates mean. */
export interface RateSeriesOptions {
  /** Name of the file, for messages. */
  readonly path: string;
  /** Header of the column of times. */
  readonly time: string;
  /** Header of the column of values. */
  readonly value: string;
  /** Unit of the values, such as `EUR/MWh` or `g/kWh`; it is not guessed from the header. */
  readonly unit: string;
  /** What the values are. */
  readonly kind: Extract<QuantityKind, "energy-price" | "carbon-intensity" | "water-intensity">;
  /** Code of the money, for prices. */
  readonly currency?: string;
  /** Zone of times that have no offset: ISO offset or IANA name. */
  readonly zone?: string;
}

/**
 * Reads a comma-separated table with one row a period.
 *
 * Times are ISO 8601 date-times, all with an offset (`Z`, `+01:00`) or all without; without one the
 * zone must be given. Each value holds from its time to the next row's, at most for the usual step
 * (the median); so a missing row leaves a hole and is not bridged. Counted and left out: empty and
 * `NA` values (`missing-value`), rows of a time that was there before (`repeated-time`), and, noted
 * only, local times that came twice or never (`ambiguous-local-time`, `skipped-local-time`).
 *
 * @param text The table.
 * @param options Columns, unit and zone.
 * @return The series, in canonical units, ordered by time.
 * @throws {InputError} When a column is missing, a time or value cannot be read (with its line), a
 * time has no offset and no zone is given, the unit is wrong, or fewer than two rows are left.
 *
 * @example
 * ```ts
 * import { parseRateSeries } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const carbon = await parseRateSeries(
 *   "when,intensity\n2025-03-30 01:00,300\n2025-03-30 03:00,\n2025-03-30 04:00,280\n",
 *   {
 *     path: "grid.csv", time: "when", value: "intensity", unit: "kg/MWh",
 *     kind: "carbon-intensity", zone: "Europe/Berlin",
 *   },
 * );
 * assert.equal(carbon.value[0], 300);
 * assert.equal(carbon.stepS, 3600);
 * assert.deepEqual(carbon.dropped.map(({ reason }) => reason), ["missing-value"]);
 * ```
 */
export async function parseRateSeries(
  text: string,
  options: RateSeriesOptions,
): Promise<RateSeries> {
  const { path, currency } = options;
  const factor = unitFactor(options.unit, options.kind, currency);
  const losses = new LossCounter();
  const times: number[] = [];
  const values: number[] = [];
  let columns: { time: number; value: number } | null = null;
  let hasOffsets: boolean | null = null;
  const fault = (line: number, problem: string, expected: string, found: string): never => {
    throw new InputError({ code: "malformed", path, line, problem, expected, found });
  };
  await forEachRow(sourceOf(text, path), ",", ({ cells, line }: Row) => {
    if (columns === null) {
      columns = headerOf(cells, options, line);
      return;
    }
    const time = isoTime(cells[columns.time] ?? "");
    if (time === null) {
      return fault(line, "not a time", "an ISO 8601 date-time", cells[columns.time] ?? "");
    }
    hasOffsets ??= time.hasOffset;
    if (time.hasOffset !== hasOffsets) {
      return fault(
        line,
        "some times have an offset, others not",
        hasOffsets ? "a time with an offset" : "a time without an offset",
        cells[columns.time]!,
      );
    }
    const cell = cells[columns.value] ?? "";
    const missing = cell === "" || /^(na|nan|n\/a|null|-)$/i.test(cell);
    const value = missing ? NaN : Number(cell);
    if (missing) losses.add("missing-value", line, cell);
    else if (!Number.isFinite(value)) fault(line, "not a number", options.unit, cell);
    times.push(time.seconds);
    values.push(value * factor);
  });
  if (times.length < 2) {
    throw new InputError({
      code: "empty",
      path,
      problem: "too few rows",
      expected: "a header and at least two rows",
      found: `${times.length} rows`,
    });
  }
  const epochS = hasOffsets === true
    ? Float64Array.from(times)
    : onEpoch(Float64Array.from(times), options, losses);
  return periods(epochS, values, losses, {
    unit: canonicalUnit(options.kind, currency),
    path,
  });
}

function headerOf(
  cells: readonly string[],
  options: RateSeriesOptions,
  line: number,
): { time: number; value: number } {
  const find = (name: string): number => {
    const at = cells.findIndex((cell) => cell.replace(/^\ufeff/, "") === name);
    if (at === -1) {
      throw new InputError({
        code: "malformed",
        path: options.path,
        line,
        problem: `there is no column "${name}"`,
        expected: `one of ${cells.map((cell) => `"${cell}"`).join(", ")}`,
      });
    }
    return at;
  };
  return { time: find(options.time), value: find(options.value) };
}

const iso =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?(?: ?UTC)?$/;

function isoTime(text: string): { seconds: number; hasOffset: boolean } | null {
  const match = iso.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) =>
    Number(part ?? 0)
  ) as [number, number, number, number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (
    date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 ||
    second > 60
  ) return null;
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
  const zone = match[7] ?? (text.endsWith("UTC") ? "Z" : undefined);
  if (zone === undefined) return { seconds, hasOffset: false };
  return { seconds: seconds - parseZone(zone).offsetAtS(seconds), hasOffset: true };
}

function onEpoch(
  localS: Float64Array,
  options: RateSeriesOptions,
  losses: LossCounter,
): Float64Array {
  if (options.zone === undefined) {
    throw new InputError({
      code: "refused",
      path: options.path,
      problem: "the times have no offset, so the hours they stand for would be a guess",
      expected: "a zone for them",
      advice: "give the zone, such as UTC or Europe/Berlin",
    });
  }
  const { timeS, ambiguous, skipped } = localToUtc(localS, parseZone(options.zone));
  losses.add("ambiguous-local-time", undefined, undefined, ambiguous);
  losses.add("skipped-local-time", undefined, undefined, skipped);
  return timeS;
}

function periods(
  epochS: Float64Array,
  values: readonly number[],
  losses: LossCounter,
  what: { readonly unit: string; readonly path: string },
): RateSeries {
  const order = Array.from(epochS.keys()).sort((a, b) => epochS[a]! - epochS[b]! || a - b);
  const kept = order.filter((at, i) => i === 0 || epochS[at]! > epochS[order[i - 1]!]!);
  losses.add("repeated-time", undefined, undefined, order.length - kept.length);
  const startS = Float64Array.from(kept, (at) => epochS[at]!);
  const steps = startS.slice(1).map((start, i) => start - startS[i]!).sort();
  const stepS = steps.length === 0 ? NaN : steps[(steps.length - 1) >> 1]!;
  return {
    unit: what.unit,
    startS,
    endS: startS.map((start, i) => Math.min(start + stepS, startS[i + 1] ?? Infinity)),
    value: Float64Array.from(kept, (at) => values[at]!),
    stepS,
    path: what.path,
    dropped: losses.list(),
  };
}
