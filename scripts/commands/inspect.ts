/** `joulebook inspect`: what files hold. */

import { parseArgs } from "node:util";
import { formats } from "../../lib/formats/table.ts";
import { deviceNames } from "../../lib/power/device_name.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { isStore } from "../../lib/formats/store/layout.ts";
import type { FileReport } from "../../lib/measurement/file_report.ts";
import { isRunFolder } from "../../lib/measurement/read_run_folder.ts";
import type { SamplerStart } from "../../lib/measurement/start_samplers.ts";
import { filesUnder, type NamedFile } from "../files_under.ts";
import { inspectFiles, payForCores } from "../inspect_files.ts";
import { readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";
import {
  resumedArgs,
  taskOptionNames,
  taskOptionUsage,
  wantsTasks,
  withRun,
} from "../task_options.ts";
import { textTable } from "../text_table.ts";
import { digits, duration, lossText, moment } from "../units.ts";

/** The command. */
export const command: Command = {
  name: "inspect",
  summary: "say what files hold",
  usage: `joulebook inspect FILE|FOLDER|RUN... [--format ID] [--columns MAPPING] [--json]
joulebook inspect --formats

  Reads every file as a stream and sums it up; power traces of any size take little memory. Files
  in a folder whose format is not known are passed over and counted. Of a run folder of joulebook
  measure: samplers, cells, requests and what a reader should know.

${readOptionUsage}
${taskOptionUsage}
  --formats          list the formats that can be read
  --json             one JSON document: files[] with path, format, kind, devices[], samples,
                     requests, startS, endS, clock, meanW, energyJ, dropped[], issues[], of a run
                     folder also run: state, planned, samplers[], cells[]; passedOver

Exit status 1 when a file cannot be read; the others are still summed up.`,
  async run(words, io) {
    const args = await resumedArgs("inspect", words);
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...readOptionNames,
        ...taskOptionNames,
        formats: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    if (values.formats === true) {
      if (values.json === true) {
        printJson(io, {
          formats: formats.map(({ id, title, kinds, writtenBy }) => ({
            id,
            title,
            kinds,
            writtenBy,
          })),
        });
      } else {
        io.out(textTable(
          ["format", "id", "holds"],
          formats.map(({ id, title, kinds }) => [title, id, kinds.join(", ")]),
        ));
      }
      return 0;
    }
    if (positionals.length === 0) throw new UsageError("name at least one file");
    const options = readOptionsOf(values);
    const found = positionals.flatMap(filesIn);
    const paths = found.map(({ path }) => path);
    const reports = wantsTasks(values) || payForCores(paths)
      ? await withRun("inspect", args, values, io, (run) => inspectFiles(paths, options, run))
      : await inspectFiles(paths, options, null);
    const files = reports.filter(({ error }, i) =>
      found[i]!.named || error?.code !== "unknown-format"
    );
    const passedOver = reports.length - files.length;
    if (values.json === true) printJson(io, { files, passedOver });
    else for (const file of files) print(io, file);
    if (passedOver > 0) {
      io.err(`joulebook inspect: ${passedOver} files of no known format were passed over`);
    }
    return files.some(({ error }) => error !== undefined) ? 1 : 0;
  },
};

/** A store and a run folder are one input each. */
function filesIn(path: string): NamedFile[] {
  return isStore(path) || isRunFolder(path) ? [{ path, named: true }] : filesUnder(path);
}

function print(io: CommandIo, file: FileReport): void {
  if (file.error !== undefined) {
    io.err(`joulebook inspect: ${file.error.message}`);
    return;
  }
  const counts = [
    ...(file.samples > 0 ? [`${file.samples} samples`] : []),
    ...(file.requests > 0 ? [`${file.requests} requests`] : []),
    ...(file.run === undefined
      ? []
      : [`${file.windows} of ${file.run.planned} cells whole (${file.run.state})`]),
    ...(file.windows > 0 && file.run === undefined ? [`${file.windows} windows`] : []),
    ...(file.results > 0 ? [`${file.results} result rows`] : []),
  ];
  const lines = [
    file.path,
    `  format   ${file.format} (${file.kind})`,
    `  holds    ${counts.join(", ") || "nothing"}`,
  ];
  if (file.startS !== null) {
    lines.push(
      `  time     ${moment(file.startS, file.clock)} to ${moment(file.endS, file.clock)}` +
        ` (${duration(file.endS! - file.startS)}, ${file.clock} clock)`,
    );
  }
  for (const sampler of file.run?.samplers ?? []) lines.push(`  sampler  ${samplerText(sampler)}`);
  lines.push(`  dropped  ${lossText(file.dropped)}`);
  for (const issue of file.issues) lines.push(`  note     ${issue}`);
  io.out(lines.join("\n") + "\n");
  if (file.devices.length > 0) {
    const names = deviceNames(file.devices);
    io.out(textTable(
      ["device", "column", "samples", "step s", "gaps s", "mean W", "energy J"],
      file.devices.map((device, i) => [
        names[i]!,
        device.column + (device.basis === undefined ? "" : `, ${device.basis}`),
        String(device.samples),
        digits(device.stepS, 3),
        device.gapS > 0.0005 ? digits(device.gapS, 3) : "0",
        digits(device.meanW),
        digits(device.energyJ, 6),
      ]),
      { indent: 2 },
    ));
  }
  if (file.run !== undefined && file.run.cells.length > 0) {
    io.out(
      "\n" + textTable(
        ["cell", "state", "load s", "requests", "failed", "output tokens"],
        file.run.cells.map((cell) => [
          cell.id + (cell.attempt > 1 ? ` (run ${cell.attempt})` : ""),
          cell.state,
          digits(cell.loadS, 3),
          String(cell.requests),
          String(cell.failed),
          cell.outputTokens === null ? "–" : String(cell.outputTokens),
        ]),
        { indent: 2 },
      ),
    );
  }
  io.out("\n");
}

function samplerText({ name, basis, isHere, periodS, host, reason }: SamplerStart): string {
  const where = host === null ? "" : ` on ${host}`;
  return isHere
    ? `${name}${where}: ${basis}, a reading every ${digits(periodS, 3)} s wanted`
    : `${name}${where} was not here: ${reason}`;
}
