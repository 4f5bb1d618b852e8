import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type RowGroup,
} from "hyparquet";
import { InputError } from "../errors.ts";
import { metadataKey } from "./flat_table.ts";
import { decompressors } from "./parquet_codecs.ts";

/** Rows that lie together in a Parquet file, with what its footer says of them. */
export interface RowGroupInfo {
  /** First row. */
  readonly from: number;
  /** Row after the last. */
  readonly to: number;
  /** Smallest and largest number of a column; null when the footer does not say. */
  range(column: string): { readonly min: number; readonly max: number } | null;
}

/** A Parquet file on disk of which only what is asked for is read. */
export interface ParquetFile {
  /** Rows of the file. */
  readonly rows: number;
  /** Its row groups. */
  readonly groups: readonly RowGroupInfo[];
  /** Our own metadata; null in other programs' files. */
  readonly metadata: string | null;
  /**
   * Values of columns in the rows of one row group: typed for numbers without nulls. A column that
   * the file does not have is absent.
   */
  read(group: RowGroupInfo, columns: readonly string[]): Promise<Map<string, ArrayLike<unknown>>>;
  /** Ends the reading. */
  close(): void;
}

/**
 * Opens a Parquet file: its footer is read, and nothing else.
 *
 * @param path The file.
 * @param name Its name in messages.
 * @return The file; the caller must call `close`.
 * @throws {InputError} `not-found` or `unreadable`, `malformed` when it is damaged.
 */
export async function openParquetFile(path: string, name = path): Promise<ParquetFile> {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch (cause) {
    const missing = (cause as { readonly code?: string }).code === "ENOENT";
    throw new InputError({
      code: missing ? "not-found" : "unreadable",
      path: name,
      problem: missing ? "there is no such file" : "the file cannot be opened",
      advice: missing ? "convert its source again" : "check its permissions",
      cause,
    });
  }
  try {
    const byteLength = fstatSync(handle).size;
    const file: AsyncBuffer = {
      byteLength,
      slice(start, end = byteLength) {
        const bytes = new Uint8Array(end - start);
        let at = 0;
        while (at < bytes.length) {
          const count = readSync(handle, bytes, at, bytes.length - at, start + at);
          if (count === 0) break;
          at += count;
        }
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(file, { initialFetchSize: 1 << 16 });
    const unpack = await decompressors();
    return {
      rows: Number(metadata.num_rows),
      groups: groupsOf(metadata),
      metadata: metadata.key_value_metadata?.find(({ key }) => key === metadataKey)?.value ?? null,
      async read({ from, to }, columns) {
        const names = new Set(metadata.schema.slice(1).map(({ name }) => name));
        const wanted = columns.filter((name) => names.has(name));
        try {
          return await readRows(file, metadata, unpack, from, to, wanted);
        } catch (cause) {
          throw damagedParquet(name, cause);
        }
      },
      close: () => closeSync(handle),
    };
  } catch (cause) {
    closeSync(handle);
    throw damagedParquet(name, cause);
  }
}

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  compressors: Awaited<ReturnType<typeof decompressors>>,
  rowStart: number,
  rowEnd: number,
  columns: string[],
): Promise<Map<string, ArrayLike<unknown>>> {
  const found = new Map<string, ArrayLike<unknown>>();
  await parquetRead({
    file,
    metadata,
    compressors,
    columns,
    rowStart,
    rowEnd,
    onChunk({ columnName, columnData, rowStart: at }) {
      if (at === rowStart && columnData.length === rowEnd - rowStart) {
        found.set(columnName, columnData);
        return;
      }
      const whole = found.get(columnName) ?? emptyLike(columnData, rowEnd - rowStart);
      for (let i = 0; i < columnData.length; i++) {
        (whole as unknown[])[at - rowStart + i] = columnData[i];
      }
      found.set(columnName, whole);
    },
  });
  return found;
}

function emptyLike(chunk: unknown, length: number): ArrayLike<unknown> {
  return chunk instanceof Float64Array
    ? new Float64Array(length)
    : chunk instanceof Int32Array
    ? new Int32Array(length)
    : new Array(length).fill(null);
}

function groupsOf(metadata: FileMetaData): RowGroupInfo[] {
  let row = 0;
  return metadata.row_groups.map((group) => {
    const from = row;
    row += Number(group.num_rows);
    return { from, to: row, range: (column) => rangeOf(group, column) };
  });
}

function rangeOf(group: RowGroup, column: string): { min: number; max: number } | null {
  const statistics = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === column)
    ?.meta_data?.statistics;
  const min = statistics?.min_value;
  const max = statistics?.max_value;
  return typeof min === "number" && typeof max === "number" ? { min, max } : null;
}

/** The error of a Parquet file that cannot be what it was. */
export function damagedParquet(path: string, cause: unknown): InputError {
  return new InputError({
    code: "malformed",
    path,
    problem: "this Parquet file is damaged or cut short",
    advice: "fetch or write it again",
    cause,
  });
}
