/** The folder of a run: where its lists of tasks, parts and logs lie. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { InputError } from "../errors.ts";
import { decodeValue, encodeValue } from "./value_codec.ts";

/** Paths in the folder of a run. */
export class RunFolder {
  /** Its path. */
  readonly path: string;

  /**
   * Names a folder; nothing is made yet.
   *
   * @param path Its path.
   */
  constructor(path: string) {
    this.path = path;
  }

  /** What the run is. */
  get manifestPath(): string {
    return join(this.path, "run.json");
  }

  /** Checksums of inputs, by path, size and time of change. */
  get checksumPath(): string {
    return join(this.path, "checksums.json");
  }

  /** Options and tasks of a list. */
  listPath(list: string): string {
    return join(this.path, "lists", list);
  }

  /** Part of the result that a task made. */
  partPath(taskId: string): string {
    return join(this.path, "parts", `${taskId}.part`);
  }

  /** Why a task failed, in its own words. */
  failurePath(taskId: string): string {
    return join(this.path, "failures", `${taskId}.json`);
  }

  /** A file that belongs to a task and outlives its process. */
  scratchPath(taskId: string, name: string): string {
    return join(this.path, "scratch", `${taskId}.${name}`);
  }

  /** Scripts and logs of Slurm. */
  get slurmPath(): string {
    return join(this.path, "slurm");
  }

  /** Makes the folders. */
  create(): void {
    onDisk(this.path, () => {
      for (const name of ["lists", "parts", "failures", "scratch", "slurm"]) {
        mkdirSync(join(this.path, name), { recursive: true });
      }
    });
  }
}

let written = 0;

/** Writes a file that is there whole or not at all, whoever else writes it at the same time. */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}-${written++}.tmp`;
  onDisk(path, () => {
    try {
      writeFileSync(temporary, bytes);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Writes a value. */
export function writeValue(path: string, value: unknown): void {
  writeWhole(path, encodeValue(value));
}

/** Reads a value; null when there is no such file. */
export function readValue(path: string): unknown {
  const bytes = readIfThere(path);
  return bytes === null ? null : decodeValue(bytes);
}

/** Bytes of a file; null when there is none. */
export function readIfThere(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}

function onDisk(path: string, step: () => void): void {
  try {
    step();
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw new InputError({
      code: "unreadable",
      path,
      problem: code === "ENOSPC"
        ? "the disk is full"
        : `the file cannot be written (${(cause as Error).message})`,
      advice: "check free space and permissions, or choose another folder for the run",
      cause,
    });
  }
}
