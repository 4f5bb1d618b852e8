/** What is imported: which files belong together, and what cells they make. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type PlaceOptions, placeTrace } from "../attribution/place.ts";
import { InputError } from "../errors.ts";
import type { ReadResult } from "../formats/format.ts";
import { readInput } from "../formats/read.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Windows } from "../requests/windows.ts";

/** Files that belong together. */
export interface ImportSource {
  /** Name of the cell that its requests make. */
  readonly name: string;
  /** Power traces. */
  readonly power: readonly string[];
  /** The request log; windows where the tool records no times of requests. */
  readonly log: string;
  /** Zone and offset. */
  readonly place: PlaceOptions;
}

/** A cell of an imported run. */
export interface ImportedCell {
  /** Its id. */
  readonly id: string;
  /** When it began, on the log's clock. */
  readonly startS: number;
  /** When it was over. */
  readonly endS: number;
  /** Its requests; null where only its span is known. */
  readonly log: RequestLog | null;
}

/** A source that was read, power and cells on one clock. */
export interface ImportedPart {
  /** Cells in the order of time. */
  readonly cells: readonly ImportedCell[];
  /** Power. */
  readonly series: readonly PowerSeries[];
  /** What was read. */
  readonly inputs: readonly ReadResult[];
  /** How the clocks were joined. */
  readonly placed: ReturnType<typeof placeTrace>;
  /** What was noticed, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The files of a finished run of another tool: one file that holds power and requests or windows, or
 * the folder of a TokenPowerBench v1.0 run, whose batches each have a file of results and one of
 * power, stamped by one clock.
 *
 * @throws {InputError} When there is nothing at the path, or the folder is none that is known.
 */
export function sourcesOf(path: string, place: PlaceOptions): ImportSource[] {
  if (!existsSync(path)) {
    throw new InputError({ code: "not-found", path, problem: "there is no such file or folder" });
  }
  if (!statSync(path).isDirectory()) return [{ name: "imported", power: [path], log: path, place }];
  const batches = readdirSync(path)
    .flatMap((name) => /^batch_(\d+)_result\.json$/.exec(name)?.[1] ?? [])
    .filter((batch) => existsSync(join(path, `batch_${batch}_power_samples.json`)));
  if (batches.length === 0) {
    throw new InputError({
      code: "unknown-format",
      path,
      problem: "this is no folder of a tool that Joulebook knows",
      expected: "batch_N_result.json beside batch_N_power_samples.json (TokenPowerBench 1.0)",
      advice: "name its files with --power and --requests",
    });
  }
  return batches.map((batch) => ({
    name: `batch-${batch}`,
    power: [join(path, `batch_${batch}_power_samples.json`)],
    log: join(path, `batch_${batch}_result.json`),
    // Samples and events are stamped by one clock of one program.
    place: { offsetS: 0, ...place },
  }));
}

/**
 * Reads a source and puts its power on the clock of its requests or windows.
 *
 * @throws {InputError} When a file cannot be read, holds neither, or the clocks cannot be joined.
 */
export async function readSource(
  source: ImportSource,
  tpotS: number | undefined,
): Promise<ImportedPart> {
  const main = await readInput(source.log, tpotS === undefined ? {} : { tpotS });
  const others: ReadResult[] = [];
  for (const path of source.power) {
    others.push(path === source.log ? main : await readInput(path));
  }
  const log = main.requests.find(({ submitS }) => submitS.length > 0);
  const cells = log === undefined ? cellsOfWindows(main.windows) : [{
    id: source.name,
    startS: extreme([log.submitS], Math.min),
    endS: extreme([log.submitS, log.endS], Math.max),
    log,
  }];
  if (cells.length === 0) {
    throw new InputError({
      code: "refused",
      path: source.log,
      problem: "there are no requests and no windows with times in this file",
      advice: "name the log with one record for each request; summaries have no times",
    });
  }
  const placed = placeTrace(others.flatMap(({ series }) => series), {
    clock: log?.clock ?? main.windows[0]!.clock,
    startS: log?.submitS ?? Float64Array.from(cells, ({ startS }) => startS),
    endS: log?.endS ?? Float64Array.from(cells, ({ endS }) => endS),
    path: source.log,
  }, source.place);
  const inputs = [...new Set([main, ...others])];
  return {
    cells,
    series: placed.series,
    inputs,
    placed,
    notes: [
      placed.note,
      ...inputs.flatMap((input) => input.notes),
      ...(log === undefined
        ? [
          `${
            basename(source.log)
          } tells no times of requests: cells are its windows, and nothing ` +
          "can be divided among requests.",
        ]
        : []),
      ...(log?.endOrigin.kind === "derived"
        ? [`Ends of requests are derived: ${log.endOrigin.rule}.`]
        : []),
    ],
  };
}

/** The windows that hold no other window: cells do not overlap. */
function cellsOfWindows(all: readonly Windows[]): ImportedCell[] {
  return all.flatMap(({ names, startS, endS }) =>
    names.flatMap((name, i) => {
      const holds = (k: number): boolean =>
        k !== i && startS[k]! >= startS[i]! && endS[k]! <= endS[i]!;
      return names.some((_, k) => holds(k)) || !(endS[i]! > startS[i]!) ? [] : [{
        id: name.replace(/[^\w.-]+/g, "-"),
        startS: startS[i]!,
        endS: endS[i]!,
        log: null,
      }];
    })
  ).sort((a, b) => a.startS - b.startS);
}

function extreme(columns: readonly Float64Array[], of: (a: number, b: number) => number): number {
  let result = NaN;
  for (const column of columns) {
    for (const value of column) {
      if (!Number.isNaN(value)) result = Number.isNaN(result) ? value : of(result, value);
    }
  }
  return result;
}
