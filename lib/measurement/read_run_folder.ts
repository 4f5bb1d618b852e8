import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { readInput } from "../formats/read.ts";
import { sourceOf } from "../formats/source.ts";
import { type Loss, LossCounter } from "../losses.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import { type Windows, windows } from "../requests/windows.ts";
import { interruptedRequests } from "./journal.ts";
import { readJsonFile } from "./json_file.ts";
import { checkManifest } from "./manifest.ts";
import { pickRequests } from "../requests/pick.ts";
import { readLines } from "./read_lines.ts";
import type { CellEvent, DriverCost, RequestRecord, RunClock, RunStatus } from "./records.ts";
import type { SamplerStart } from "./start_samplers.ts";
import { runFiles } from "./run_files.ts";

/** One run of one cell. */
export interface RunCell {
  /** Id of the cell. */
  readonly id: string;
  /** Which run of it, from 1. */
  readonly attempt: number;
  /** Whether it was run whole; `unfinished` when its end was never written. */
  readonly state: "done" | "stopped" | "failed" | "unfinished";
  /** Start of the rest before it, in seconds since the epoch. */
  readonly beginS: number;
  /** When its load began; NaN when it did not. */
  readonly loadS: number;
  /** When its last request was over; NaN when that was never written. */
  readonly drainedS: number;
  /** End of the rest after it; NaN when that was never written. */
  readonly endS: number;
  /** Its requests, warm-up included; null when there are none. */
  readonly requests: RequestLog | null;
  /** Rows of these requests in the log of the whole run. */
  readonly rows: readonly number[];
  /** What the driver itself took during the load; null where that is not known. */
  readonly driver: DriverCost | null;
  /** State of the GPUs before and after, as nvidia-smi printed it; empty where there is none. */
  readonly gpus: readonly NonNullable<CellEvent["gpus"]>[];
}

/** What is known of where a run was made. What an imported run says of its sources is under `imported`. */
export interface Environment {
  /** Samplers, and why some were not there; of the last session. */
  readonly samplers?: readonly SamplerStart[];
  /** Labels of the configuration. */
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  /** Further facts, as they were written. */
  readonly [name: string]: unknown;
}

/** What a run folder holds. */
export interface Run {
  /** The folder. */
  readonly dir: string;
  /** How it ended; `unfinished`: the program was killed, or is still running. */
  readonly state: "complete" | "stopped" | "failed" | "unfinished";
  /** Status as written. */
  readonly status: RunStatus;
  /** Text of the configuration; of an imported run only a comment. */
  readonly config: string;
  /** Machine, server, samplers and labels, as written; null when it was killed before that. */
  readonly environment: Environment | null;
  /** Its clocks; null when it was killed before they were written. */
  readonly clock: RunClock | null;
  /** How its files differ from what the manifest says of them, one sentence each. */
  readonly changes: readonly string[];
  /** Runs of cells in the order in which they began. */
  readonly cells: readonly RunCell[];
  /** All requests; null when there are none. */
  readonly requests: RequestLog | null;
  /** All power series. */
  readonly power: readonly PowerSeries[];
  /** From the load to the last request of each cell that was run whole. */
  readonly windows: Windows;
  /** What a reader should know, one sentence each; not least whether the run is whole. */
  readonly notes: readonly string[];
  /** What was left out, and why. */
  readonly dropped: readonly Loss[];
}

/**
 * Whether a path is a run folder.
 *
 * @param path Any path.
 * @return Whether the files are there that every run folder has.
 *
 * @example
 * ```ts
 * import { isRunFolder } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isRunFolder("no/such/run"), false);
 * ```
 */
export function isRunFolder(path: string): boolean {
  return existsSync(join(path, runFiles.status)) && existsSync(join(path, runFiles.cells));
}

/**
 * Reads a run folder, also one whose program was killed: requests that were in flight are among its
 * requests, without success. Nothing in the folder is changed.
 *
 * @param dir The folder.
 * @return What it holds.
 * @throws {InputError} `not-found` when it is no run folder, `malformed` when a file is broken.
 *
 * @example
 * ```ts
 * import { readRunFolder } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readRunFolder("no/such/run"), /not a run folder/);
 * ```
 */
export async function readRunFolder(dir: string): Promise<Run> {
  if (!isRunFolder(dir)) {
    throw new InputError({
      code: "not-found",
      path: dir,
      problem: "this is not a run folder",
      expected: `a folder with ${runFiles.status} and ${runFiles.cells}`,
      advice: "name the folder that joulebook measure wrote",
    });
  }
  const status = readJsonFile<RunStatus>(join(dir, runFiles.status));
  const losses = new LossCounter();
  const changes = await changesOf(dir, status);
  const notes = [
    ...notesOf(status),
    ...changes.map((change) => `Not as the manifest says: ${change}.`),
  ];
  const requests = await readRequests(dir, notes, losses);
  const environment = existsSync(join(dir, runFiles.environment))
    ? readJsonFile<Environment>(join(dir, runFiles.environment))
    : null;
  const power: PowerSeries[] = [];
  for (const name of readdirSync(join(dir, runFiles.power)).sort()) {
    const path = join(dir, runFiles.power, name);
    try {
      const file = await readInput(path);
      power.push(...file.series);
      notes.push(...file.notes);
      addLosses(losses, file.dropped);
    } catch (error) {
      // A sampler that never read anything leaves a file with a head only.
      if (!(error instanceof InputError) || error.code !== "empty") throw error;
      const why = environment?.samplers?.find((sampler) => `${sampler.name}.csv` === name)?.reason;
      notes.push(`${runFiles.power}/${name} holds no reading${why ? `: ${why}` : ""}.`);
    }
  }
  const cells = cellsOf(readLines<CellEvent>(join(dir, runFiles.cells)), requests);
  const whole = cells.filter(({ state, drainedS }) => state === "done" && !Number.isNaN(drainedS));
  return {
    dir,
    state: status.state === "running" ? "unfinished" : status.state,
    status,
    config: readFileSync(join(dir, runFiles.config), "utf8"),
    environment,
    clock: existsSync(join(dir, runFiles.clock))
      ? readJsonFile<RunClock>(join(dir, runFiles.clock))
      : null,
    changes,
    cells,
    requests,
    power,
    windows: windows({
      names: whole.map(({ id }) => id),
      startS: Float64Array.from(whole, ({ loadS }) => loadS),
      endS: Float64Array.from(whole, ({ drainedS }) => drainedS),
      source: { path: join(dir, runFiles.cells), format: "joulebook-run" },
    }),
    notes,
    dropped: losses.list(),
  };
}

/** How the files of a run that has ended differ from its manifest. */
async function changesOf(dir: string, status: RunStatus): Promise<string[]> {
  if (existsSync(join(dir, runFiles.manifest))) return await checkManifest(dir);
  return status.state === "running" ? [] : ["the manifest itself is missing"];
}

function notesOf(status: RunStatus): string[] {
  const notes: string[] = [];
  if (status.state === "running") {
    notes.push(
      `The run is incomplete: ${status.done} of ${status.cells} cells are done. It was killed, or ` +
        `is still running; last sign of life ${new Date(status.updatedS * 1000).toISOString()}.`,
    );
  } else if (status.state !== "complete") {
    const problem = status.sessions.at(-1)?.problem ?? status.state;
    notes.push(
      `The run is incomplete: ${status.done} of ${status.cells} cells are done (${problem}).`,
    );
  }
  for (const { repairs } of status.sessions) {
    for (const repair of repairs) notes.push(`Repaired when the run went on: ${repair}.`);
  }
  return notes;
}

async function readRequests(
  dir: string,
  notes: string[],
  losses: LossCounter,
): Promise<RequestLog | null> {
  const path = join(dir, runFiles.requests);
  if (!existsSync(path)) return null;
  const journal = join(dir, runFiles.inFlight);
  const inFlight = existsSync(journal) ? readFileSync(journal, "utf8") : "";
  let input: string | ReturnType<typeof sourceOf> = path;
  if (inFlight !== "") {
    const finished = new Set(readLines<RequestRecord>(path).map(({ id }) => id));
    const interrupted = interruptedRequests(inFlight, finished);
    if (interrupted.length > 0) {
      const text = readFileSync(path, "utf8");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      if (whole.length < text.length) {
        losses.add("truncated-row", undefined, text.slice(whole.length));
      }
      input = sourceOf(
        whole + interrupted.map((record) => JSON.stringify(record) + "\n").join(""),
        path,
      );
      notes.push(`Requests in flight when the program was killed: ${interrupted.length}.`);
    }
  }
  try {
    const file = await readInput(input, { format: "joulebook-requests" });
    notes.push(...file.notes);
    addLosses(losses, file.dropped);
    return file.requests[0] ?? null;
  } catch (error) {
    if (error instanceof InputError && error.code === "empty") return null;
    throw error;
  }
}

function addLosses(into: LossCounter, losses: readonly Loss[]): void {
  for (const { reason, count, firstLine, example } of losses) {
    into.add(reason, firstLine, example, count);
  }
}

/** Id of a request: its cell, the run of the cell, the phase and a number. */
export function requestId(cell: string, attempt: number, phase: string, number: number): string {
  return `${cell}/${attempt}/${phase}/${number}`;
}

function cellsOf(events: readonly CellEvent[], log: RequestLog | null): RunCell[] {
  const rows = new Map<string, number[]>();
  log?.ids?.forEach((id, row) => {
    const key = id.split("/").slice(0, 2).join("/");
    const list = rows.get(key);
    if (list === undefined) rows.set(key, [row]);
    else list.push(row);
  });
  const runs = new Map<string, Map<CellEvent["event"], CellEvent>>();
  for (const event of events) {
    const key = `${event.cell}/${event.attempt}`;
    if (!runs.has(key)) runs.set(key, new Map());
    runs.get(key)!.set(event.event, event);
  }
  return [...runs].map(([key, found]) => {
    const at = (event: CellEvent["event"]): number => found.get(event)?.atS ?? NaN;
    const [{ cell, attempt }] = [...found.values()] as [CellEvent, ...CellEvent[]];
    const own = rows.get(key) ?? [];
    return {
      id: cell,
      attempt,
      state: found.get("end")?.state ?? "unfinished",
      beginS: at("begin"),
      loadS: at("load"),
      drainedS: at("drained"),
      endS: at("end"),
      requests: own.length === 0 || log === null ? null : pickRequests(log, own),
      rows: own,
      driver: found.get("drained")?.driver ?? null,
      gpus: [...found.values()].flatMap(({ gpus }) => gpus === undefined ? [] : [gpus]),
    };
  });
}
