/** `joulebook convert`: any readable input as a folder of partitioned Parquet, or as one file. */

import { realpathSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import { readInput } from "../../lib/formats/read.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import type { Conversion } from "../../lib/formats/store/convert_input.ts";
import { writerOf } from "../../lib/formats/write_whole.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { filesUnder } from "../files_under.ts";
import { readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";
import { counted } from "../units.ts";

/** The command. */
export const command: Command = {
  name: "convert",
  summary:
    "write inputs as a folder of partitioned Parquet, or one as Parquet, Arrow or JSON Lines",
  usage: `joulebook convert IN... DIR/ [--host NAME] [--replica NAME] [--model NAME] [--replace]
joulebook convert IN OUT.parquet|.arrow|.jsonl|.jsonl.gz|.jsonl.zst

  Writes everything that the inputs hold: series, requests, windows and results, with the losses.
  Columns carry their units in their names (timeS, powerW, energyJ, ...); devices, clocks and notes
  are metadata. All is read back by every command.

  An OUT that ends in / or is a folder is a store: Parquet by device and day, with Zstandard and
  statistics by row group, such as power/host=node1/device=gpu0/column=power.draw/day=2024-03-29/.
  Power readings of any number take little memory. An input is added whole or not at all, one that
  is there already is left alone. IN may be a folder: all files in it are read, but for those of
  no known format.

  --host NAME        host of devices that the inputs do not name one of
  --replica NAME     server of request logs that do not name one
  --model NAME       model of request logs that do not name one
  --replace          put an input in the place of what the store holds of the same devices and time
  --json             for a store, one JSON document: files[] with path, status (converted, present),
                     replaced[], series, samples, requests, windows, results
${readOptionUsage}`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...readOptionNames,
        host: { type: "string" },
        replica: { type: "string" },
        model: { type: "string" },
        replace: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const output = positionals.at(-1);
    const inputs = positionals.slice(0, -1);
    if (output === undefined || inputs.length === 0) {
      throw new UsageError("name at least one input, and the output");
    }
    const readOptions = readOptionsOf(values);
    if (output.endsWith("/") || isFolder(output)) {
      const { host, replica, model, replace } = values;
      return await convertToStore(inputs, output, io, values.json === true, {
        ...readOptions,
        ...(host !== undefined && { host }),
        ...(replica !== undefined && { replica }),
        ...(model !== undefined && { model }),
        ...(replace !== undefined && { replace }),
      });
    }
    const unused = (["host", "replica", "model", "replace", "json"] as const).find((name) =>
      values[name] !== undefined
    );
    if (unused !== undefined) throw new UsageError(`--${unused} goes with an output folder`);
    const [input, ...more] = inputs;
    if (more.length > 0) throw new UsageError("several inputs go into a folder: end OUT with /");
    const write = writerOf(output);
    if (write === null) {
      throw new UsageError(
        `${output}: the end of the name must be .parquet, .arrow, .jsonl, .jsonl.gz, .jsonl.zst or /`,
      );
    }
    if (same(input!, output)) throw new UsageError("the output would replace the input");
    const result = await readInput(input!, readOptions);
    try {
      await write(result);
    } catch (cause) {
      throw cannotWrite(output, cause);
    }
    io.out(`${output}: ${contents(countsOf(result))}\n`);
    return 0;
  },
};

async function convertToStore(
  inputs: readonly string[],
  dir: string,
  io: CommandIo,
  json: boolean,
  options: Parameters<typeof import("../../lib/formats/store/convert_input.ts").convertInputs>[2],
): Promise<number> {
  const { convertInputs } = await import("../../lib/formats/store/convert_input.ts");
  const files = inputs.flatMap(filesUnder);
  const named = new Set(files.filter((file) => file.named).map(({ path }) => path));
  if (inputs.some((input) => same(input, dir))) {
    throw new UsageError("the output would be one of the inputs");
  }
  const done: Conversion[] = [];
  try {
    for await (
      const conversion of convertInputs(files.map(({ path }) => path), dir, {
        ...options,
        passOver(path, error) {
          if (named.has(path) || error.code !== "unknown-format") return false;
          io.err(`joulebook convert: passed over: ${error.message}`);
          return true;
        },
      })
    ) {
      done.push(conversion);
      if (json) continue;
      const { status, source, replaced } = conversion;
      const counts = contents(storedCountsOf(conversion));
      io.out(
        `${source.path}: ${status === "present" ? "is there already, with" : "added"} ${counts}` +
          `${replaced.length > 0 ? `, in place of ${replaced.join(", ")}` : ""}\n`,
      );
    }
  } catch (cause) {
    if (cause instanceof InputError || !isSystemError(cause)) throw cause;
    throw cannotWrite(dir, cause);
  }
  if (json) {
    printJson(io, {
      files: done.map((conversion) => ({
        path: conversion.source.path,
        status: conversion.status,
        replaced: conversion.replaced,
        ...storedCountsOf(conversion),
      })),
    });
  }
  return 0;
}

interface Counts {
  readonly series: number;
  readonly samples: number;
  readonly requests: number;
  readonly windows: number;
  readonly results: number;
}

function countsOf(result: ReadResult): Counts {
  return {
    series: result.series.length,
    samples: result.series.reduce((sum, { timeS }) => sum + timeS.length, 0),
    requests: result.requests.reduce((sum, { submitS }) => sum + submitS.length, 0),
    windows: result.windows.length,
    results: result.results.length,
  };
}

function storedCountsOf({ source }: Conversion): Counts {
  const of = (kind: string) => source.parts.filter((part) => part.kind === kind);
  const rows = (kind: string): number => of(kind).reduce((sum, part) => sum + part.to, 0);
  return {
    series: of("series").length,
    samples: rows("series"),
    requests: rows("requests"),
    windows: of("windows").length,
    results: of("results").length,
  };
}

function contents(counts: Counts): string {
  return `${counts.series} series (${counted(counts.samples, "sample")}), ` +
    `${counted(counts.requests, "request")}, ${counted(counts.windows, "set")} of windows, ` +
    `${counted(counts.results, "table")} of results`;
}

function cannotWrite(path: string, cause: unknown): InputError {
  const { code } = cause as { readonly code?: string };
  return new InputError({
    code: "unreadable",
    path,
    problem: `the output cannot be written${code === undefined ? "" : ` (${code})`}`,
    advice: code === "ENOSPC" ? "make room on the disk" : "check the folder and its permissions",
    cause,
  });
}

/** Whether the file system refused something, as against a fault of ours. */
function isSystemError(error: unknown): boolean {
  return typeof (error as { readonly code?: unknown } | null)?.code === "string";
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function same(input: string, output: string): boolean {
  try {
    return realpathSync(input) === realpathSync(output);
  } catch {
    return false;
  }
}
