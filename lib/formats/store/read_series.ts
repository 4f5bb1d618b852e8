import { join } from "node:path";
import type { Loss } from "../../losses.ts";
import { lowerBound } from "../../power/search.ts";
import type { PowerSeries } from "../../power/series.ts";
import type { SeriesPart } from "../flat_parts.ts";
import { openParquetFile } from "../parquet_file.ts";
import type { StoreFile } from "./manifest.ts";
import type { Store, StoredSeries } from "./open_store.ts";
import { columnsOf, seriesColumns, seriesOfColumns } from "../series_columns.ts";

/** A span of time: from a moment on, and before another. */
export interface TimeSpan {
  /** First moment, in seconds on the clock of the data; by default the first there is. */
  readonly fromS?: number;
  /** Moment after the last; by default there is none. */
  readonly toS?: number;
}

/**
 * The readings of a stored series by row groups, in order of time: only one is in memory. Files and
 * row groups that lie outside the span are not read.
 *
 * @param store The store.
 * @param series One of its series.
 * @param span From when to when; by default all.
 * @return Pieces of the series, none of them empty. `dropped` is empty: see the parts of the series.
 * @throws {InputError} `not-found` or `malformed` when a file is missing or damaged.
 */
export async function* storedBatches(
  store: Store,
  series: StoredSeries,
  { fromS = -Infinity, toS = Infinity }: TimeSpan = {},
): AsyncGenerator<PowerSeries> {
  const names = seriesColumns(series.quantity);
  let lastJ = NaN;
  let base = 0;
  for (const part of series.parts) {
    let isFirst = true;
    for (const file of part.files) {
      if (!overlaps(file, fromS, toS)) continue;
      for await (const columns of batchesOf(join(store.dir, file.path), names, fromS, toS)) {
        const resetS = resetsWithin(part, columns[0]!);
        if (series.quantity === "counter") {
          const joules = columns[1]!;
          // Another source begins where its own counter stood: a fall is a restart between the two.
          if (isFirst && joules[0]! + base < lastJ) {
            base = lastJ - joules[0]!;
            resetS.unshift(columns[0]![0]!);
          } else if (isFirst) base = 0;
          if (base !== 0) columns[1] = joules.map((energyJ) => energyJ + base);
          lastJ = columns[1]!.at(-1)!;
        }
        isFirst = false;
        yield seriesOf(store, series, columns, resetS, []);
      }
    }
  }
}

/**
 * The readings of a stored series in a span of time, as one series.
 *
 * @param store The store.
 * @param series One of its series.
 * @param span From when to when; by default all.
 * @return The series, empty when it has no reading in the span. `dropped` is what was lost of the
 *   whole series when it was converted.
 * @throws {InputError} As {@linkcode storedBatches} does.
 */
export async function readStoredSeries(
  store: Store,
  series: StoredSeries,
  span: TimeSpan = {},
): Promise<PowerSeries> {
  const pieces: Float64Array[][] = seriesColumns(series.quantity).map(() => []);
  const resetS: number[] = [];
  for await (const batch of storedBatches(store, series, span)) {
    columnsOf(batch).forEach((column, i) => pieces[i]!.push(column));
    if (batch.quantity === "counter") resetS.push(...batch.resetS ?? []);
  }
  return seriesOf(store, series, pieces.map(joined), resetS, lossesOf(series));
}

/** What was lost of a stored series when its sources were converted. */
export function lossesOf(series: StoredSeries): readonly Loss[] {
  return series.parts.flatMap(({ dropped }) => dropped);
}

function seriesOf(
  store: Store,
  series: StoredSeries,
  columns: readonly Float64Array[],
  resetS: readonly number[],
  dropped: readonly Loss[],
): PowerSeries {
  const source = { ...series.source, path: store.dir };
  return seriesOfColumns({ ...series, source }, columns, resetS, dropped);
}

/** Whether a file may hold something of a span; one that does not say when it ends may. */
export function overlaps({ startS, endS }: StoreFile, fromS: number, toS: number): boolean {
  return !(startS !== null && startS >= toS) && !(endS !== null && endS < fromS);
}

async function* batchesOf(
  path: string,
  names: readonly string[],
  fromS: number,
  toS: number,
): AsyncGenerator<Float64Array[]> {
  const file = await openParquetFile(path);
  try {
    for (const group of file.groups) {
      const range = group.range("timeS");
      if (range !== null && (range.min >= toS || range.max < fromS)) continue;
      const found = await file.read(group, names);
      const columns = names.map((name) => {
        const values = found.get(name) ?? [];
        return values instanceof Float64Array ? values : Float64Array.from(values as number[]);
      });
      const timeS = columns[0]!;
      const from = lowerBound(timeS, fromS);
      const to = lowerBound(timeS, toS);
      if (from < to) {
        yield from === 0 && to === timeS.length
          ? columns
          : columns.map((column) => column.subarray(from, to));
      }
    }
  } finally {
    file.close();
  }
}

function resetsWithin({ resetS = [] }: SeriesPart, timeS: Float64Array): number[] {
  const [first, last] = [timeS[0]!, timeS.at(-1)!];
  return resetS.filter((at) => at >= first && at <= last);
}

function joined(pieces: readonly Float64Array[]): Float64Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Float64Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
