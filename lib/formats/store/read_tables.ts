import { join } from "node:path";
import type { Windows } from "../../requests/windows.ts";
import type { ResultTable } from "../format.ts";
import { parquetResult } from "../parquet.ts";
import type { Store } from "./open_store.ts";

/**
 * All sets of windows of a store.
 *
 * @param store The store.
 * @return The sets.
 */
export async function readStoredWindows(store: Store): Promise<Windows[]> {
  const sets: Windows[] = [];
  for (const { files } of store.windows) {
    for (const { path } of files) {
      sets.push(...(await parquetResult(join(store.dir, path))).windows);
    }
  }
  return sets;
}

/**
 * All tables of results of a store.
 *
 * @param store The store.
 * @return The tables.
 */
export async function readStoredResults(store: Store): Promise<ResultTable[]> {
  const tables: ResultTable[] = [];
  for (const { name, units, files } of store.results) {
    if (files.length === 0) tables.push({ name, units, columns: {} });
    for (const { path } of files) {
      tables.push(...(await parquetResult(join(store.dir, path))).results);
    }
  }
  return tables;
}
