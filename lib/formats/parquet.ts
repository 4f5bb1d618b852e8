import { readFileSync } from "node:fs";
import { parquetMetadata, parquetRead } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { InputError } from "../errors.ts";
import { flatten, metadataKey, unflatten } from "./flat_table.ts";
import type { ReadResult } from "./format.ts";
import { decompressors } from "./parquet_codecs.ts";
import { damagedParquet } from "./parquet_file.ts";

/**
 * Writes what an input held as a Parquet file: one row a reading, request, window or result, units in
 * the names of the columns, and devices, clocks, losses and notes as JSON in the file's metadata
 * under the key `joulebook`.
 *
 * @param result What {@linkcode readInput} gave.
 * @return The file, compressed with Snappy.
 *
 * @example
 * ```ts
 * import { readInput, readParquet, sourceOf, writeParquet } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const trace = await readInput(sourceOf(
 *   "timestamp, index, power.draw [W]\n2024/03/29 08:43:09.805, 0, 25.09 W\n",
 * ));
 * assert.deepEqual(await readParquet(writeParquet(trace)), trace);
 * ```
 */
export function writeParquet(result: ReadResult): Uint8Array {
  const { columns, metadata } = flatten(result);
  const file = parquetWriteBuffer({
    columnData: columns.map(({ name, type, values }) => ({
      name,
      data: values as Float64Array,
      type: type === "double" ? "DOUBLE" : type === "int" ? "INT32" : "STRING",
      nullable: !ArrayBuffer.isView(values),
    })),
    kvMetadata: [{ key: metadataKey, value: metadata }],
    createdBy: "joulebook",
    rowGroupSize: 1_000_000,
  });
  return new Uint8Array(file);
}

/** Columns of a Parquet file by name, with what they are. */
export interface ParquetColumns {
  /** Rows of the file. */
  readonly rows: number;
  /** Names of the columns, in order. */
  readonly names: readonly string[];
  /** Our own metadata; null in other programs' files. */
  readonly metadata: string | null;
  /** Values by name: typed for numbers without nulls. */
  readonly columns: ReadonlyMap<string, ArrayLike<unknown>>;
}

/**
 * Reads a Parquet file that Joulebook wrote.
 *
 * @param bytes The file.
 * @param path A name for messages.
 * @return What was written.
 * @throws {InputError} `malformed` when it is damaged, `refused` when another program wrote it.
 */
export async function readParquet(bytes: Uint8Array, path = "(memory)"): Promise<ReadResult> {
  const { rows, metadata, columns } = await parquetColumns(bytes, path);
  const result = metadata === null
    ? null
    : unflatten(metadata, rows, (name) => (columns.get(name) ?? null) as ArrayLike<number> | null);
  if (result === null) {
    throw new InputError({
      code: "refused",
      path,
      problem: "another program wrote this Parquet file: nothing says what its columns mean",
      found: [...columns.keys()].join(", "),
      advice:
        "name its columns: --format parquet --columns time=...,timeFormat=...,value=...,unit=W",
    });
  }
  return result;
}

/** What a Parquet file on disk held, when Joulebook wrote it. */
export async function parquetResult(path: string): Promise<ReadResult> {
  return await readParquet(readFileSync(path), path);
}

/**
 * Columns of any Parquet file of plain columns.
 *
 * @param bytes The file.
 * @param path A name for messages.
 * @param wanted Names of the columns to read; all by default.
 * @return The columns.
 * @throws {InputError} `malformed` when the file is damaged.
 */
export async function parquetColumns(
  bytes: Uint8Array,
  path: string,
  wanted?: readonly string[],
): Promise<ParquetColumns> {
  // The library takes a whole buffer, which a view may be only a part of.
  const file = bytes.slice().buffer;
  try {
    const metadata = parquetMetadata(file);
    const rows = Number(metadata.num_rows);
    const columns = new Map<string, unknown[] | Float64Array | Int32Array>();
    const fields = metadata.schema.slice(1).filter(({ num_children }) =>
      num_children === undefined
    );
    const names = fields.map(({ name }) => name);
    for (const { name, type, repetition_type: repetition } of fields) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const plain = repetition === "REQUIRED";
      columns.set(
        name,
        plain && type === "DOUBLE"
          ? new Float64Array(rows)
          : plain && type === "INT32"
          ? new Int32Array(rows)
          : new Array<unknown>(rows).fill(null),
      );
    }
    await parquetRead({
      file,
      metadata,
      compressors: await decompressors(),
      ...(wanted !== undefined && { columns: [...wanted] }),
      onChunk({ columnName, columnData, rowStart }) {
        const column = columns.get(columnName);
        if (column === undefined) return;
        if (ArrayBuffer.isView(column) && ArrayBuffer.isView(columnData)) {
          column.set(columnData as unknown as Float64Array, rowStart);
          return;
        }
        for (let i = 0; i < columnData.length; i++) {
          (column as unknown[])[rowStart + i] = columnData[i] ?? null;
        }
      },
    });
    return {
      rows,
      names,
      metadata: metadata.key_value_metadata?.find(({ key }) => key === metadataKey)?.value ?? null,
      columns,
    };
  } catch (cause) {
    throw damagedParquet(path, cause);
  }
}
