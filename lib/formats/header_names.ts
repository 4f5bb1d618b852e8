import type { Clock } from "../clock.ts";
import { numberTime, type TimeCell, wallTime, zonedTime } from "./time_cell.ts";
import { isoTime } from "./wall_clock.ts";

/** A header cell as a name and a unit. */
export interface HeaderName {
  /** The name in lower case, with underscores for what lies between its words. */
  readonly name: string;
  /** The unit as written; null when the header says none. */
  readonly unit: string | null;
}

/** Characters of the longest header cell: what is longer is none, and is not searched for units. */
export const longestHeader = 200;

/**
 * Splits `Main Avg Power (mW)`, `power.draw [W]`, `power_watts` and `energy_uj` into name and unit.
 *
 * @param text The header cell.
 * @return Its name and unit.
 */
export function headerName(text: string): HeaderName {
  if (text.length > longestHeader) return { name: text.toLowerCase(), unit: null };
  const bracketed = /^(.*?)\s*[[(]\s*([^\])]+?)\s*[\])]\s*$/.exec(text.trim());
  const name = (bracketed?.[1] ?? text).replace(/^\uFEFF/, "").trim()
    .replace(/[\s.\-/]+/g, "_").toLowerCase();
  if (bracketed !== null) return { name, unit: bracketed[2]! };
  const suffix =
    /^(.+)_((?:milli|micro|nano|kilo|[munk])?(?:watts?|joules?)|[munk]?(?:w|j|wh)|s|ms|us|ns|sec|seconds|unix|epoch)$/
      .exec(name);
  return suffix === null ? { name, unit: null } : { name: suffix[1]!, unit: suffix[2]! };
}

/** How times of a column are read. */
export interface TimeColumn {
  /** Reads a time. */
  readonly timeOf: TimeCell;
  /** What the times count from. */
  readonly clock: Clock;
}

const perSecond: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  seconds: 1,
  unix: 1,
  epoch: 1,
  ms: 1e3,
  us: 1e6,
  ns: 1e9,
};

/**
 * How to read the times of a column, from its first cell and the unit that its header gives. A
 * number is since the epoch when it lies after the year 2001 in the unit given; without a unit only
 * such numbers are taken, in the one unit that puts them before the year 2100.
 *
 * @param cell The first time.
 * @param unit Unit of the header; null when it gives none.
 * @return The reading; null when it would be a guess.
 */
export function timeColumn(cell: string, unit: string | null): TimeColumn | null {
  if (/^\d+(\.\d*)?([eE][+-]?\d+)?$/.test(cell)) {
    const value = Number(cell);
    const given = unit === null ? undefined : perSecond[unit.toLowerCase()];
    if (given !== undefined) {
      const isEpoch = value / given > 1e9 && value / given < 4.2e9;
      if ((unit === "unix" || unit === "epoch") && !isEpoch) return timeColumn(cell, null);
      return { timeOf: numberTime(given), clock: isEpoch ? "epoch" : "elapsed" };
    }
    const fitting = [1, 1e3, 1e6, 1e9].find((n) => value / n > 1e9 && value / n < 4.2e9);
    return fitting === undefined ? null : { timeOf: numberTime(fitting), clock: "epoch" };
  }
  const iso = isoTime(cell);
  if (iso === null) return null;
  return iso.zoned
    ? { timeOf: zonedTime(), clock: "epoch" }
    : { timeOf: wallTime(), clock: "local" };
}
