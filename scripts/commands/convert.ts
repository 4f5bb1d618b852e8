/** `joulebook convert`: any readable file as Parquet, Arrow or JSON Lines. */

import { createWriteStream, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { createGzip, createZstdCompress } from "node:zlib";
import { InputError } from "../../lib/errors.ts";
import { jsonLines } from "../../lib/formats/json_lines.ts";
import { partitionsOf } from "../../lib/formats/partition.ts";
import { readInput } from "../../lib/formats/read.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { type Command, UsageError } from "../command.ts";
import { readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";

/** The command. */
export const command: Command = {
  name: "convert",
  summary: "write a file as Parquet, Arrow or JSON Lines",
  usage: `joulebook convert IN OUT [--format ID] [--columns MAPPING]

  Writes everything that IN holds: series, requests, windows and results, with the losses. The end of
  OUT says how: .parquet, .arrow, .jsonl, .jsonl.gz or .jsonl.zst, or / for a folder of Parquet files,
  one a series (kind=series/device=gpu0/column=power.draw/0.parquet). Columns carry their units in
  their names (timeS, powerW, energyJ, ...); devices, clocks and notes are metadata. All read back.

${readOptionUsage}`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: readOptionNames,
    });
    const [input, output, ...more] = positionals;
    if (input === undefined || output === undefined || more.length > 0) {
      throw new UsageError("name one input and one output");
    }
    const write = writerOf(output);
    if (write === null) {
      throw new UsageError(
        `${output}: the end of the name must be .parquet, .arrow, .jsonl, .jsonl.gz, .jsonl.zst or /`,
      );
    }
    if (same(input, output)) throw new UsageError("the output would replace the input");
    const result = await readInput(input, readOptionsOf(values));
    try {
      await write(result, output);
    } catch (cause) {
      throw new InputError({
        code: "unreadable",
        path: output,
        problem: "the output cannot be written",
        advice: "check the folder and its permissions",
        cause,
      });
    }
    const samples = result.series.reduce((sum, { timeS }) => sum + timeS.length, 0);
    const requests = result.requests.reduce((sum, { submitS }) => sum + submitS.length, 0);
    io.out(
      `${output}: ${result.series.length} series (${samples} samples), ${requests} requests, ` +
        `${result.windows.length} sets of windows, ${result.results.length} tables of results\n`,
    );
    return 0;
  },
};

type Write = (result: ReadResult, path: string) => Promise<void>;

function writerOf(path: string): Write | null {
  if (path.endsWith("/")) {
    return async (result, out) => {
      const { writeParquet } = await import("../../lib/formats/parquet.ts");
      for (const part of partitionsOf(result)) {
        const file = join(out, `${part.path}.parquet`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, writeParquet(part.result));
      }
    };
  }
  if (path.endsWith(".parquet")) {
    return async (result, out) => {
      const { writeParquet } = await import("../../lib/formats/parquet.ts");
      writeFileSync(out, writeParquet(result));
    };
  }
  if (path.endsWith(".arrow")) {
    return async (result, out) => {
      const { writeArrow } = await import("../../lib/formats/arrow.ts");
      writeFileSync(out, writeArrow(result));
    };
  }
  const packed = /\.jsonl(\.gz|\.zst)?$/.exec(path);
  if (packed === null) return null;
  return async (result, out) => {
    const lines = Readable.from(chunks(result));
    if (packed[1] === undefined) await pipeline(lines, createWriteStream(out));
    else {
      await pipeline(
        lines,
        packed[1] === ".gz" ? createGzip() : createZstdCompress(),
        createWriteStream(out),
      );
    }
  };
}

/** The lines in larger pieces: a stream costs by the piece. */
function* chunks(result: ReadResult): Generator<string> {
  let chunk = "";
  for (const line of jsonLines(result)) {
    chunk += line;
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

function same(input: string, output: string): boolean {
  try {
    return realpathSync(input) === realpathSync(output);
  } catch {
    return false;
  }
}
