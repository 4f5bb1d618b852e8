import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { placeTrace } from "../attribution/place.ts";
import { hashFile } from "../datasets/hash_file.ts";
import { InputError } from "../errors.ts";
import type { ReadResult } from "../formats/format.ts";
import { readInput } from "../formats/read.ts";
import { type PowerSeries, valuesOf } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import { AppendFile } from "./append_file.ts";
import { writeJsonFile } from "./json_file.ts";
import { writeManifest } from "./manifest.ts";
import { PowerFile } from "./power_file.ts";
import { requestId } from "./read_run_folder.ts";
import type { RequestRecord, RunStatus } from "./records.ts";
import { runFiles } from "./run_files.ts";

/** What is imported, and where to. */
export interface ImportOptions {
  /** The run folder to be made; it must not exist or be empty. */
  readonly dir: string;
  /** Power traces in any format that Joulebook reads. */
  readonly power: readonly string[];
  /** The request log, in any format that Joulebook reads. */
  readonly requests: string;
  /** Zone of traces in local time. */
  readonly zone?: string;
  /** Seconds to add to the traces' times to reach the log's clock. */
  readonly offsetS?: number;
  /** Seconds per output token, for logs that record no ends. */
  readonly tpotS?: number;
}

/** The one cell of an imported run. */
const importedCell = "imported";

/**
 * Makes a run folder of a run that another tool measured: vLLM's or AIPerf's requests beside a power
 * trace, files of TokenPowerBench, or any other log and traces that have readers. Traces are put on
 * the log's clock by what the caller says; nothing is guessed. What the readers left out or derived
 * is kept in `environment.json`.
 *
 * @param options What, where to, zone and offset.
 * @return What was noticed, one sentence each.
 * @throws {InputError} When a file cannot be read, holds no requests or power, or the clocks cannot be
 *   joined.
 *
 * @example
 * ```ts
 * import { importRun } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const run = importRun({ dir: "no/such/run", power: ["no/power.csv"], requests: "no/log.json" });
 * await assert.rejects(run, /there is no such file/);
 * ```
 */
export async function importRun(options: ImportOptions): Promise<string[]> {
  const { dir } = options;
  const requests = await readInput(
    options.requests,
    options.tpotS === undefined ? {} : { tpotS: options.tpotS },
  );
  const log = requests.requests[0];
  if (log === undefined || log.submitS.length === 0) {
    throw new InputError({
      code: "refused",
      path: options.requests,
      problem: "there are no requests in this file",
      advice: "name the log with one record for each request; summaries have no times",
    });
  }
  const inputs: ReadResult[] = [];
  for (const path of options.power) inputs.push(await readInput(path));
  const placed = placeTrace(inputs.flatMap(({ series }) => series), {
    clock: log.clock,
    startS: log.submitS,
    endS: log.endS,
    path: options.requests,
  }, {
    ...(options.zone !== undefined && { zone: options.zone }),
    ...(options.offsetS !== undefined && { offsetS: options.offsetS }),
  });
  const notes = [
    placed.note,
    ...[requests, ...inputs].flatMap((input) => input.notes),
    ...(log.endOrigin.kind === "derived"
      ? [`Ends of requests are derived: ${log.endOrigin.rule}.`]
      : []),
  ];
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new InputError({ code: "refused", path: dir, problem: "this folder is not empty" });
  }
  mkdirSync(join(dir, runFiles.power), { recursive: true });
  writeFileSync(
    join(dir, runFiles.config),
    "# This run was imported: it has no configuration. Its sources stand in environment.json.\n",
  );
  writeRequests(dir, log);
  placed.series.forEach((series, i) => writeSeries(dir, i, series));
  const startS = extreme(log.submitS, Math.min);
  const endS = Math.max(extreme(log.endS, Math.max), extreme(log.submitS, Math.max));
  const cells = new AppendFile(join(dir, runFiles.cells));
  const base = { cell: importedCell, attempt: 1 };
  cells.add(JSON.stringify({ ...base, event: "begin", atS: startS }));
  cells.add(JSON.stringify({ ...base, event: "load", atS: startS }));
  cells.add(JSON.stringify({ ...base, event: "drained", atS: endS }));
  cells.add(JSON.stringify({ ...base, event: "end", atS: endS, state: "done" }));
  cells.close();
  const sources = [];
  for (const input of [requests, ...inputs]) {
    const digest = await hashFile(input.path);
    sources.push({
      file: basename(input.path),
      format: input.format,
      ...digest,
      dropped: input.dropped,
    });
  }
  writeJsonFile(join(dir, "environment.json"), { imported: { sources, notes } });
  writeJsonFile(join(dir, runFiles.clock), {
    clock: log.clock,
    rule: placed.note,
    offsetS: placed.offsetS,
    offsetWidthS: placed.offsetWidthS,
    checks: [],
    hosts: [],
  });
  const status: RunStatus = {
    version: 1,
    state: "complete",
    updatedS: endS,
    cells: 1,
    done: 1,
    sessions: [{ startedS: startS, repairs: [], problem: null }],
  };
  writeJsonFile(join(dir, runFiles.status), status);
  await writeManifest(dir);
  return notes;
}

function writeRequests(dir: string, log: RequestLog): void {
  const file = new AppendFile(join(dir, runFiles.requests));
  file.add(JSON.stringify({ joulebookRequests: 1, clock: log.clock }));
  const known = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  const tokenCount = log.tokenCount === "server" ? "server" : null;
  for (let row = 0; row < log.submitS.length; row++) {
    const submitS = log.submitS[row]!;
    const times = log.tokenTimes?.timeS.subarray(
      log.tokenTimes.offsets[row],
      log.tokenTimes.offsets[row + 1],
    );
    const success = log.success[row] === 1;
    const record: RequestRecord = {
      id: requestId(importedCell, 1, "load", row),
      cell: importedCell,
      attempt: 1,
      phase: "load",
      dueS: submitS,
      submitS,
      firstTokenS: known(log.firstTokenS[row]),
      endS: known(log.endS[row]),
      inputTokens: known(log.inputTokens[row]),
      inputCount: tokenCount,
      outputTokens: known(log.outputTokens[row]),
      cachedTokens: known(log.cachedTokens?.[row]),
      tokenCount,
      success,
      status: null,
      error: success ? null : "failed",
      detail: null,
      finish: null,
      retries: [],
      malformedLines: 0,
      serverTimings: null,
      chunkAfterS: Array.from(times ?? [], (timeS) => timeS - submitS),
    };
    file.add(JSON.stringify(record));
  }
  file.close();
}

function writeSeries(dir: string, number: number, series: PowerSeries): void {
  if (series.quantity === "interval") {
    throw new InputError({
      code: "refused",
      path: series.source.path,
      problem: "energies of intervals cannot be imported: a run folder holds powers and counters",
      advice: "attribute from the original file",
    });
  }
  const id = `${series.device.id}_${series.source.column}`.replace(/[^\w.-]+/g, "_");
  const file = new PowerFile(
    join(dir, runFiles.power, `${String(number + 1).padStart(2, "0")}-${id}.csv`),
    { imported: basename(series.source.path), format: series.source.format },
  );
  file.series({
    id,
    device: series.device,
    quantity: series.quantity,
    ...(series.quantity === "power" && { reading: series.reading }),
    ...(series.averagingS !== null && { averagingS: series.averagingS }),
    column: series.source.column,
    basis: series.source.basis ?? "measured",
    clock: series.clock,
  });
  const values = valuesOf(series);
  for (let i = 0; i < values.length; i++) file.reading(id, series.timeS[i]!, values[i]!);
  file.close();
}

function extreme(column: Float64Array, of: (a: number, b: number) => number): number {
  let result = NaN;
  for (const value of column) {
    if (!Number.isNaN(value)) result = Number.isNaN(result) ? value : of(result, value);
  }
  return result;
}
