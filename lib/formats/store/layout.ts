import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { PowerSeries } from "../../power/series.ts";

/** Folder of a store that says what was converted into it; other programs pass over the `_`. */
export const manifestFolder = "_sources";

/** Id of the format that a store is. */
export const storeFormat = "joulebook-store";

/**
 * Whether a path is a store: a folder that `joulebook convert` wrote.
 *
 * @param path The path.
 * @return Whether it is.
 */
export function isStore(path: string): boolean {
  return existsSync(join(path, manifestFolder));
}

/** The name that Hive, DuckDB, Polars and pandas read as no value. */
const noValue = "__HIVE_DEFAULT_PARTITION__";

/**
 * A folder name of Hive's form, `key=value`. What a path could take for something else is escaped as
 * in a URL, which DuckDB, pandas and Polars undo.
 *
 * @param key Name of the column.
 * @param value Its value; null and empty text for none.
 * @return The name.
 *
 * @example
 * ```ts
 * import { hiveFolder } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hiveFolder("device", "node1/gpu0"), "device=node1%2Fgpu0");
 * ```
 */
export function hiveFolder(key: string, value: string | null): string {
  const escaped = encodeURIComponent(value ?? "").replace(/%20/g, " ")
    // Characters that stand for others in patterns of paths.
    .replace(/[*'()!]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${key}=${escaped === "" || /^\.+$/.test(escaped) ? noValue : escaped}`;
}

/**
 * The folder of a series of a store, without the day: `power/host=.../device=gpu0/column=power.draw`.
 *
 * @param series What the series says of itself.
 * @return The folder, below that of the store.
 */
export function seriesFolder(series: Pick<PowerSeries, "quantity" | "device" | "source">): string {
  return [
    series.quantity,
    hiveFolder("host", series.device.host ?? null),
    hiveFolder("device", series.device.id),
    hiveFolder("column", series.source.column),
  ].join("/");
}

const dayS = 86_400;

/** Whether a clock tells days. */
function hasDays(clock: Clock): boolean {
  return clock === "epoch" || clock === "local";
}

/**
 * The day of a moment: in UTC on the epoch clock, of the wall clock on the local one.
 *
 * @param timeS The moment.
 * @param clock Its clock.
 * @return `2024-03-29`; null for a clock that tells no days and for a moment that is not known.
 */
export function dayOf(timeS: number, clock: Clock): string | null {
  if (!hasDays(clock) || !(Math.abs(timeS) < 8.64e12)) return null;
  return new Date(Math.floor(timeS / dayS) * dayS * 1000).toISOString().split("T")[0]!;
}

/** The moment at which the next day begins; Infinity for a clock that tells no days. */
export function nextDayS(timeS: number, clock: Clock): number {
  return hasDays(clock) ? (Math.floor(timeS / dayS) + 1) * dayS : Infinity;
}
