import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import type { Digest } from "./registry.ts";

/**
 * Size and SHA-256 of a file, read as a stream.
 *
 * @param path The file.
 * @param signal Stops the reading; its reason is thrown.
 * @return Its digest, or null when there is no such file. Throws an `InputError` (`unreadable`) when
 * it is there but cannot be read.
 *
 * @example
 * ```ts
 * import { hashFile } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await hashFile("no/such/file"), null);
 * ```
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<Digest | null> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(1 << 16);
    let bytes = 0;
    for (let n = await file.read(buffer); n !== null; n = await file.read(buffer)) {
      signal?.throwIfAborted();
      hash.update(buffer.subarray(0, n));
      bytes += n;
    }
    return { bytes, sha256: hash.digest("hex") };
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw new InputError({
      code: "unreadable",
      path,
      problem: `the file cannot be read (${cause instanceof Error ? cause.message : cause})`,
      advice: "check its type and permissions",
      cause,
    });
  }
}

/** Whether two digests name the same bytes. */
export function sameBytes(a: Digest, b: Digest): boolean {
  return a.bytes === b.bytes && a.sha256 === b.sha256;
}
