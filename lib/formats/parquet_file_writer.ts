import { createHash, type Hash } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { metadataKey } from "./flat_table.ts";
import { compressors } from "./parquet_codecs.ts";

/** A column of a Parquet file that is written by row groups. */
export interface ParquetColumn {
  /** Its name, with the unit in it. */
  readonly name: string;
  /**
   * `time` and `double` are 64-bit floats without nulls, a time with its bytes split into planes,
   * which packs steady steps well; the others take null for a value that is missing.
   */
  readonly type: "time" | "double" | "int" | "number" | "string" | "numbers";
}

/** Values of a column for one row group. */
export type ParquetValues = Float64Array | Int32Array | readonly unknown[];

/** What became of a file. */
export interface WrittenFile {
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 of the content, in hex. */
  readonly sha256: string;
}

/** Writes a Parquet file row group by row group; only one of them is in memory. */
export class ParquetFileWriter {
  readonly #columns: readonly ParquetColumn[];
  readonly #file: AppendingWriter;
  readonly #writer: ParquetWriter;

  /**
   * Begins a file; one of that name is replaced.
   *
   * @param path Where it goes.
   * @param columns Its columns.
   */
  constructor(path: string, columns: readonly ParquetColumn[]) {
    this.#columns = columns;
    this.#file = new AppendingWriter(path);
    this.#writer = new ParquetWriter({
      writer: this.#file,
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.flatMap(({ name, type }) => schemaOf(name, type)),
      ],
      codec: "ZSTD",
      compressors,
      createdBy: "joulebook",
    });
  }

  /**
   * Writes one row group with the statistics of its columns.
   *
   * @param values Values of each column, all of one length.
   */
  write(values: readonly ParquetValues[]): void {
    this.#writer.write({
      rowGroupSize: Math.max(1, values[0]?.length ?? 0),
      columnData: this.#columns.map(({ name, type }, i) => ({
        name,
        data: values[i] as Float64Array,
        ...(type === "time" && { encoding: "BYTE_STREAM_SPLIT" as const }),
      })),
    });
  }

  /**
   * Writes the footer.
   *
   * @param metadata What the file says of itself, under the key `joulebook`.
   * @return Size and digest.
   */
  finish(metadata: string): WrittenFile {
    this.#writer.kvMetadata = [{ key: metadataKey, value: metadata }];
    this.#writer.finish();
    return { bytes: this.#file.offset, sha256: this.#file.hash.digest("hex") };
  }
}

/** Appends to a file, which is open only while it is written to: there may be thousands. */
class AppendingWriter extends ByteWriter {
  readonly hash: Hash = createHash("sha256");
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
    writeFileSync(path, "");
  }

  flush(): void {
    const bytes = this.getBytes();
    this.hash.update(bytes);
    appendFileSync(this.#path, bytes);
    this.index = 0;
    this.buffer = new ArrayBuffer(1024);
    this.view = new DataView(this.buffer);
  }

  override finish(): void {
    this.flush();
  }
}

function schemaOf(name: string, type: ParquetColumn["type"]): SchemaElement[] {
  switch (type) {
    case "time":
    case "double":
      return [{ name, type: "DOUBLE", repetition_type: "REQUIRED" }];
    case "int":
      return [{ name, type: "INT32", repetition_type: "REQUIRED" }];
    case "number":
      return [{ name, type: "DOUBLE", repetition_type: "OPTIONAL" }];
    case "string":
      return [{
        name,
        type: "BYTE_ARRAY",
        converted_type: "UTF8",
        repetition_type: "OPTIONAL",
      }];
    case "numbers":
      return [
        { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "DOUBLE", repetition_type: "REQUIRED" },
      ];
  }
}
