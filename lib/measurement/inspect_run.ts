import { join } from "node:path";
import { type InputSummary, inspectInput } from "../formats/read.ts";
import { readRunFolder, type RunCell } from "./read_run_folder.ts";
import { listRunFiles, runFiles } from "./run_files.ts";
import type { SamplerStart } from "./start_samplers.ts";

/** What `inspect` says of a run folder beside what it says of any input. */
export interface RunReport {
  /** How it ended; `unfinished` when it was killed or is still running. */
  readonly state: string;
  /** Cells of the sweep. */
  readonly planned: number;
  /** Samplers, and why some were not there. */
  readonly samplers: readonly SamplerStart[];
  /** Each run of each cell. */
  readonly cells: readonly CellReport[];
}

/** One run of one cell. */
export interface CellReport extends Pick<RunCell, "id" | "attempt" | "state"> {
  /** Seconds from the first request to the last. */
  readonly loadS: number | null;
  /** Requests, warm-up included. */
  readonly requests: number;
  /** Those that did not end well. */
  readonly failed: number;
  /** Output tokens of the others. */
  readonly outputTokens: number | null;
}

/** Sums up a run folder. */
export async function inspectRun(
  dir: string,
): Promise<InputSummary & { readonly run: RunReport }> {
  const run = await readRunFolder(dir);
  const parts: InputSummary[] = [];
  for (const file of listRunFiles(dir)) {
    if (file.startsWith(`${runFiles.power}/`)) {
      const read = await inspectInput(join(dir, file)).catch(() => null);
      if (read !== null) parts.push(read);
    }
  }
  const devices = parts.flatMap((part) => part.devices);
  const { requests: log, status } = run;
  const times = [
    ...devices.flatMap(({ startS, endS }) => [startS ?? NaN, endS ?? NaN]),
    ...(log === null ? [] : [...log.submitS, ...log.endS]),
  ].filter((time) => !Number.isNaN(time));
  const extreme = (of: (a: number, b: number) => number): number | null =>
    times.length === 0 ? null : times.reduce((a, b) => of(a, b));
  return {
    path: dir,
    format: "joulebook-run",
    kind: "run",
    devices,
    samples: devices.reduce((sum, { samples }) => sum + samples, 0),
    requests: log?.submitS.length ?? 0,
    windows: run.windows.names.length,
    results: 0,
    startS: extreme(Math.min),
    endS: extreme(Math.max),
    clock: log?.clock ?? parts[0]?.clock ?? null,
    meanW: devices[0]?.meanW ?? null,
    energyJ: devices[0]?.energyJ ?? null,
    dropped: [...run.dropped, ...devices.flatMap(({ dropped }) => dropped)],
    issues: run.notes,
    run: {
      state: run.state,
      planned: status.cells,
      samplers: run.environment?.samplers ?? [],
      cells: run.cells.map(reportOf),
    },
  };
}

function reportOf({ id, attempt, state, loadS, drainedS, requests: log }: RunCell): CellReport {
  let failed = 0;
  let outputTokens = 0;
  log?.success.forEach((ok, i) => {
    if (ok === 1) outputTokens += log.outputTokens[i]!;
    else failed++;
  });
  return {
    id,
    attempt,
    state,
    loadS: Number.isNaN(drainedS - loadS) ? null : drainedS - loadS,
    requests: log?.submitS.length ?? 0,
    failed,
    outputTokens: Number.isNaN(outputTokens) ? null : outputTokens,
  };
}
