import type { ResultTable } from "./format.ts";

/** Rows of a table of results. */
export function rowsOf(table: ResultTable): number {
  return Object.values(table.columns)[0]?.length ?? 0;
}
