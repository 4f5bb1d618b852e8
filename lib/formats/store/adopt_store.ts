import type { Collector } from "../collect.ts";
import type { ContentKind, ReadOptions } from "../format.ts";
import { openStore } from "./open_store.ts";
import { readStoredLog } from "./read_requests.ts";
import { columnsOf, lossesOf, storedBatches } from "./read_series.ts";
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
    const column = into.column({
      device: series.device,
      clock: series.clock,
      quantity: series.quantity,
      ...(series.reading !== undefined && { reading: series.reading }),
      ...(series.averagingS !== null && { averagingS: series.averagingS }),
      column: series.column,
    });
    for await (const batch of storedBatches(store, series, span)) {
      const [timeS, value, durationS] = columnsOf(batch);
      const resets = new Set(batch.quantity === "counter" ? batch.resetS : []);
      for (let i = 0; i < timeS!.length; i++) {
        if (resets.size > 0 && resets.has(timeS![i]!)) column.startedOver(timeS![i]!);
        column.push(timeS![i]!, value![i]!, undefined, durationS?.[i]);
      }
    }
    for (const loss of lossesOf(series)) {
      column.losses.add(loss.reason, loss.firstLine, loss.example, loss.count);
    }
  }
  if (wants("requests")) {
    for (const part of store.requests) into.requests.push(await readStoredLog(store, part));
  }
  if (wants("windows")) into.windows.push(...await readStoredWindows(store));
  if (wants("results")) into.results.push(...await readStoredResults(store));
  for (const { path, format, dropped, notes } of store.sources) {
    for (const loss of dropped) {
      into.losses.add(loss.reason, loss.firstLine, loss.example, loss.count);
    }
    into.notes.push(...notes, `Converted from ${path} (${format}).`);
  }
}
