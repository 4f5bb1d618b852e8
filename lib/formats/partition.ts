import type { ReadResult } from "./format.ts";

/** One part of what an input held, with the folder that it belongs into. */
export interface Partition {
  /** Folders as `key=value`, which DuckDB, Polars and Spark read as columns; and a file's stem. */
  readonly path: string;
  /** The part, as a result that holds it alone. */
  readonly result: ReadResult;
}

/**
 * Divides what an input held into one part for each series, log, set of windows and table, for
 * Parquet files in folders of Hive's form: `kind=series/device=gpu0/column=power.draw/0`.
 *
 * @param result What {@linkcode readInput} gave.
 * @return The parts. Losses of the whole input and notes go with each.
 *
 * @example
 * ```ts
 * import { partitionsOf, readInput, sourceOf } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const trace = await readInput(sourceOf(
 *   "timestamp, index, power.draw [W]\n2024/03/29 08:43:09.805, 0, 25.09 W\n",
 * ));
 * assert.deepEqual(partitionsOf(trace).map(({ path }) => path), [
 *   "kind=series/device=gpu0/column=power.draw/0",
 * ]);
 * ```
 */
export function partitionsOf(result: ReadResult): Partition[] {
  const empty: ReadResult = { ...result, series: [], requests: [], windows: [], results: [] };
  return [
    ...result.series.map((series, i) => {
      const host = series.device.host === undefined ? "" : `host=${plain(series.device.host)}/`;
      return {
        path: `kind=series/${host}device=${plain(series.device.id)}/column=${
          plain(series.source.column)
        }/${i}`,
        result: { ...empty, series: [series] },
      };
    }),
    ...result.requests.map((log, i) => ({
      path: `kind=requests/${i}`,
      result: { ...empty, requests: [log] },
    })),
    ...result.windows.map((spans, i) => ({
      path: `kind=windows/${i}`,
      result: { ...empty, windows: [spans] },
    })),
    ...result.results.map((table, i) => ({
      path: `kind=results/${i}`,
      result: { ...empty, results: [table] },
    })),
  ];
}

/** A value of a folder's name: what a path could take for something else is escaped as in a URL. */
function plain(value: string): string {
  const escaped = encodeURIComponent(value).replace(/%20/g, " ");
  return escaped === "" || /^\.+$/.test(escaped) ? "__HIVE_DEFAULT_PARTITION__" : escaped;
}
