import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  columnFromArray,
  CompressionType,
  float64,
  int32,
  setCompressionCodec,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { InputError } from "../errors.ts";
import { flatten, metadataKey, unflatten } from "./flat_table.ts";
import type { ReadResult } from "./format.ts";

/**
 * Writes what an input held as an Arrow IPC file, laid out as {@linkcode writeParquet} does, with the
 * metadata in the schema under the key `joulebook`.
 *
 * @param result What {@linkcode readInput} gave.
 * @return The file.
 *
 * @example
 * ```ts
 * import { readArrow, readInput, sourceOf, writeArrow } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const trace = await readInput(sourceOf(
 *   "timestamp, index, power.draw [W]\n2024/03/29 08:43:09.805, 0, 25.09 W\n",
 * ));
 * assert.deepEqual(readArrow(writeArrow(trace)), trace);
 * ```
 */
export function writeArrow(result: ReadResult): Uint8Array {
  const { columns, metadata } = flatten(result);
  const table = tableFromColumns(columns.map(({ name, type, values }) => [
    name,
    columnFromArray(
      values as Float64Array,
      type === "double" ? float64() : type === "int" ? int32() : utf8(),
    ),
  ]));
  table.schema.metadata = new Map([[metadataKey, metadata]]);
  return tableToIPC(table, { format: "file" })!;
}

// pandas and Polars write Zstandard or LZ4; Node has the first.
setCompressionCodec(CompressionType.ZSTD, {
  encode: (data) => new Uint8Array(zstdCompressSync(data)),
  decode: (data) => new Uint8Array(zstdDecompressSync(data)),
});

/** Columns of an Arrow file by name. */
export interface ArrowColumns {
  /** Rows of the file. */
  readonly rows: number;
  /** Names of the columns, in order. */
  readonly names: readonly string[];
  /** Our own metadata; null in other programs' files. */
  readonly metadata: string | null;
  /** Values of a column; null when there is none of that name. */
  column(name: string): ArrayLike<unknown> | null;
}

/**
 * Reads an Arrow file that Joulebook wrote.
 *
 * @param bytes The file.
 * @param path A name for messages.
 * @return What was written.
 * @throws {InputError} `malformed` when it is damaged, `refused` when another program wrote it.
 */
export function readArrow(bytes: Uint8Array, path = "(memory)"): ReadResult {
  const { rows, metadata, names, column } = arrowColumns(bytes, path);
  const result = metadata === null
    ? null
    : unflatten(metadata, rows, (name) => column(name) as ArrayLike<number> | null);
  if (result === null) {
    throw new InputError({
      code: "refused",
      path,
      problem: "another program wrote this Arrow file: nothing says what its columns mean",
      found: names.join(", "),
      advice: "name its columns: --format arrow --columns time=...,timeFormat=...,value=...,unit=W",
    });
  }
  return result;
}

/**
 * Columns of any Arrow IPC file or stream.
 *
 * @param bytes The file.
 * @param path A name for messages.
 * @return The columns.
 * @throws {InputError} `malformed` when the file is damaged.
 */
export function arrowColumns(bytes: Uint8Array, path: string): ArrowColumns {
  try {
    const table = tableFromIPC(bytes.slice(), { useDate: true, useBigInt: true });
    return {
      rows: table.numRows,
      names: table.schema.fields.map(({ name }) => name),
      metadata: table.schema.metadata?.get(metadataKey) ?? null,
      column(name) {
        const child = table.schema.fields.some((field) => field.name === name)
          ? table.getChild(name)
          : null;
        try {
          return child === null ? null : child.toArray() as ArrayLike<unknown>;
        } catch (cause) {
          throw damaged(path, cause);
        }
      },
    };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): InputError {
  const codec = /Missing compression codec "(\w+)"/.exec(String(cause))?.[1];
  if (codec !== undefined) {
    return new InputError({
      code: "refused",
      path,
      problem: "this Arrow file is compressed in a way that cannot be undone here",
      expected: "no compression, or zstd",
      found: codec,
      advice: "write it again without compression",
      cause,
    });
  }
  return new InputError({
    code: "malformed",
    path,
    problem: "this Arrow file is damaged or cut short",
    advice: "fetch or write it again",
    cause,
  });
}
