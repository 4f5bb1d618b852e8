import { basename, dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { checksumError } from "./checksum_error.ts";
import { sameBytes } from "./hash_file.ts";
import type { Digest } from "./registry.ts";

/** Bytes on their way from a URL or a mirror. */
export interface ByteSource {
  /** The next piece, or null at the end. Throws what the caller should see when the source fails. */
  read(): Promise<Uint8Array | null>;
  /** Lets go of the connection or file; called once. */
  close(): Promise<void>;
}

/**
 * Writes a source to a file that appears whole and right, or not at all: into a temporary file of
 * the same folder, hashed on the way, then renamed. Renaming replaces in one step, so a second
 * process that pulls the same file neither sees a half nor breaks this one.
 */
export async function writeVerified(
  target: string,
  accepted: readonly Digest[],
  source: ByteSource,
  onBytes: (received: number) => void,
): Promise<void> {
  const { temporary, file } = await onDisk(target, () => openTemporary(target));
  let renamed = false;
  try {
    try {
      const found = await copy(target, accepted, source, file, onBytes);
      if (!accepted.some((digest) => sameBytes(digest, found))) {
        throw checksumError(target, accepted, found);
      }
      await onDisk(target, () => file.syncData());
    } finally {
      file.close();
    }
    await onDisk(target, () => Deno.rename(temporary, target));
    renamed = true;
  } finally {
    if (!renamed) await onDisk(temporary, () => Deno.remove(temporary));
  }
}

async function copy(
  target: string,
  accepted: readonly Digest[],
  source: ByteSource,
  file: Deno.FsFile,
  onBytes: (received: number) => void,
): Promise<Digest> {
  const most = Math.max(...accepted.map(({ bytes }) => bytes));
  const hash = createHash("sha256");
  let bytes = 0;
  for (let piece = await source.read(); piece !== null; piece = await source.read()) {
    bytes += piece.length;
    // An endless body must not fill the disk before its hash is known to be wrong.
    if (bytes > most) {
      throw new InputError({
        code: "checksum",
        path: target,
        problem: "the bytes are not the registered ones (size differs)",
        expected: accepted.map((digest) => `${digest.bytes} bytes`).join(" or "),
        found: `more than ${most} bytes`,
        advice: "the origin or the mirror has changed, or answers with another page",
      });
    }
    hash.update(piece);
    const whole = piece;
    await onDisk(target, async () => {
      for (let at = 0; at < whole.length;) at += await file.write(whole.subarray(at));
    });
    onBytes(bytes);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Opens a file that no other process has; the number only makes the name new, it means nothing. */
async function openTemporary(target: string): Promise<{ temporary: string; file: Deno.FsFile }> {
  await Deno.mkdir(dirname(target), { recursive: true });
  for (let n = 0;; n++) {
    const temporary = join(dirname(target), `.${basename(target)}.${Deno.pid}-${n}.part`);
    try {
      return { temporary, file: await Deno.open(temporary, { write: true, createNew: true }) };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/** Runs a step on the local disk and says so when it fails: full, read-only, not a folder. */
async function onDisk<T>(target: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new InputError({
      code: "unreadable",
      path: target,
      problem: `the file cannot be written (${cause instanceof Error ? cause.message : cause})`,
      advice: "check the folder's permissions and free space, or choose another folder",
      cause,
    });
  }
}
