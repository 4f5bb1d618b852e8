import { setTimeout as delay } from "node:timers/promises";
import { InputError } from "../errors.ts";
import { hashFile, sameBytes } from "./hash_file.ts";
import { localPath } from "./local_path.ts";
import { openMirror } from "./mirror_source.ts";
import type { DatasetFile, Digest } from "./registry.ts";
import { openUrl, TransientFault } from "./url_source.ts";
import { writeVerified } from "./write_verified.ts";

/**
 * What became of a file: `fetched` from its origin, `copied` from the mirror, `kept` because the
 * right bytes were there already, or `failed`.
 */
export type PullStatus = "fetched" | "copied" | "kept" | "failed";

/** One file's outcome of {@linkcode pullFiles}. */
export interface PullResult {
  /** The registered file. */
  readonly file: DatasetFile;
  /** Where it lies, or would lie. */
  readonly localPath: string;
  /** What became of it. */
  readonly status: PullStatus;
  /** Why it failed, or null. */
  readonly error: InputError | null;
}

/** How far {@linkcode pullFiles} is. */
export interface PullProgress {
  /** The file that moved. */
  readonly file: DatasetFile;
  /** Bytes of it received in this attempt. */
  readonly receivedBytes: number;
  /** Its outcome, or null while it is under way. */
  readonly status: PullStatus | null;
  /** Files finished, well or badly. */
  readonly filesDone: number;
  /** Files asked for. */
  readonly filesTotal: number;
}

/** Options of {@linkcode pullFiles}. */
export interface PullOptions {
  /** Data folder to fill; made when it does not exist. */
  readonly toDir: string;
  /** Copy from this folder and leave the network alone. Default: fetch from the origin. */
  readonly mirrorDir?: string;
  /** Stops the work; its reason is thrown once nothing half-written is left. */
  readonly signal?: AbortSignal;
  /** Files under way at once. Default 4. */
  readonly concurrency?: number;
  /** Attempts at a file whose transfer breaks or whose server is busy. Default 4. */
  readonly attempts?: number;
  /** Wait before the second attempt, in milliseconds; each further one doubles it. Default 500. */
  readonly retryDelayMs?: number;
  /** A server that sends nothing for so many milliseconds has failed. Default 30000. */
  readonly stallMs?: number;
  /** Called whenever bytes arrive and whenever a file is finished. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/**
 * Brings registered files into a data folder. Every file is hashed on its way and appears under its
 * name only when size and SHA-256 are the registered ones; files that are there already are kept, so
 * calling it again goes on where it was interrupted. Two processes may pull the same files at once.
 *
 * A mirror may also give its own version of a file where the registry knows one
 * ({@linkcode DatasetFile.mirrorCopy}). Files whose origin is not `verbatim` come from a mirror only.
 *
 * @param files What to pull.
 * @param options Where to, and from where.
 * @return One result a file, in their order. A file that fails is a result whose `error` has the code
 * `checksum` (other bytes), `unreadable` (HTTP error, broken transfer, disk), `not-found` (not in the
 * mirror) or `refused` (only a mirror can have it, or an unsafe path). Rejects only when aborted.
 *
 * @example
 * ```ts
 * import { findFiles, loadRegistry, pullFiles } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const toDir = await Deno.makeTempDir();
 * const [excerpt] = findFiles(loadRegistry(), "traces/nvidia_smi/sections/*h100-mig__idle__dmon.txt");
 * const [result] = await pullFiles([excerpt!], { toDir });
 * assert.equal(result!.status, "failed");
 * assert.match(result!.error!.message, /is an excerpt/);
 * await Deno.remove(toDir, { recursive: true });
 * ```
 */
export async function pullFiles(
  files: readonly DatasetFile[],
  options: PullOptions,
): Promise<PullResult[]> {
  const results: PullResult[] = [];
  let next = 0;
  let filesDone = 0;
  const silent = new Set<string>();
  const work = async () => {
    while (next < files.length) {
      const index = next++;
      const file = files[index]!;
      const report = (receivedBytes: number, status: PullStatus | null) =>
        options.onProgress?.({
          file,
          receivedBytes,
          status,
          filesDone,
          filesTotal: files.length,
        });
      const result = await settle(file, options, silent, (received) => report(received, null));
      results[index] = result;
      filesDone++;
      report(result.status === "failed" ? 0 : file.bytes, result.status);
    }
  };
  const workers = Array.from({ length: Math.max(1, options.concurrency ?? 4) }, work);
  // Every worker must have cleaned up before the caller hears of an abort.
  for (const end of await Promise.allSettled(workers)) {
    if (end.status === "rejected") throw end.reason;
  }
  return results;
}

async function settle(
  file: DatasetFile,
  options: PullOptions,
  silent: Set<string>,
  onBytes: (received: number) => void,
): Promise<PullResult> {
  options.signal?.throwIfAborted();
  let path = "";
  try {
    path = localPath(options.toDir, file.path);
    const status = await pull(file, path, options, silent, onBytes);
    return { file, localPath: path, status, error: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { file, localPath: path, status: "failed", error };
  }
}

/** `silent` holds the hosts that never answered: a list must not wait for each of its files. */
async function pull(
  file: DatasetFile,
  path: string,
  options: PullOptions,
  silent: Set<string>,
  onBytes: (received: number) => void,
): Promise<PullStatus> {
  const { mirrorDir, signal } = options;
  const accepted: Digest[] = [file];
  if (mirrorDir !== undefined && file.mirrorCopy !== null) accepted.push(file.mirrorCopy);

  const there = await hashFile(path, signal);
  if (there !== null && accepted.some((digest) => sameBytes(digest, there))) return "kept";
  if (mirrorDir === undefined && file.origin !== "verbatim") throw cannotFetch(file);

  const { host } = new URL(file.url);
  const attempts = Math.max(1, options.attempts ?? 4);
  for (let attempt = 1;; attempt++) {
    if (mirrorDir === undefined && silent.has(host)) throw notAsked(file, host);
    try {
      await transfer(path, accepted, file, options, onBytes);
      return mirrorDir === undefined ? "fetched" : "copied";
    } catch (fault) {
      if (!(fault instanceof TransientFault)) throw fault;
      if (attempt >= attempts) {
        if (fault.unreachable) silent.add(host);
        throw fault.error;
      }
      const waitMs = (options.retryDelayMs ?? 500) * 2 ** (attempt - 1);
      await pause(Math.max(waitMs, fault.waitMs), signal);
    }
  }
}

async function transfer(
  path: string,
  accepted: readonly Digest[],
  file: DatasetFile,
  options: PullOptions,
  onBytes: (received: number) => void,
): Promise<void> {
  const source = options.mirrorDir === undefined
    ? await openUrl(file, options.stallMs ?? 30_000, options.signal)
    : await openMirror(file, options.mirrorDir);
  try {
    await writeVerified(path, accepted, source, (received) => {
      options.signal?.throwIfAborted();
      onBytes(received);
    });
  } finally {
    await source.close();
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}

function cannotFetch(file: DatasetFile): InputError {
  const what = {
    verbatim: "",
    excerpt: "is an excerpt of",
    transcribed: "was transcribed from",
    derived: "was derived from",
    unpinned: "is, at a commit that was not recorded,",
  }[file.origin];
  return new InputError({
    code: "refused",
    path: file.path,
    problem:
      `it cannot be fetched: this file ${what} a published one (${file.url}), so its origin does not serve it`,
    advice: "name a mirror that has it (JOULEBOOK_MIRROR for the command line)",
  });
}

function notAsked(file: DatasetFile, host: string): InputError {
  return new InputError({
    code: "unreadable",
    path: file.path,
    problem: `not asked for, since ${host} did not answer for another file`,
    advice: "run it again when the network is better; finished files are kept",
  });
}
