import { InputError } from "../errors.ts";
import { checksumError } from "./checksum_error.ts";
import { hashFile } from "./hash_file.ts";
import { localPath } from "./local_path.ts";
import type { Registry } from "./registry.ts";
import { stateOf } from "./verify.ts";

/** Options of {@linkcode resolveFile}: the data folders to look in, the mirror first. */
export interface ResolveOptions {
  /** A complete local copy of the data, when there is one. */
  readonly mirrorDir?: string;
  /** The folder that `pullFiles` fills. */
  readonly cacheDir?: string;
}

/**
 * The local copy of a registered file, its bytes checked.
 *
 * @param registry Where the file is registered.
 * @param path Its path in the registry.
 * @param options Where copies may lie.
 * @return Path of the first copy found. Throws an `InputError`: `bad-option` for a path that the
 * registry does not have, `not-found` when there is no copy, `checksum` when the copy is not what is
 * registered, `unreadable` when it cannot be read.
 *
 * @example
 * ```ts
 * import { loadRegistry, resolveFile } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(
 *   resolveFile(loadRegistry(), "traces/zeus/summary_train.csv", { cacheDir: "no/such/folder" }),
 *   /no local copy.*datasets pull/,
 * );
 * ```
 */
export async function resolveFile(
  registry: Registry,
  path: string,
  options: ResolveOptions,
): Promise<string> {
  const file = registry.files.find((candidate) => candidate.path === path);
  if (file === undefined) {
    throw new InputError({
      code: "bad-option",
      problem: "the registry has no such file",
      found: path,
      advice: "`datasets list` shows what it has",
    });
  }
  for (const dir of [options.mirrorDir, options.cacheDir]) {
    if (dir === undefined) continue;
    const local = localPath(dir, path);
    const found = await hashFile(local);
    const state = stateOf(file, found);
    if (found === null) continue;
    if (state === "wrong") throw checksumError(local, [file], found);
    return local;
  }
  throw new InputError({
    code: "not-found",
    path,
    problem: "there is no local copy of this file",
    advice: file.origin === "verbatim"
      ? `\`datasets pull ${path}\`, or name a mirror`
      : `name a mirror: the file is ${file.origin}, so its origin cannot be asked for its bytes`,
  });
}
