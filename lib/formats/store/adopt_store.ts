import { InputError } from "../../errors.ts";
import type { Device } from "../../power/device.ts";
import { deviceNames, isDevice } from "../../power/device_name.ts";
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
  const isWanted = (device: Device): boolean =>
    devices === undefined || devices.some((name) => isDevice(device, name));
  const held = wants("power") ? store.series : [];
  const chosen = held.filter(({ device }) => isWanted(device));
  if (held.length > 0 && chosen.length === 0) {
    throw new InputError({
      code: "bad-option",
      path: dir,
      problem: "no series of this folder is of the device asked for",
      expected: `one of ${[...new Set(deviceNames(held.map(({ device }) => device)))].join(", ")}`,
      found: devices!.join(", "),
    });
  }
  for (const series of chosen) {
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
