import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { hashFile } from "../datasets/hash_file.ts";
import { InputError } from "../errors.ts";
import { type PowerSeries, valuesOf } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import { AppendFile } from "./append_file.ts";
import { type ImportedPart, type ImportSource, readSource, sourcesOf } from "./import_sources.ts";
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
  /**
   * Power traces and the request log, in any format that Joulebook reads; or one path: a file that
   * holds both (ML.ENERGY's results.json), or the folder of a TokenPowerBench v1.0 run.
   */
  readonly from: string | { readonly power: readonly string[]; readonly requests: string };
  /** Zone of traces in local time. */
  readonly zone?: string;
  /** Seconds to add to the traces' times to reach the log's clock. */
  readonly offsetS?: number;
  /** Seconds per output token, for logs that record no ends. */
  readonly tpotS?: number;
}

/**
 * Makes a run folder of a run that another tool measured: vLLM's or AIPerf's requests beside a power
 * trace, a folder of TokenPowerBench, a file of ML.ENERGY, or any other log and traces that have
 * readers. Traces are put on the log's clock by what the caller says; nothing is guessed. What the
 * readers left out or derived is kept in `environment.json`. A log without times of requests gives
 * cells without requests: their energy, and nothing to divide it by.
 *
 * @param options What, where to, zone and offset.
 * @return What was noticed, one sentence each.
 * @throws {InputError} When a file cannot be read, holds no times or power, or the clocks cannot be
 *   joined.
 *
 * @example
 * ```ts
 * import { importRun } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const from = { power: ["no/power.csv"], requests: "no/log.json" };
 * await assert.rejects(importRun({ dir: "no/such/run", from }), /there is no such file/);
 * ```
 */
export async function importRun(options: ImportOptions): Promise<string[]> {
  const { dir, from } = options;
  const place = {
    ...(options.zone !== undefined && { zone: options.zone }),
    ...(options.offsetS !== undefined && { offsetS: options.offsetS }),
  };
  const sources: ImportSource[] = typeof from === "string"
    ? sourcesOf(from, place)
    : [{ name: "imported", power: from.power, log: from.requests, place }];
  const parts: ImportedPart[] = [];
  for (const source of sources) parts.push(await readSource(source, options.tpotS));
  parts.sort((a, b) => a.cells[0]!.startS - b.cells[0]!.startS);
  const [first] = parts as [ImportedPart, ...ImportedPart[]];
  const notes = [...new Set(parts.flatMap((part) => part.notes))];
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new InputError({ code: "refused", path: dir, problem: "this folder is not empty" });
  }
  mkdirSync(join(dir, runFiles.power), { recursive: true });
  writeFileSync(
    join(dir, runFiles.config),
    "# This run was imported: it has no configuration. Its sources stand in environment.json.\n",
  );
  const cells = parts.flatMap((part) => part.cells);
  writeRequests(dir, cells);
  writePower(dir, parts.flatMap((part) => part.series));
  writeCells(dir, cells);
  const files = [];
  for (const input of parts.flatMap((part) => part.inputs)) {
    files.push({
      file: basename(input.path),
      format: input.format,
      ...await hashFile(input.path),
      dropped: input.dropped,
    });
  }
  writeJsonFile(join(dir, runFiles.environment), { imported: { sources: files, notes } });
  writeJsonFile(join(dir, runFiles.clock), {
    clock: first.placed.series[0]!.clock,
    rule: first.placed.note,
    offsetS: first.placed.offsetS,
    offsetWidthS: first.placed.offsetWidthS,
    checks: [],
    hosts: [],
  });
  const status: RunStatus = {
    version: 1,
    state: "complete",
    updatedS: cells.at(-1)!.endS,
    cells: cells.length,
    done: cells.length,
    sessions: [{ startedS: cells[0]!.startS, repairs: [], problem: null }],
  };
  writeJsonFile(join(dir, runFiles.status), status);
  await writeManifest(dir);
  return notes;
}

function writeCells(dir: string, cells: ImportedPart["cells"]): void {
  const file = new AppendFile(join(dir, runFiles.cells));
  for (const { id, startS, endS } of cells) {
    const base = { cell: id, attempt: 1 };
    file.add(JSON.stringify({ ...base, event: "begin", atS: startS }));
    file.add(JSON.stringify({ ...base, event: "load", atS: startS }));
    file.add(JSON.stringify({ ...base, event: "drained", atS: endS }));
    file.add(JSON.stringify({ ...base, event: "end", atS: endS, state: "done" }));
  }
  file.close();
}

function writeRequests(dir: string, cells: ImportedPart["cells"]): void {
  const logs = cells.flatMap(({ id, log }) => log === null ? [] : [{ id, log }]);
  if (logs.length === 0) return;
  const file = new AppendFile(join(dir, runFiles.requests));
  const { clock, endOrigin } = logs[0]!.log;
  file.add(JSON.stringify({
    joulebookRequests: 1,
    clock,
    ...(endOrigin.kind === "derived" && { endRule: endOrigin.rule ?? "derived" }),
  }));
  for (const { id, log } of logs) addRequests(file, id, log);
  file.close();
}

function addRequests(file: AppendFile, cell: string, log: RequestLog): void {
  const known = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  const tokenCount = log.tokenCount === "server" || log.tokenCount === "tokenizer"
    ? log.tokenCount
    : null;
  for (let row = 0; row < log.submitS.length; row++) {
    const submitS = log.submitS[row]!;
    const times = log.tokenTimes?.timeS.subarray(
      log.tokenTimes.offsets[row],
      log.tokenTimes.offsets[row + 1],
    );
    const success = log.success[row] === 1;
    const record: RequestRecord = {
      id: requestId(cell, 1, "load", row),
      cell,
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
}

/** Writes a file for each device and column; what one device has in several parts is joined. */
function writePower(dir: string, all: readonly PowerSeries[]): void {
  const files = new Map<string, PowerFile>();
  for (const series of all) {
    if (series.quantity === "interval") {
      throw new InputError({
        code: "refused",
        path: series.source.path,
        problem: "energies of intervals cannot be imported: a run folder holds powers and counters",
        advice: "attribute from the original file",
      });
    }
    const { device, source } = series;
    const id = [...(device.host === undefined ? [] : [device.host]), device.id, source.column]
      .join("_").replace(/[^\w.-]+/g, "_");
    let file = files.get(id);
    if (file === undefined) {
      const name = `${String(files.size + 1).padStart(2, "0")}-${id}.csv`;
      file = new PowerFile(join(dir, runFiles.power, name), {
        imported: basename(source.path),
        format: source.format,
      });
      files.set(id, file);
    }
    file.series({
      id,
      device,
      quantity: series.quantity,
      ...(series.quantity === "power" && { reading: series.reading }),
      ...(series.averagingS !== null && { averagingS: series.averagingS }),
      column: source.column,
      basis: source.basis ?? "measured",
      clock: series.clock,
    });
    const values = valuesOf(series);
    for (let i = 0; i < values.length; i++) file.reading(id, series.timeS[i]!, values[i]!);
  }
  for (const file of files.values()) file.close();
}
