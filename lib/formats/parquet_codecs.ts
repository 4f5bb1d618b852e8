import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Compressors as Decompressors } from "hyparquet";
import type { Compressors } from "hyparquet-writer/src/types.js";

/** What compresses Parquet pages: the Zstandard of the runtime. */
export const compressors: Compressors = { ZSTD: zstdCompressSync };

/**
 * What decompresses Parquet pages: the Zstandard of the runtime, which is several times as fast as
 * one in JavaScript, and the library's for the other codecs.
 *
 * @return Decompressors by codec.
 */
export async function decompressors(): Promise<Decompressors> {
  const { compressors: all } = await import("hyparquet-compressors");
  return { ...all, ZSTD: (packed) => zstdDecompressSync(packed) };
}
