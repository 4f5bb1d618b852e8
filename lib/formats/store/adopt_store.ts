import { adoptedColumn, adoptLosses, adoptReadings } from "../adopt.ts";
import type { Collector } from "../collect.ts";
import type { ContentKind, ReadOptions } from "../format.ts";
import { openStore } from "./open_store.ts";
import { readStoredLog } from "./read_requests.ts";
import { lossesOf, storedBatches } from "./read_series.ts";
import { readStoredResults, readStoredWindows } from "./read_tables.ts";

/**
 * Reads a store into a collector, by row groups: memory is bounded where the collector's is.
 *
 * @param dir The store.
 * @param into The collector.
 * @param options Kinds, devices and span of time, when not all is wanted.
 */
export async function adoptStore(
  dir: string,
  into: Collector,
  { kinds, devices, fromS, toS }: ReadOptions,
): Promise<void> {
  const store = openStore(dir);
  const wants = (kind: ContentKind): boolean => kinds === undefined || kinds.includes(kind);
  const span = { ...(fromS !== undefined && { fromS }), ...(toS !== undefined && { toS }) };
  for (const series of wants("power") ? store.series : []) {
    if (devices !== undefined && !devices.includes(series.device.id)) continue;
    const column = adoptedColumn(into, series);
    let row = 1;
    for await (const batch of storedBatches(store, series, span)) {
      adoptReadings(column, batch, row);
      row += batch.timeS.length;
    }
    adoptLosses(column.losses, lossesOf(series));
  }
  if (wants("requests")) {
    for (const part of store.requests) into.requests.push(await readStoredLog(store, part));
  }
  if (wants("windows")) into.windows.push(...await readStoredWindows(store));
  if (wants("results")) into.results.push(...await readStoredResults(store));
  for (const { path, format, dropped, notes } of store.sources) {
    adoptLosses(into.losses, dropped);
    into.notes.push(...notes, `Converted from ${path} (${format}).`);
  }
}
