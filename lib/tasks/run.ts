import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { InputError } from "../errors.ts";
import { cutEvenly } from "./cut.ts";
import type { TaskState } from "./engines/engine.ts";
import { workersEngine } from "./engines/workers.ts";
import type { TaskFailure } from "./failure.ts";
import { InputFiles } from "./input_file.ts";
import { loadKind } from "./kind.ts";
import { takeLock } from "./lock.ts";
import { readParts, stateOfParts } from "./part_file.ts";
import { ProgressCounter } from "./progress.ts";
import { readValue, RunFolder, writeValue } from "./run_folder.ts";
import type { RunManifest, RunOptions, UnitList } from "./run_options.ts";
import { makeTasks, type Task } from "./task.ts";
import { writeList } from "./task_list.ts";
import { version } from "./version.ts";

/**
 * Opens the folder of a run, or makes it.
 *
 * @param options Folder, engine, limits.
 * @return The run; close it when done.
 * @throws {InputError} `refused` when the folder is of another command, or another process works on
 *   it.
 *
 * @example
 * ```ts
 * import { inspectKindUrl, openRun } from "@joulebook/joulebook/tasks";
 * import assert from "node:assert/strict";
 *
 * const run = openRun({ command: "inspect", jobs: 1 });
 * const units = await run.inputs.all(["datasets/example/power.csv"]);
 * const parts = await run.map({ list: "inspect", module: inspectKindUrl, options: {}, units });
 * run.close();
 * assert.equal((parts[0] as { format: string }).format, "nvidia-smi-query");
 * ```
 */
export function openRun(options: RunOptions): TaskRun {
  const kept = options.dir !== undefined;
  const folder = new RunFolder(options.dir ?? mkdtempSync(join(tmpdir(), "joulebook-")));
  folder.create();
  const unlock = takeLock(join(folder.path, "lock"));
  try {
    const before = readManifest(folder.path);
    if (before !== null && before.command !== options.command) {
      throw new InputError({
        code: "refused",
        path: folder.path,
        problem: "the folder holds a run of another command",
        expected: options.command,
        found: before.command,
        advice: "give another folder to --run",
      });
    }
    const manifest: RunManifest = {
      version,
      command: options.command,
      args: options.args ?? [],
      workingDir: process.cwd(),
    };
    writeValue(folder.manifestPath, manifest);
    return new TaskRun(folder, options, () => {
      unlock();
      if (!kept) rmSync(folder.path, { recursive: true, force: true });
    });
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * What a folder's run is.
 *
 * @param dir The folder.
 * @return Its manifest; null when it is not the folder of a run.
 */
export function readManifest(dir: string): RunManifest | null {
  return existsSync(dir) ? readValue(new RunFolder(dir).manifestPath) as RunManifest | null : null;
}

/** A run: lists of tasks, placed and put together. */
export class TaskRun {
  /** Its folder. */
  readonly folder: RunFolder;
  /** Checksums of its inputs. */
  readonly inputs: InputFiles;
  readonly #options: RunOptions;
  readonly #onClose: () => void;
  #peakBytes = 0;

  /** Use {@linkcode openRun}. */
  constructor(folder: RunFolder, options: RunOptions, onClose: () => void) {
    this.folder = folder;
    this.inputs = new InputFiles(options.dir === undefined ? null : folder.checksumPath);
    this.#options = options;
    this.#onClose = onClose;
  }

  /**
   * Largest memory of a process that ran tasks, in bytes; 0 while none has ended, and with Slurm, whose
   * own accounts tell it.
   */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Lets go of the folder; one that is not kept is removed. */
  close(): void {
    this.#onClose();
  }

  /**
   * Computes all units.
   *
   * @param list What to compute.
   * @return The parts in the order of the units.
   * @throws {InputError} That of the first unit that cannot be computed, or `refused` naming what is
   *   missing.
   */
  async map<Part, Options, Unit>(list: UnitList<Options, Unit>): Promise<Part[]> {
    const parts: Part[] = [];
    for await (const part of this.stream<Part, Options, Unit>(list)) parts.push(part);
    return parts;
  }

  /**
   * Computes all units, then hands out their parts one by one: for results larger than memory.
   *
   * @param list What to compute.
   * @return The parts in the order of the units.
   * @throws {InputError} As {@linkcode TaskRun.map}.
   */
  async *stream<Part, Options, Unit>(list: UnitList<Options, Unit>): AsyncGenerator<Part> {
    const { options, units } = list;
    const kind = await loadKind(list.module);
    const weights = list.weights ?? units.map(() => 1);
    const starts = this.#options.cut?.(weights) ?? cutEvenly(weights, list);
    const tasks = makeTasks(kind, options, units, weights, starts);
    writeList(this.folder, list.list, {
      module: list.module,
      options,
      places: list.places ?? null,
    }, tasks);
    await this.#complete(list.list, tasks);
    for (const task of tasks) {
      const parts = readParts(this.folder.partPath(task.id), task.id);
      if (parts === null || parts === "corrupt") throw this.#missing(list.list, tasks, new Map());
      yield* parts as readonly Part[];
    }
  }

  /** Places tasks until the parts of all are there and whole. */
  async #complete(list: string, tasks: readonly Task[]): Promise<void> {
    const { onProgress, onNote = () => {} } = this.#options;
    const engine = this.#options.engine ?? workersEngine;
    const attempts = this.#options.attempts ?? 3;
    const signal = this.#options.signal ?? new AbortController().signal;
    // A part may be damaged while others are made, so that one look is not enough.
    for (let round = 0; round < attempts; round++) {
      const waiting = this.#waiting(tasks, onNote);
      const isWaiting = new Set(waiting);
      const states = tasks.map((_, i): TaskState => isWaiting.has(i) ? "waiting" : "done");
      const counter = new ProgressCounter(
        list,
        tasks.map(({ weight }) => weight),
        states,
        () => performance.now() / 1000,
      );
      onProgress?.(counter.report());
      if (waiting.length === 0) {
        this.#clean(tasks);
        return;
      }
      const failures = await engine.place({
        folder: this.folder,
        list,
        tasks,
        waiting,
        jobs: this.#options.jobs ?? engine.defaultJobs,
        attempts,
        signal,
        onState: (number, state) => {
          counter.set(number, state);
          onProgress?.(counter.report());
        },
        onPeak: (bytes) => this.#peakBytes = Math.max(this.#peakBytes, bytes),
        onNote,
      });
      if (signal.aborted) throw this.#stopped(list, tasks);
      if (failures.size > 0) throw this.#missing(list, tasks, failures);
    }
    if (this.#waiting(tasks, onNote).length > 0) throw this.#missing(list, tasks, new Map());
  }

  /** Tasks without a whole part; a damaged one is removed. */
  #waiting(tasks: readonly Task[], onNote: (note: string) => void): number[] {
    return tasks.flatMap((task, number) => {
      const path = this.folder.partPath(task.id);
      const state = stateOfParts(path);
      if (state === "corrupt") {
        onNote(`${path} is damaged and is made anew`);
        rmSync(path, { force: true });
      }
      return state === "whole" ? [] : [number];
    });
  }

  /** Removes what processes that were killed left half written. */
  #clean(tasks: readonly Task[]): void {
    const ids = new Set(tasks.map(({ id }) => id));
    const dir = dirname(this.folder.partPath(""));
    for (const name of readdirSync(dir)) {
      if (name.endsWith(".tmp") && ids.has(name.split(".")[0]!)) {
        rmSync(join(dir, name), { force: true });
      }
    }
  }

  #stopped(list: string, tasks: readonly Task[]): InputError {
    const done = tasks.length - this.#waiting(tasks, () => {}).length;
    return new InputError({
      code: "refused",
      problem: `stopped: ${done} of ${tasks.length} tasks of ${list} are done`,
      advice: this.#options.dir === undefined
        ? "give a folder with --run, so that what is done can be kept"
        : `go on with --run ${this.folder.path}`,
    });
  }

  #missing(
    list: string,
    tasks: readonly Task[],
    failures: ReadonlyMap<number, TaskFailure>,
  ): InputError {
    const first = Math.min(...failures.keys());
    const input = failures.get(first)?.input;
    // What one process would have said of the first unit that it cannot use.
    if (input !== undefined) return new InputError(input);
    const missing = this.#waiting(tasks, () => {});
    const units = missing.slice(0, 3).map((number) => {
      const { from, units } = tasks[number]!;
      const span = units.length === 1 ? `${from}` : `${from} to ${from + units.length - 1}`;
      return `units ${span} (${failures.get(number)?.reason ?? "no part was left"})`;
    });
    return new InputError({
      code: "refused",
      path: this.folder.path,
      problem: `${missing.length} of ${tasks.length} tasks of ${list} are missing: ${
        units.join("; ")
      }${missing.length > units.length ? "; ..." : ""}`,
      advice: this.#options.dir === undefined
        ? "give a folder with --run, so that the rest is kept, and look into its logs"
        : `remove the cause, then go on with --run ${this.folder.path}`,
    });
  }
}
