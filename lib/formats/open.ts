import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { InputError } from "../errors.ts";
import type { ByteSource, ReadBytes } from "./source.ts";

/**
 * A file as a source; gzip and zstd are recognised by their first bytes and decompressed on the way.
 *
 * @param path Path of the file.
 * @return The source. Nothing but its first four bytes has been read.
 * @throws {InputError} `not-found` or `unreadable`.
 */
export function openFile(path: string): ByteSource {
  const magic = new Uint8Array(4);
  const handle = openHandle(path);
  let bytes: number;
  try {
    const stat = fstatSync(handle);
    if (stat.isDirectory()) {
      throw new InputError({
        code: "unreadable",
        path,
        problem: "this is a folder",
        expected: "a file",
        advice: "name the files in it, or use a command that takes a run folder",
      });
    }
    bytes = stat.size;
    readSync(handle, magic, 0, 4, null);
  } finally {
    closeSync(handle);
  }
  const compression = magic[0] === 0x1f && magic[1] === 0x8b
    ? "gzip"
    : magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd
    ? "zstd"
    : null;
  return {
    path,
    bytes,
    compression,
    open() {
      const file = openHandle(path);
      const raw = (into: Uint8Array): number => readSync(file, into, 0, into.length, null);
      if (compression === null) return { read: raw, close: () => closeSync(file) };
      const inflated = inflate(raw, compression, path);
      return {
        read: inflated.read,
        close() {
          inflated.stop();
          closeSync(file);
        },
      };
    },
  };
}

function openHandle(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    const missing = (cause as { code?: string }).code === "ENOENT";
    throw new InputError({
      code: missing ? "not-found" : "unreadable",
      path,
      problem: missing ? "there is no such file" : "the file cannot be opened",
      advice: missing ? "check the path" : "check its permissions",
      cause,
    });
  }
}

/** Decompresses a byte stream piece by piece. */
function inflate(
  raw: (into: Uint8Array) => number,
  compression: "gzip" | "zstd",
  path: string,
): { read: ReadBytes; stop(): void } {
  const unpack = compression === "gzip" ? createGunzip() : createZstdDecompress();
  const packed = Readable.from((function* () {
    while (true) {
      const part = new Uint8Array(1 << 18);
      const count = raw(part);
      if (count === 0) return;
      yield part.subarray(0, count);
    }
  })());
  // `pipe` leaves errors with the stream they come from; the iterator below raises them.
  const pieces = packed.pipe(unpack)[Symbol.asyncIterator]();
  let piece = new Uint8Array(0);
  return {
    async read(into) {
      while (piece.length === 0) {
        let next: IteratorResult<Uint8Array>;
        try {
          next = await pieces.next();
        } catch (cause) {
          throw new InputError({
            code: "malformed",
            path,
            problem: `the ${compression} stream is damaged or cut short`,
            advice: `check it with ${compression} --test, or fetch it again`,
            cause,
          });
        }
        if (next.done === true) return 0;
        piece = new Uint8Array(next.value);
      }
      const count = Math.min(into.length, piece.length);
      into.set(piece.subarray(0, count));
      piece = piece.subarray(count);
      return count;
    },
    stop() {
      packed.destroy();
      unpack.destroy();
    },
  };
}
