import * as v from "valibot";
import { adoptedColumn, adoptLosses, adoptReadings } from "./adopt.ts";
import type { Collector } from "./collect.ts";
import { type Part, type SeriesPart, type Stored, storedSchema } from "./flat_parts.ts";
import { openParquetFile, type ParquetFile } from "./parquet_file.ts";
import { seriesColumns, seriesOfColumns } from "./series_columns.ts";

/**
 * Reads a Parquet file that Joulebook wrote into a collector, a row group at a time, where it holds
 * power series and nothing else: they may be longer than memory.
 *
 * @param path The file.
 * @param name Its name in messages.
 * @param into The collector.
 * @return Whether it did; false, with nothing read, for any other file.
 * @throws {InputError} `malformed` when the file is damaged.
 */
export async function adoptParquetSeries(
  path: string,
  name: string,
  into: Collector,
): Promise<boolean> {
  const file = await openParquetFile(path, name);
  try {
    const stored = storedOf(file);
    if (stored === null || !isSeries(stored.parts)) return false;
    for (const part of stored.parts) {
      const column = adoptedColumn(into, part);
      await adoptPart(file, part, (piece, row) => adoptReadings(column, piece, row));
      adoptLosses(column.losses, part.dropped);
    }
    adoptLosses(into.losses, stored.dropped);
    into.notes.push(...stored.notes, `Converted from ${stored.path} (${stored.format}).`);
    return true;
  } finally {
    file.close();
  }
}

function storedOf({ metadata, rows }: ParquetFile): Stored | null {
  try {
    const stored = v.parse(storedSchema, JSON.parse(metadata ?? "")) as unknown as Stored;
    return stored.parts.every(({ from, to }) => from <= to && to <= rows) ? stored : null;
  } catch {
    return null;
  }
}

function isSeries(parts: readonly Part[]): parts is readonly SeriesPart[] {
  return parts.every(({ kind }) => kind === "series");
}

async function adoptPart(
  file: ParquetFile,
  part: SeriesPart,
  take: (piece: ReturnType<typeof seriesOfColumns>, row: number) => void,
): Promise<void> {
  const names = seriesColumns(part.quantity);
  for (const group of file.groups) {
    const from = Math.max(part.from, group.from);
    const to = Math.min(part.to, group.to);
    if (from >= to) continue;
    const found = await file.read(group, names);
    const columns = names.map((name) => {
      const values = (found.get(name) ?? []) as ArrayLike<number | null>;
      return Float64Array.from(
        { length: to - from },
        (_unused, i) => values[from - group.from + i] ?? NaN,
      );
    });
    take(
      seriesOfColumns(part, columns, part.resetS ?? [], []),
      from - part.from + 1,
    );
  }
}
