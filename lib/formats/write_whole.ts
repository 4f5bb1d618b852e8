import { createWriteStream, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import type { ReadResult } from "./format.ts";
import { jsonLines } from "./json_lines.ts";

/**
 * How to write what an input held as one file, by the end of the file's name: .parquet, .arrow, .jsonl,
 * .jsonl.gz or .jsonl.zst.
 *
 * @param path The file.
 * @return Writes it; the file is there once it is whole, and not before. Null when the name ends in
 *   nothing of these.
 */
export function writerOf(path: string): ((result: ReadResult) => Promise<void>) | null {
  const write = partialWriterOf(path);
  if (write === null) return null;
  return async (result) => {
    const partial = join(dirname(path), `.${basename(path)}.tmp`);
    try {
      await write(result, partial);
      renameSync(partial, path);
    } finally {
      rmSync(partial, { force: true });
    }
  };
}

function partialWriterOf(
  path: string,
): ((result: ReadResult, partial: string) => Promise<void>) | null {
  if (path.endsWith(".parquet")) {
    return async (result, partial) => {
      const { writeParquet } = await import("./parquet.ts");
      writeFileSync(partial, writeParquet(result));
    };
  }
  if (path.endsWith(".arrow")) {
    return async (result, partial) => {
      const { writeArrow } = await import("./arrow.ts");
      writeFileSync(partial, writeArrow(result));
    };
  }
  const packed = /\.jsonl(\.gz|\.zst)?$/.exec(path);
  if (packed === null) return null;
  return async (result, partial) => {
    const lines = Readable.from(chunks(result));
    const file = createWriteStream(partial);
    if (packed[1] === undefined) await pipeline(lines, file);
    else await pipeline(lines, packed[1] === ".gz" ? createGzip() : createZstdCompress(), file);
  };
}

/** The lines in larger pieces: a stream costs by the piece. */
function* chunks(result: ReadResult): Generator<string> {
  let chunk = "";
  for (const line of jsonLines(result)) {
    chunk += line;
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}
