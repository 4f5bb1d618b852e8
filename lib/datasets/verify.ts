import { InputError } from "../errors.ts";
import { hashFile, sameBytes } from "./hash_file.ts";
import { localPath } from "./local_path.ts";
import type { DatasetFile, Digest } from "./registry.ts";

/**
 * What a data folder holds for a registered file.
 *
 * - `present`: the registered bytes
 * - `altered`: the mirror's own version, which the registry knows ({@linkcode DatasetFile.mirrorCopy})
 * - `missing`: nothing
 * - `wrong`: other bytes
 * - `unreadable`: something that cannot be read
 */
export type FileState = "present" | "altered" | "missing" | "wrong" | "unreadable";

/** One file's outcome of {@linkcode verifyFiles}. */
export interface VerifyResult {
  /** The registered file. */
  readonly file: DatasetFile;
  /** Where it was looked for. */
  readonly localPath: string;
  /** What is there. */
  readonly state: FileState;
  /** Digest of what is there; null when missing or unreadable. */
  readonly found: Digest | null;
  /** Why it cannot be read, or null. */
  readonly problem: string | null;
}

/** Options of {@linkcode verifyFiles}. */
export interface VerifyOptions {
  /** Data folder to check. */
  readonly dir: string;
  /** Stops the work; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called after each file. */
  readonly onProgress?: (filesDone: number, filesTotal: number) => void;
}

/**
 * Compares the files of a data folder with the registry, byte for byte (SHA-256 and size).
 *
 * @param files What to check.
 * @param options Where.
 * @return One result a file, in their order. A bad file is a result, not an error; an unsafe path
 * throws an `InputError` (`refused`).
 *
 * @example
 * ```ts
 * import { findFiles, loadRegistry, verifyFiles } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const files = findFiles(loadRegistry(), "zeus");
 * const results = await verifyFiles(files, { dir: "no/such/folder" });
 * assert.ok(results.every((result) => result.state === "missing"));
 * ```
 */
export async function verifyFiles(
  files: readonly DatasetFile[],
  options: VerifyOptions,
): Promise<VerifyResult[]> {
  const results: VerifyResult[] = [];
  for (const file of files) {
    results.push(await verifyFile(file, options));
    options.onProgress?.(results.length, files.length);
  }
  return results;
}

async function verifyFile(file: DatasetFile, options: VerifyOptions): Promise<VerifyResult> {
  options.signal?.throwIfAborted();
  const path = localPath(options.dir, file.path);
  try {
    const found = await hashFile(path, options.signal);
    return { file, localPath: path, state: stateOf(file, found), found, problem: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { file, localPath: path, state: "unreadable", found: null, problem: error.problem };
  }
}

/** The state that a digest stands for. */
export function stateOf(file: DatasetFile, found: Digest | null): FileState {
  if (found === null) return "missing";
  if (sameBytes(file, found)) return "present";
  return file.mirrorCopy !== null && sameBytes(file.mirrorCopy, found) ? "altered" : "wrong";
}
