/**
 * Fills a buffer with the next bytes of an input.
 *
 * @param into The buffer, filled from its start.
 * @return How many bytes were written; 0 at the end.
 */
export type ReadBytes = (into: Uint8Array) => number | Promise<number>;

/** An input as a stream of bytes that can be read more than once. */
export interface ByteSource {
  /** Path or name, for messages. */
  readonly path: string;
  /** Size in bytes as stored; null when it cannot be known. */
  readonly bytes: number | null;
  /** `gzip` or `zstd` when the bytes are decompressed on the way, else null. */
  readonly compression: "gzip" | "zstd" | null;
  /** Path of a file on disk that holds the bytes as they are; absent for all else. */
  readonly file?: string;
  /** Starts reading from the beginning. The caller must call `close` when done. */
  open(): { readonly read: ReadBytes; close(): void };
}

/**
 * Bytes in memory as a source.
 *
 * @param bytes The bytes, or text to be encoded as UTF-8.
 * @param path A name for messages.
 * @return The source.
 *
 * @example
 * ```ts
 * import { readInput, sourceOf } from "@joulebook/joulebook/formats";
 * import assert from "node:assert/strict";
 *
 * const { series } = await readInput(sourceOf(
 *   "timestamp, index, power.draw [W]\n2024/03/29 08:43:09.805, 0, 25.09 W\n",
 *   "power.csv",
 * ));
 * assert.equal(series[0]!.device.id, "gpu0");
 * ```
 */
export function sourceOf(bytes: Uint8Array | string, path = "(memory)"): ByteSource {
  const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return {
    path,
    bytes: content.length,
    compression: null,
    open() {
      let at = 0;
      return {
        read(into) {
          const part = content.subarray(at, at + into.length);
          into.set(part);
          at += part.length;
          return part.length;
        },
        close() {},
      };
    },
  };
}

/**
 * The first bytes of a source.
 *
 * @param source The source.
 * @param limit How many bytes at most.
 * @return The bytes; fewer than `limit` only when the source is shorter.
 */
export async function firstBytes(source: ByteSource, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit);
  const input = source.open();
  try {
    return buffer.subarray(0, await fill(input.read, buffer, 0));
  } finally {
    input.close();
  }
}

/**
 * All bytes of a source.
 *
 * @param source The source.
 * @return The bytes.
 */
export async function allBytes(source: ByteSource): Promise<Uint8Array> {
  let buffer = new Uint8Array(source.compression === null ? (source.bytes ?? 65_536) + 1 : 1 << 20);
  let length = 0;
  const input = source.open();
  try {
    while (true) {
      length = await fill(input.read, buffer, length);
      if (length < buffer.length) return buffer.subarray(0, length);
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
  } finally {
    input.close();
  }
}

/** Reads until a buffer is full or the input ends; returns the new length. */
async function fill(read: ReadBytes, buffer: Uint8Array, from: number): Promise<number> {
  let length = from;
  while (length < buffer.length) {
    const got = read(buffer.subarray(length));
    const count = typeof got === "number" ? got : await got;
    if (count === 0) break;
    length += count;
  }
  return length;
}
