/** Inputs of tasks, named by their content. */

import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { isStore, manifestFolder } from "../formats/store/layout.ts";
import { hashFile } from "../datasets/hash_file.ts";
import { readValue, writeValue } from "./run_folder.ts";

/** A file, or a folder that is one input, with what makes it this one and no other. */
export interface InputFile {
  /** Its path as it was given: it may stand in a result. */
  readonly path: string;
  /** Its size; -1 when there is no such file, which is an input as well. */
  readonly bytes: number;
  /** SHA-256 of its bytes; of a run whose folder is not kept, the time of its last change. */
  readonly content: string;
}

interface Known {
  readonly bytes: number;
  readonly changed: string;
  readonly sha256: string;
}

/**
 * Checksums of inputs. A file is read once; while its size and time of change stay the same, its
 * checksum is taken from a cache.
 */
export class InputFiles {
  readonly #cachePath: string | null;
  readonly #known: Map<string, Known>;
  #isChanged = false;

  /**
   * Reads the cache.
   *
   * @param cachePath Where checksums are kept; null for a run that is not: nothing is hashed then.
   */
  constructor(cachePath: string | null) {
    this.#cachePath = cachePath;
    const kept = cachePath === null ? null : readValue(cachePath);
    this.#known = new Map(Object.entries((kept ?? {}) as Record<string, Known>));
  }

  /**
   * One file.
   *
   * @param path Its path.
   * @return The file with its checksum.
   */
  async of(path: string): Promise<InputFile> {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stat?.isDirectory()) return await this.#ofFolder(path);
    if (stat === undefined || !stat.isFile()) return { path, bytes: -1, content: "none" };
    const bytes = Number(stat.size);
    const changed = String(stat.mtimeNs);
    if (this.#cachePath === null) return { path, bytes, content: changed };
    const known = this.#known.get(path);
    if (known !== undefined && known.bytes === bytes && known.changed === changed) {
      return { path, bytes, content: known.sha256 };
    }
    let sha256: string;
    try {
      sha256 = (await hashFile(path))?.sha256 ?? "none";
    } catch (error) {
      // The task that reads it says why it cannot be read.
      if (!(error instanceof InputError)) throw error;
      return { path, bytes, content: "unreadable" };
    }
    this.#known.set(path, { bytes, changed, sha256 });
    this.#isChanged = true;
    return { path, bytes, content: sha256 };
  }

  /** A folder that is one input: its content is that of its files, of a store what it says of them. */
  async #ofFolder(path: string): Promise<InputFile> {
    const hash = createHash("sha256");
    let bytes = 0;
    const top = isStore(path) ? join(path, manifestFolder) : path;
    for (const name of readdirSync(top, { recursive: true }).map(String).sort()) {
      const below = join(top, name);
      if (!statSync(below).isFile()) continue;
      const file = await this.of(below);
      bytes += file.bytes;
      hash.update(`${name}\n${file.content}\n`);
    }
    return { path, bytes, content: hash.digest("hex") };
  }

  /**
   * Several files, in their order; the cache is kept behind them.
   *
   * @param paths Their paths.
   * @return The files.
   */
  async all(paths: readonly string[]): Promise<InputFile[]> {
    const files: InputFile[] = [];
    for (const path of paths) files.push(await this.of(path));
    if (this.#isChanged && this.#cachePath !== null) {
      writeValue(this.#cachePath, Object.fromEntries(this.#known));
      this.#isChanged = false;
    }
    return files;
  }
}
