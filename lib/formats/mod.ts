/**
 * Readers: one file per on-disk format, each into power series, request logs or windows.
 *
 * @module
 */

export { readArrow, writeArrow } from "./arrow.ts";
export * from "./collect.ts";
export * from "./detect.ts";
export type {
  Part,
  RequestsPart,
  ResultsPart,
  SeriesPart,
  Span,
  WindowsPart,
} from "./flat_parts.ts";
export * from "./format.ts";
export * from "./head.ts";
export { jsonLines, readJsonLines } from "./json_lines.ts";
export * from "./mlperf_run.ts";
export * from "./open.ts";
export { readParquet, writeParquet } from "./parquet.ts";
export * from "./read.ts";
export { secondsOfNanoseconds } from "./scan.ts";
export * from "./series_stats.ts";
export * from "./source.ts";
export * from "./store/mod.ts";
export { formats } from "./table.ts";
