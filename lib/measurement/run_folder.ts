import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { LossCounter } from "../losses.ts";
import { AppendFile, removeCutLine } from "./append_file.ts";
import { microseconds, nowS, wallClockDriftS } from "./clock.ts";
import { interruptedRequests, Journal } from "./journal.ts";
import { readJsonFile, writeJsonFile } from "./json_file.ts";
import { writeManifest } from "./manifest.ts";
import { PowerFile } from "./power_file.ts";
import type {
  CellEvent,
  HostClock,
  RequestRecord,
  RunClock,
  RunStatus,
  SessionRecord,
} from "./records.ts";
import { runFiles } from "./run_files.ts";
import { readLines } from "./read_lines.ts";

/** Seconds between signs of life in `status.json`. */
const heartbeatMs = 1000;

/** A run folder that is being written. */
export class RunFolder {
  /** Path of the folder. */
  readonly dir: string;
  /** Ids of cells that were run whole. */
  readonly done: Set<string>;
  /** How often each cell was begun. */
  readonly attempts: Map<string, number>;
  /** Requests in flight. */
  readonly journal: Journal;
  /** Requests of this session that did not end well, by reason. */
  readonly failures: LossCounter = new LossCounter();
  readonly #requests: AppendFile;
  readonly #cells: AppendFile;
  readonly #power: PowerFile[] = [];
  readonly #lock: Deno.FsFile;
  readonly #sessions: SessionRecord[];
  readonly #total: number;
  #clock: RunClock;
  #beat: ReturnType<typeof setInterval>;

  private constructor(
    dir: string,
    total: number,
    lock: Deno.FsFile,
    sessions: readonly SessionRecord[],
    clock: RunClock,
    events: readonly CellEvent[],
  ) {
    this.dir = dir;
    this.#total = total;
    this.#lock = lock;
    this.#sessions = [...sessions];
    this.#clock = clock;
    this.done = new Set(events.filter(({ state }) => state === "done").map(({ cell }) => cell));
    this.attempts = new Map();
    for (const { cell, attempt } of events) {
      this.attempts.set(cell, Math.max(attempt, this.attempts.get(cell) ?? 0));
    }
    this.#requests = new AppendFile(join(dir, runFiles.requests));
    if (this.#requests.isEmpty) {
      this.#requests.add(JSON.stringify({ joulebookRequests: 1, clock: "epoch" }));
      this.#requests.flush();
    }
    this.#cells = new AppendFile(join(dir, runFiles.cells));
    this.journal = new Journal(join(dir, runFiles.inFlight));
    this.checkClock();
    this.#writeStatus("running");
    this.#beat = setInterval(() => this.#writeStatus("running"), heartbeatMs);
  }

  /**
   * Makes a new folder.
   *
   * @param dir Where; it must not exist or be empty.
   * @param config Text of the configuration.
   * @param cells How many cells the sweep has.
   */
  static create(dir: string, config: string, cells: number): RunFolder {
    if (existsSync(dir) && readdirSync(dir).length > 0) {
      throw new InputError({
        code: "refused",
        path: dir,
        problem: "this folder is not empty",
        advice: "give another to --out, or go on with a run by --resume",
      });
    }
    mkdirSync(join(dir, runFiles.power), { recursive: true });
    const lock = lockFolder(dir);
    writeFileSync(join(dir, runFiles.config), config);
    const clock: RunClock = {
      clock: "epoch",
      rule: "the wall clock at the start of each session, then a monotonic clock",
      checks: [],
      hosts: [],
    };
    return new RunFolder(dir, cells, lock, [session([])], clock, []);
  }

  /**
   * Opens a folder to go on with it: removes lines that a kill cut, and keeps the requests that it
   * cut off as interrupted ones. What was repaired is kept with the session.
   *
   * @param dir The folder.
   * @param config Text of the configuration, which must be the folder's own.
   * @param cells How many cells the sweep has.
   */
  static resume(dir: string, config: string, cells: number): RunFolder {
    const status = readJsonFile<RunStatus>(join(dir, runFiles.status));
    if (readFileSync(join(dir, runFiles.config), "utf8") !== config) {
      throw new InputError({
        code: "refused",
        path: join(dir, runFiles.config),
        problem: "the run was made with another configuration",
        advice: "give this file as the configuration, or start a new run",
      });
    }
    const lock = lockFolder(dir);
    const repairs: string[] = [];
    const files = [
      runFiles.requests,
      runFiles.cells,
      runFiles.inFlight,
      ...readdirSync(join(dir, runFiles.power)).map((name) => `${runFiles.power}/${name}`),
    ];
    for (const file of files) {
      if (!existsSync(join(dir, file))) continue;
      const cut = removeCutLine(join(dir, file));
      if (cut !== null) repairs.push(`${file}: removed a cut line of ${cut.length} characters`);
    }
    if (existsSync(join(dir, runFiles.manifest))) unlinkSync(join(dir, runFiles.manifest));
    const interrupted = foldJournal(dir);
    if (interrupted > 0) {
      repairs.push(`${interrupted} requests were in flight: kept as interrupted`);
    }
    return new RunFolder(
      dir,
      cells,
      lock,
      [...status.sessions, session(repairs)],
      readJsonFile<RunClock>(join(dir, runFiles.clock)),
      readLines<CellEvent>(join(dir, runFiles.cells)),
    );
  }

  /** Keeps a finished request; it is with the system when this returns. */
  request(record: RequestRecord): void {
    this.#requests.add(JSON.stringify(record));
    this.#requests.flush();
    if (record.error !== null) {
      this.failures.add(record.error, undefined, record.detail ?? undefined);
    }
    this.journal.ended(record.id);
  }

  /** Keeps what happened to a cell; it is with the system when this returns. */
  cell(event: CellEvent): void {
    this.#cells.add(JSON.stringify({ ...event, atS: microseconds(event.atS) }));
    this.#cells.flush();
    if (event.event === "end" && event.state === "done") this.done.add(event.cell);
    this.attempts.set(event.cell, event.attempt);
  }

  /** Opens the file of a sampler. */
  powerFile(name: string, sampler: unknown): PowerFile {
    const file = new PowerFile(join(this.dir, runFiles.power, `${name}.csv`), sampler);
    this.#power.push(file);
    return file;
  }

  /** Hands everything to the system now. */
  flush(): void {
    for (const file of this.#power) file.flush();
    this.#requests.flush();
    this.#cells.flush();
  }

  /** Writes one of the JSON files. */
  json(file: "environment" | "summary", value: unknown): void {
    writeJsonFile(join(this.dir, runFiles[file]), value);
  }

  /** Compares the wall clock with ours and keeps the difference, with offsets of hosts. */
  checkClock(hosts: readonly HostClock[] = []): void {
    const check = {
      atS: microseconds(nowS()),
      wallClockDriftS: microseconds(wallClockDriftS()),
    };
    this.#clock = {
      ...this.#clock,
      checks: [...this.#clock.checks, check],
      hosts: [...this.#clock.hosts, ...hosts],
    };
    writeJsonFile(join(this.dir, runFiles.clock), this.#clock);
  }

  /**
   * Closes everything and writes the manifest.
   *
   * @param state How the run ended.
   * @param problem Why it ended before its end.
   */
  async close(state: "complete" | "stopped" | "failed", problem: string | null): Promise<void> {
    clearInterval(this.#beat);
    this.checkClock();
    for (const file of this.#power) file.close();
    this.#requests.close();
    this.journal.close();
    this.#cells.close();
    this.#sessions.push({ ...this.#sessions.pop()!, problem });
    this.#writeStatus(state);
    await writeManifest(this.dir);
    closeLock(this.#lock);
  }

  #writeStatus(state: RunStatus["state"]): void {
    const status: RunStatus = {
      version: 1,
      state,
      updatedS: microseconds(nowS()),
      cells: this.#total,
      done: this.done.size,
      sessions: this.#sessions,
    };
    writeJsonFile(join(this.dir, runFiles.status), status);
  }
}

function session(repairs: readonly string[]): SessionRecord {
  return { startedS: microseconds(nowS()), repairs, problem: null };
}

/** Locks a folder for this process; the system lets go when the process ends, however it ends. */
function lockFolder(dir: string): Deno.FsFile {
  const lock = Deno.openSync(join(dir, runFiles.lock), { create: true, write: true });
  if (lock.tryLockSync(true)) return lock;
  lock.close();
  throw new InputError({
    code: "refused",
    path: dir,
    problem: "another program is writing to this run",
    advice: "wait until it ends, or stop it",
  });
}

function closeLock(lock: Deno.FsFile): void {
  lock.unlockSync();
  lock.close();
}

/** Moves what the journal holds to the requests; returns how many. */
function foldJournal(dir: string): number {
  const journal = join(dir, runFiles.inFlight);
  if (!existsSync(journal)) return 0;
  const path = join(dir, runFiles.requests);
  const finished = new Set(readLines<RequestRecord>(path).map(({ id }) => id));
  const records = interruptedRequests(readFileSync(journal, "utf8"), finished);
  const requests = new AppendFile(path);
  for (const record of records) requests.add(JSON.stringify(record));
  requests.close();
  writeFileSync(journal, "");
  return records.length;
}
