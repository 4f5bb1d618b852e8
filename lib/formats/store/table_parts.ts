import type { RequestLog } from "../../requests/log.ts";
import type { Windows } from "../../requests/windows.ts";
import { type Part, requestFacts, type Stored, windowFacts } from "../flat_parts.ts";
import type { ResultTable } from "../format.ts";
import {
  type ParquetColumn,
  ParquetFileWriter,
  type ParquetValues,
} from "../parquet_file_writer.ts";
import { resultColumns } from "../result_columns.ts";
import { rowsOf } from "../rows_of.ts";
import { dayOf, hiveFolder } from "./layout.ts";
import type { StoreFile, StorePart } from "./manifest.ts";
import type { StoreTarget } from "./series_writer.ts";

/** Requests of a row group when each carries the times of its tokens. */
const groupRowsWithTokens = 10_000;

/** Writes a request log by server and day of `submitS`; `row` keeps the place in the log. */
export function requestsPart(
  target: StoreTarget,
  log: RequestLog,
  number: number,
  groupRows: number,
): StorePart {
  const { has, facts } = requestFacts(log);
  const stored = log.tokenTimes === null ? has : [...has, "tokenTimes" as const];
  const part = { kind: "requests" as const, has: stored, tokens: null, facts };
  const files: StoreFile[] = [];
  for (const { replica, day, rows } of groupsOf(log)) {
    const path = [
      "requests",
      hiveFolder("model", log.model ?? null),
      hiveFolder("replica", replica),
      hiveFolder("day", day),
      `${target.source.id}-${number}.parquet`,
    ].join("/");
    const size = log.tokenTimes === null ? groupRows : Math.min(groupRows, groupRowsWithTokens);
    const writer = new ParquetFileWriter(target.place(path), requestColumns(log));
    for (let at = 0; at < rows.length; at += size) {
      writer.write(requestValues(log, rows.subarray(at, at + size)));
    }
    const written = writer.finish(metadataOf(target, {
      ...part,
      // The file's folder names the one server.
      has: stored.filter((name) => name !== "replica"),
      facts: { ...facts, replicas: replica === null ? [] : [replica] },
      from: 0,
      to: rows.length,
    }));
    let endS = -Infinity;
    for (const row of rows) endS = Math.max(endS, log.endS[row]!);
    files.push({
      path,
      day,
      replica,
      rows: rows.length,
      startS: orNull(log.submitS[rows[0]!]!),
      endS: orNull(endS),
      ...written,
    });
  }
  return { ...part, from: 0, to: log.submitS.length, files };
}

interface RequestGroup {
  readonly replica: string | null;
  readonly day: string | null;
  /** Rows of the log, in the order of their submission. */
  readonly rows: Uint32Array;
}

function groupsOf(log: RequestLog): RequestGroup[] {
  const groups = new Map<string, { replica: string | null; day: string | null; rows: number[] }>();
  for (let row = 0; row < log.submitS.length; row++) {
    const replica = log.replica === null
      ? log.replicas[0] ?? null
      : log.replicas[log.replica[row]!] ?? null;
    const day = dayOf(log.submitS[row]!, log.clock);
    const key = `${replica}\0${day}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, group = { replica, day, rows: [] });
    group.rows.push(row);
  }
  return [...groups.values()].map(({ replica, day, rows }) => ({
    replica,
    day,
    // A moment that is not known comes last; equal ones keep their order.
    rows: Uint32Array.from(rows).sort((a, b) => compare(log.submitS[a]!, log.submitS[b]!) || a - b),
  }));
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function requestColumns(log: RequestLog): ParquetColumn[] {
  return [
    { name: "row", type: "int" },
    { name: "submitS", type: "number" },
    { name: "firstTokenS", type: "number" },
    { name: "endS", type: "number" },
    { name: "inputTokens", type: "number" },
    { name: "outputTokens", type: "number" },
    { name: "cachedTokens", type: "number" },
    { name: "success", type: "int" },
    { name: "id", type: "string" },
    ...(log.tokenTimes === null ? [] : [{ name: "tokenTimesS", type: "numbers" } as const]),
  ];
}

function requestValues(log: RequestLog, rows: Uint32Array): ParquetValues[] {
  const numbers = (column: Float64Array | null): (number | null)[] =>
    Array.from(rows, (row) => column === null ? null : orNull(column[row]!));
  const { tokenTimes, ids } = log;
  return [
    Int32Array.from(rows),
    numbers(log.submitS),
    numbers(log.firstTokenS),
    numbers(log.endS),
    numbers(log.inputTokens),
    numbers(log.outputTokens),
    numbers(log.cachedTokens),
    Int32Array.from(rows, (row) => log.success[row]!),
    Array.from(rows, (row) => ids?.[row] ?? null),
    ...(tokenTimes === null ? [] : [
      Array.from(
        rows,
        (row) =>
          Array.from(
            tokenTimes.timeS.subarray(tokenTimes.offsets[row], tokenTimes.offsets[row + 1]),
          ),
      ),
    ]),
  ];
}

/** Writes a set of windows as one file. */
export function windowsPart(target: StoreTarget, windows: Windows, number: number): StorePart {
  const rows = windows.names.length;
  const part = { kind: "windows" as const, from: 0, to: rows, facts: windowFacts(windows) };
  return {
    ...part,
    files: [writeTable(target, `windows/${target.source.id}-${number}.parquet`, part, [
      { name: "name", type: "string" },
      { name: "startS", type: "double" },
      { name: "endS", type: "double" },
      { name: "referenceJ", type: "number" },
    ], [
      windows.names,
      windows.startS,
      windows.endS,
      Array.from(windows.referenceJ, orNull),
    ], rows)],
  };
}

/** Writes a table of results as one file, its columns under their own names. */
export function resultsPart(target: StoreTarget, table: ResultTable, number: number): StorePart {
  const columns = resultColumns(table);
  const rows = rowsOf(table);
  const part = {
    kind: "results" as const,
    from: 0,
    to: rows,
    name: table.name,
    units: table.units,
    columns: columns.map(({ name, json }) => ({ name, stored: name, json })),
  };
  const path = `results/${hiveFolder("table", table.name)}/${target.source.id}-${number}.parquet`;
  return {
    ...part,
    files: columns.length === 0 ? [] : [
      writeTable(
        target,
        path,
        part,
        columns.map(({ name, type }) => ({ name, type: type === "double" ? "number" : "string" })),
        columns.map(({ values }) => values as readonly unknown[]),
        rows,
      ),
    ],
  };
}

function writeTable(
  target: StoreTarget,
  path: string,
  part: Part,
  columns: readonly ParquetColumn[],
  values: readonly ParquetValues[],
  rows: number,
): StoreFile {
  const writer = new ParquetFileWriter(target.place(path), columns);
  if (rows > 0) writer.write(values);
  const written = writer.finish(metadataOf(target, part));
  return { path, day: null, rows, startS: null, endS: null, ...written };
}

/** What a file says of itself, so that it can be read alone. */
function metadataOf({ source }: StoreTarget, part: Part): string {
  const stored: Stored = {
    version: 1,
    path: source.path,
    format: source.format,
    dropped: [],
    notes: [],
    parts: [part],
  };
  return JSON.stringify(stored);
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
