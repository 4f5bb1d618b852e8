/** `joulebook report`: a run folder or an attribution as one HTML page. */

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { hashFile } from "../../lib/datasets/hash_file.ts";
import { InputError } from "../../lib/errors.ts";
import type { Origin } from "../../lib/figures/mod.ts";
import { htmlPage, type Report, type SourceFile } from "../../lib/report/mod.ts";
import { isRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { runOutcome } from "../attribution/by_run.ts";
import { jobOptionNames, jobOptionUsage, type JobValues, readJob } from "../attribution/job.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { readPlotly, versionsOf } from "../report/assets.ts";
import { reportOfDocument } from "../report/from_document.ts";
import { type Frame, reportOfJob, rolesOf } from "../report/from_job.ts";
import { nameOfRun, reportOfRun, runFilesOf } from "../report/from_run.ts";

const origins: readonly Origin[] = ["measured", "published", "modelled", "simulated", "generated"];

/** The command. */
export const command: Command = {
  name: "report",
  summary: "one HTML page with figures and tables of a run or an attribution",
  usage: `joulebook report RUN [options] [--out FILE.html] [--json]
joulebook report ATTRIBUTION.json [--out FILE.html] [--json]
joulebook report --power FILE... (--requests FILE | --windows FILE) [options] [--out FILE.html] [--json]

  RUN                a folder that joulebook measure wrote; it is not changed
  ATTRIBUTION.json   what joulebook attribute --json printed; it holds no readings
  --out FILE.html    where to write the page; by default report.html here
  --title TEXT       title of the page
  --origin WORD      what the readings are: measured (default), published, modelled, simulated,
                     generated
  --json             one JSON document: path, bytes

or the options of joulebook attribute:

${jobOptionUsage}

The page holds everything: open it in any browser, without a network. It loads nothing and sends
nothing.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...jobOptionNames,
        out: { type: "string" },
        title: { type: "string" },
        origin: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const { out = "report.html", title, origin: word, json, ...asked } = values;
    // Another ending is most likely one of the inputs.
    if (!/\.html?$/i.test(out)) throw new UsageError(`--out must end in .html, not ${out}`);
    const origin = origins.find((one) => one === (word ?? "measured"));
    if (origin === undefined) {
      throw new UsageError(`--origin must be one of ${origins.join(", ")}, not ${word}`);
    }
    const plotly = readPlotly();
    const frame = async (name: string, files: readonly NamedFile[]): Promise<Frame> => ({
      title: title ?? name,
      origin,
      madeS: Math.floor(Date.now() / 1000),
      versions: versionsOf(plotly),
      files: await digested(files),
    });
    const report = await reportOf(positionals, asked, frame);
    const page = htmlPage(report, { plotly });
    const bytes = new TextEncoder().encode(page);
    save(out, bytes);
    if (json === true) printJson(io, { path: resolve(out), bytes: bytes.length });
    else io.out(`${out}: ${(bytes.length / 1e6).toFixed(1)} MB; open it in a browser\n`);
    return 0;
  },
};

function save(path: string, bytes: Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  } catch (cause) {
    throw new InputError({
      code: "unreadable",
      path,
      problem: `the page cannot be written (${cause instanceof Error ? cause.message : cause})`,
      advice: "give another path to --out",
      cause,
    });
  }
}

/** A file without what is found when it is read. */
type NamedFile = Omit<SourceFile, "bytes" | "sha256">;

async function reportOf(
  paths: readonly string[],
  values: JobValues,
  frame: (name: string, files: readonly NamedFile[]) => Promise<Frame>,
): Promise<Report> {
  const [path, ...more] = paths;
  if (path !== undefined && more.length === 0 && !isRunFolder(path)) {
    const given = Object.keys(values)[0];
    if (given !== undefined) throw new UsageError(`--${given} has no use with a document`);
    const files = [{ path, role: "attribution", format: "joulebook-attribution" }];
    const text = readText(path);
    return reportOfDocument(text, path, await frame(`Energy in ${basename(path)}`, files));
  }
  const job = await readJob(paths, values);
  if (job.kind === "run") {
    const outcome = await runOutcome(job.dir, job.options);
    return reportOfRun(
      outcome,
      await frame(`Energy of ${nameOfRun(outcome.run)}`, runFilesOf(job.dir)),
    );
  }
  const name = `Energy of ${basename(job.sources.path)}`;
  return reportOfJob(job, await frame(name, rolesOf(job.inputs)));
}

function readText(path: string): string {
  const expected = "a run folder, or a document of joulebook attribute --json";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    throw new InputError({
      code: "not-found",
      path,
      problem: found === undefined ? "there is no such file or folder" : "this is not a run folder",
      expected,
      advice: "name the folder that joulebook measure wrote, or give --power and --requests",
    });
  }
  return readFileSync(path, "utf8");
}

/** Files with their sizes and checksums; what is no file has none. */
async function digested(
  files: readonly NamedFile[],
): Promise<SourceFile[]> {
  const done: SourceFile[] = [];
  for (const file of files) {
    const isFile = statSync(file.path, { throwIfNoEntry: false })?.isFile() === true;
    const digest = isFile ? await hashFile(file.path) : null;
    done.push({ ...file, bytes: digest?.bytes ?? null, sha256: digest?.sha256 ?? null });
  }
  return done;
}
