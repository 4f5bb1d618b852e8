import type { Loss } from "../losses.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Windows } from "../requests/windows.ts";
import type { Collector } from "./collect.ts";
import type { Head } from "./head.ts";
import type { ByteSource } from "./source.ts";

/** What a format can hold. */
export type ContentKind = "power" | "requests" | "windows" | "results";

/**
 * How sure a format is that an input is its own.
 *
 * - 0: it is not
 * - 1: it could be, by shape alone
 * - 2: its names are there
 * - 3: a mark that no other format has is there
 */
export type Confidence = 0 | 1 | 2 | 3;

/** One on-disk format: a file in `readers/`. */
export interface Format {
  /** Short name for `--format`, in kebab case. */
  readonly id: string;
  /** What a person calls it. */
  readonly title: string;
  /** What it can hold. */
  readonly kinds: readonly ContentKind[];
  /** Program or standard that writes it. */
  readonly writtenBy: string;
  /** Says how sure it is, from the first few kilobytes. Never throws. */
  detect(head: Head): Confidence;
  /** Reads an input into a collector. Throws InputError when the grammar is broken beyond repair. */
  read(source: ByteSource, into: Collector, options: ReadOptions): void | Promise<void>;
}

/** How to read a table whose columns no format describes. */
export interface ColumnMapping {
  /** Name of the time column, or its number from 1. */
  readonly time: string | number;
  /**
   * How times are written: `s`, `ms`, `us` or `ns` (numbers since the epoch, or since any moment),
   * `iso` (with zone, or local without), or a pattern of YYYY MM DD HH mm ss SSS.
   */
  readonly timeFormat: string;
  /** What number times count from; by default the epoch when they lie after the year 2001. */
  readonly clock?: "epoch" | "monotonic" | "elapsed";
  /** Name or number of the value column. */
  readonly value: string | number;
  /** Unit of the values: power (W, kW, mW, uW) or energy (J, mJ, uJ, Wh, kWh). */
  readonly unit: string;
  /** For energies, whether each value is a running total or the amount since the one before. */
  readonly energy?: "counter" | "interval";
  /** Name or number of a column that tells devices apart. */
  readonly device?: string | number;
  /** What the readings cover; by default `rail`. */
  readonly kind?: PowerSeries["device"]["kind"];
  /** Byte between columns; by default the most frequent of comma, semicolon, tab. */
  readonly delimiter?: string;
}

/** Options of the readers. */
export interface ReadOptions {
  /** Id of the format, when detection should not decide. */
  readonly format?: string;
  /** Mapping for the generic table. */
  readonly columns?: ColumnMapping;
  /**
   * Seconds per output token after the first: derives the end of a request from its first token and
   * its output tokens where a request log records neither. By default such ends are NaN.
   */
  readonly tpotS?: number;
  /** Seconds between readings, for formats whose rows carry no time. */
  readonly intervalS?: number;
  /** Watts for one unit of a raw converter channel: one for all, or one for each. */
  readonly wattsPerUnit?: number | readonly number[];
  /** Supply voltage in volts, for meters that record only a current. */
  readonly volts?: number;
  /** What to read of a store of partitioned Parquet; by default all. */
  readonly kinds?: readonly ContentKind[];
  /** Devices to read of a store, by id or `host/id`; by default all. */
  readonly devices?: readonly string[];
  /** First moment of power readings to read of a store, in seconds on its clock. */
  readonly fromS?: number;
  /** Moment before which they end. */
  readonly toS?: number;
}

/** A table of published or summarised results: never a time series. */
export interface ResultTable {
  /** What the rows are. */
  readonly name: string;
  /** Columns of equal length; numbers in the unit of the same name in `units`. */
  readonly columns: Readonly<Record<string, readonly (number | string | null)[]>>;
  /** Unit of each numeric column that has one. */
  readonly units: Readonly<Record<string, string>>;
}

/** What one input held. */
export interface ReadResult {
  /** Path or name of the input. */
  readonly path: string;
  /** Id of its format. */
  readonly format: string;
  /** Power series, in the order in which their devices first appear. */
  readonly series: readonly PowerSeries[];
  /** Request logs. */
  readonly requests: readonly RequestLog[];
  /** Named windows. */
  readonly windows: readonly Windows[];
  /** Summaries. */
  readonly results: readonly ResultTable[];
  /** Losses that belong to no one series or log. */
  readonly dropped: readonly Loss[];
  /** What the reader settled or noticed, one sentence each. */
  readonly notes: readonly string[];
}
