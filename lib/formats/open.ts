import { closeSync, openSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { InputError } from "../errors.ts";
import type { ByteSource, ReadBytes } from "./source.ts";

/**
 * A file as a source; gzip and zstd are recognised by their first bytes and decompressed on the way.
 *
 * @param path Path of the file.
 * @return The source; `/dev/null` is empty. Nothing but its first four bytes has been read.
 * @throws {InputError} `not-found`, or `unreadable` for what is no regular file.
 */
export function openFile(path: string): ByteSource {
  const stat = statOf(path);
  if (!stat.isFile()) {
    // The one device that ends, and at once.
    if (stat.isCharacterDevice() && realpathSync(path) === "/dev/null") return nothing(path);
    throw notRegular(path, stat);
  }
  const magic = new Uint8Array(4);
  const handle = openHandle(path);
  try {
    readBytes(handle, magic, path);
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
    bytes: stat.size,
    compression,
    ...(compression === null && { file: path }),
    open() {
      const file = openHandle(path);
      const raw = (into: Uint8Array): number => readBytes(file, into, path);
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

function nothing(path: string): ByteSource {
  return { path, bytes: 0, compression: null, open: () => ({ read: () => 0, close() {} }) };
}

// Asked before opening: to open a named pipe is to wait for its writer.
function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function notRegular(path: string, stat: Stats): InputError {
  if (stat.isDirectory()) {
    return new InputError({
      code: "unreadable",
      path,
      problem: "this is a folder",
      expected: "a file",
      advice: "name the files in it, or use a command that takes a run folder",
    });
  }
  const kind = stat.isFIFO() ? "a pipe" : stat.isSocket() ? "a socket" : "a device";
  return new InputError({
    code: "unreadable",
    path,
    problem: `${kind} cannot be read twice`,
    expected: "a file",
    advice: "write it to a file first",
  });
}

function openHandle(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function readBytes(handle: number, into: Uint8Array, path: string): number {
  try {
    return readSync(handle, into, 0, into.length, null);
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw new InputError({
      code: "unreadable",
      path,
      problem: `reading it failed (${code ?? (cause as Error).message})`,
      advice: "check the disk, or copy the file and read the copy",
      cause,
    });
  }
}

function unreadable(path: string, cause: unknown): InputError {
  const { code } = cause as { readonly code?: string };
  const missing = code === "ENOENT";
  return new InputError({
    code: missing ? "not-found" : "unreadable",
    path,
    problem: missing
      ? "there is no such file"
      : code === "ELOOP"
      ? "its links lead in a circle"
      : "the file cannot be opened",
    advice: missing || code === "ELOOP" ? "check the path" : "check its permissions",
    cause,
  });
}

/** Decompresses a byte stream piece by piece. */
function inflate(
  raw: (into: Uint8Array) => number,
  compression: "gzip" | "zstd",
  path: string,
): { read: ReadBytes; stop(): void } {
  const unpack = compression === "gzip" ? createGunzip() : createZstdDecompress();
  let failed: unknown = null;
  const packed = Readable.from((function* () {
    while (true) {
      const part = new Uint8Array(1 << 18);
      let count: number;
      try {
        count = raw(part);
      } catch (cause) {
        // A stream does not hand on why its source failed: it is kept here, and the packed bytes end.
        failed = cause;
        return;
      }
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
          if (failed !== null) throw failed;
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
