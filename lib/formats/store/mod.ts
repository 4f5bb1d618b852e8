/**
 * Stores: folders of partitioned Parquet, by device and day, of which a task reads only what it needs.
 *
 * @module
 */

export { type Conversion, convertInputs, type ConvertOptions } from "./convert_input.ts";
export { hiveFolder, isStore } from "./layout.ts";
export type { StoreFile, StorePart, StoreSource } from "./manifest.ts";
export {
  openStore,
  type Store,
  type StoredRequests,
  type StoredSeries,
  type WithFiles,
} from "./open_store.ts";
export { readStoredRequests, type StoredRequestsOptions } from "./read_requests.ts";
export { readStoredSeries, storedBatches, type TimeSpan } from "./read_series.ts";
export type { SeriesFacts, SeriesProgress } from "./series_writer.ts";
export type { StoreTarget } from "./series_writer.ts";
export * from "./sql.ts";
export type { SqlView } from "./sql_views.ts";
export { StoreWriter, type StoreWriterOptions } from "./store_writer.ts";
