import { type ColumnTable, table } from "arquero";
import { InputError } from "../errors.ts";
import { type RequestLog, requestLog } from "../requests/log.ts";
import { pickRequests } from "../requests/pick.ts";
import type { DataFrame } from "./data_frame.ts";

/**
 * An Arquero table of a danfo.js data frame. Columns of numbers become Float64Array, with NaN for
 * what is missing.
 *
 * @param frame The data frame; not changed.
 * @return The table, with the frame's columns and rows in its order; row labels are left out.
 *
 * @example
 * ```ts
 * import { fromDanfo } from "@joulebook/joulebook/danfo";
 * import assert from "node:assert/strict";
 *
 * // As danfo.js holds it.
 * const frame = { shape: [2, 1], columns: ["energyJ"], index: [0, 1], values: [[1.5], [null]] };
 * const table = fromDanfo(frame);
 * assert.equal(table.get("energyJ", 0), 1.5);
 * assert.ok(Number.isNaN(table.get("energyJ", 1)));
 * ```
 */
export function fromDanfo(frame: DataFrame): ColumnTable {
  return table(frame.columns.map((name) => [name, columnOf(frame, name)]));
}

/**
 * The request log of a data frame that {@linkcode toDanfo} made of one, after rows were taken out or
 * sorted, or times, counts and success changed. Token times, replicas and ids follow the row labels.
 *
 * @param frame The data frame; its labels are rows of the log.
 * @param log The log that it came from.
 * @return The log, with the frame's rows.
 * @throws {InputError} `refused` when a label is no row of the log, or the frame's own columns are
 *   not there.
 *
 * @example
 * ```ts
 * import { requestsFromDanfo } from "@joulebook/joulebook/danfo";
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({ submitS: Float64Array.of(0, 1, 2) });
 * // The first row was taken out.
 * const frame = { shape: [2, 1], columns: ["submitS"], index: [1, 2], values: [[1], [2]] };
 * assert.deepEqual([...requestsFromDanfo(frame, log).submitS], [1, 2]);
 * ```
 */
export function requestsFromDanfo(frame: DataFrame, log: RequestLog): RequestLog {
  const rows = frame.index.map(Number);
  const length = log.submitS.length;
  const stray = frame.index.find((_label, i) => {
    const row = rows[i]!;
    return !(Number.isInteger(row) && row >= 0 && row < length);
  });
  if (stray !== undefined) {
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem: "a row of the data frame is no request of the log",
      expected: `row labels from 0 to ${length - 1}, as toDanfo gave them`,
      found: String(stray),
      advice: "keep the index when filtering and sorting; do not reset it",
    });
  }
  const numbers = (name: NumberColumn) => {
    if (!frame.columns.includes(name)) return {};
    const column = columnOf(frame, name);
    if (column instanceof Float64Array) return { [name]: column };
    throw new InputError({
      code: "refused",
      path: log.source.path,
      problem: `the column ${name} of the data frame does not hold numbers`,
      advice: "change its cells to numbers, or leave the column out to keep the log's",
    });
  };
  return requestLog({
    ...pickRequests(log, rows),
    ...numbers("submitS"),
    ...numbers("firstTokenS"),
    ...numbers("endS"),
    ...numbers("inputTokens"),
    ...numbers("outputTokens"),
    ...numbers("cachedTokens"),
    ...successOf(frame),
  });
}

type NumberColumn =
  | "submitS"
  | "firstTokenS"
  | "endS"
  | "inputTokens"
  | "outputTokens"
  | "cachedTokens";

function successOf(frame: DataFrame): { readonly success?: Uint8Array } {
  if (!frame.columns.includes("success")) return {};
  // Flags, or the 0 and 1 that sums and means make of them.
  return { success: Uint8Array.from(columnOf(frame, "success"), (flag) => flag ? 1 : 0) };
}

function columnOf(frame: DataFrame, name: string): Float64Array | unknown[] {
  const at = frame.columns.indexOf(name);
  // A frame of one column holds its cells bare.
  const cells = (frame.values as readonly unknown[])
    .map((row) => Array.isArray(row) ? row[at] as unknown : row);
  const numeric = cells.every((cell) => typeof cell === "number" || cell === null) &&
    cells.some((cell) => typeof cell === "number");
  return numeric ? Float64Array.from(cells, (cell) => cell === null ? NaN : cell as number) : cells;
}
