import { type ColumnTable, table } from "arquero";
import { columnsOf, type Tabular } from "./columns.ts";

/**
 * An Arquero table of a series, a log, windows or results, to filter, join, roll up and print.
 *
 * @param source What was read.
 * @return The table, with the columns of {@linkcode columnsOf}; it shares their memory.
 *
 * @example
 * ```ts
 * import { requestLog } from "@joulebook/joulebook/requests";
 * import { toTable } from "@joulebook/joulebook/tables";
 * import { op } from "arquero";
 * import assert from "node:assert/strict";
 *
 * const log = requestLog({
 *   submitS: Float64Array.of(0, 1, 2),
 *   outputTokens: Float64Array.of(5, 500, 7),
 * });
 * const short = toTable(log).filter((d: { outputTokens: number }) => d.outputTokens < 100);
 * assert.equal(short.rollup({ tokens: op.sum("outputTokens") }).get("tokens", 0), 12);
 * ```
 */
export function toTable(source: Tabular): ColumnTable {
  return table(Object.entries(columnsOf(source)));
}
