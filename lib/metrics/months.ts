/** Months of a calendar with their true lengths. */

import { localToUtc, parseZone } from "../clock.ts";
import { InputError } from "../errors.ts";

/** One month of a zone's calendar. */
export interface MonthSpan {
  /** Such as `2026-03`. */
  readonly name: string;
  /** Its first instant, in seconds of the epoch. */
  readonly startS: number;
  /** The first instant of the next month. */
  readonly endS: number;
}

/**
 * Months of a zone's calendar with their true lengths: 28 to 31 days, an hour more or less where
 * the clocks change.
 *
 * @param first The first month, such as `2026-01`.
 * @param count How many months.
 * @param zone ISO offset or IANA name.
 * @return The months in order.
 * @throws {InputError} `bad-option` when `first` is no month or the zone is unknown.
 *
 * @example
 * ```ts
 * import { monthSpans } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const [march] = monthSpans("2026-03", 1, "Europe/Berlin");
 * assert.equal((march!.endS - march!.startS) / 3600, 31 * 24 - 1);
 * ```
 */
export function monthSpans(first: string, count: number, zone: string): MonthSpan[] {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(first);
  if (match === null) {
    throw new InputError({
      code: "bad-option",
      problem: "not a month",
      expected: "a year and a month such as 2026-01",
      found: first,
    });
  }
  const year = Number(match[1]);
  const month = Number(match[2]) - 1;
  const parsed = parseZone(zone);
  const midnights = Float64Array.from(
    { length: count + 1 },
    (_, i) => Date.UTC(year, month + i) / 1000,
  );
  // One by one: as a column, the hour that comes twice would be told from its neighbours.
  const starts = midnights.map((local) => localToUtc(Float64Array.of(local), parsed).timeS[0]!);
  return Array.from({ length: count }, (_, i) => ({
    name: new Date(midnights[i]! * 1000).toISOString().slice(0, 7),
    startS: starts[i]!,
    endS: starts[i + 1]!,
  }));
}
