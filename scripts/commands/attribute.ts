/** `joulebook attribute`: the energy of a trace by request and phase, or by window. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { RequestEnergies } from "../../lib/attribution/equal_share.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import { batchOutcome, printBatch } from "../attribution/by_batch.ts";
import { requestOutcome } from "../attribution/by_request.ts";
import { printRun, runDocument, runOutcome } from "../attribution/by_run.ts";
import { windowOutcome } from "../attribution/by_window.ts";
import { jobOptionNames, jobOptionUsage, readJob } from "../attribution/job.ts";
import { printRequests, printWindows } from "../attribution/report.ts";
import { requestRows } from "../attribution/request_rows.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { resumedArgs, taskOptionNames, taskOptionUsage, wantsTasks } from "../task_options.ts";

/** The command. */
export const command: Command = {
  name: "attribute",
  summary: "divide the energy of a trace among requests and phases, or among named windows",
  usage: `joulebook attribute RUN [options] [--json]
joulebook attribute --power FILE... (--requests FILE | --windows FILE) [options] [--json]
joulebook attribute --power STORE (--requests STORE|FILE | --windows STORE|FILE) --engine E
  [options] [--json]

  RUN                a run folder of joulebook measure: its power, requests and rests, by cell and as a
                     whole; serial cells by measurement, batched ones by one regression over the run
${jobOptionUsage}
  --save DIR         write the requests' energies into this folder of Parquet, for joulebook sql
${taskOptionUsage}
  --out FILE         requests as JSON Lines; with --run DIR, by default DIR/requests.jsonl
  --json             one JSON document: method, offsetS, offsetWidthS, totalJ, idleJ,
                     unattributedJ, prefillJ, decodeJ, conservationError, requests[] or windows[];
                     of a run also basis (measured or modelled), idle, cells[], and of its
                     requests workFromS, from which on each was worked on;
                     of a store by tasks servers[], kinds[], and requests is their number

A store is a folder that joulebook convert writes. With --engine it is cut into devices and days;
costs are fitted to all of it, and each request is counted once. Devices serve the replica whose
name their host has.

Exit status 1 when the files cannot be joined without a guess: the message says what to give.`,
  async run(words, io) {
    const args = await resumedArgs("attribute", words);
    const { values: all, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...jobOptionNames,
        ...taskOptionNames,
        save: { type: "string" },
        out: { type: "string" },
        json: { type: "boolean" },
      },
    });
    if (wantsTasks(all)) {
      if (positionals.length > 0) throw new UsageError("--engine and --run go with a store");
      const { attributeByTasks } = await import("../attribution/attribute_by_tasks.ts");
      await attributeByTasks(io, args, all);
      return 0;
    }
    const { json, save, out, ...values } = all;
    if (out !== undefined) throw new UsageError("--out goes with --engine or --run");
    const job = await readJob(positionals, values);
    switch (job.kind) {
      case "run": {
        if (save !== undefined) throw new UsageError("--save has no use with a run folder");
        const outcome = await runOutcome(job.dir, job.options);
        if (json === true) printJson(io, runDocument(outcome));
        else printRun(io, outcome);
        return 0;
      }
      case "windows": {
        if (save !== undefined) throw new UsageError("--save has no use with windows");
        const { windows } = job;
        const outcome = windowOutcome(job.sources, windows);
        const { facts, result } = outcome;
        if (json !== true) printWindows(io, result, windows, outcome);
        else printJson(io, { ...facts, windows: result.windows, reference: windows.reference });
        return 0;
      }
      case "equal-share": {
        const { log } = job;
        const outcome = requestOutcome(job.sources, log);
        const { facts, result } = outcome;
        await keep(io, save, job.sources.path, log, result.requests);
        if (json !== true) printRequests(io, result, log, outcome);
        else printJson(io, { ...facts, requests: requestRows(log, result.requests) });
        return 0;
      }
      case "batched": {
        const { log } = job;
        const outcome = batchOutcome(job.sources, log, job.choice);
        const { facts, result } = outcome;
        await keep(io, save, job.sources.path, log, result.requests);
        if (json !== true) printBatch(io, job.sources, log, outcome);
        else printJson(io, { ...facts, requests: requestRows(log, result.requests) });
        return 0;
      }
    }
  },
};

/** Writes the requests' energies into a store, where that was asked for. */
async function keep(
  io: CommandIo,
  dir: string | undefined,
  path: string,
  log: RequestLog,
  energies: RequestEnergies,
): Promise<void> {
  if (dir === undefined) return;
  const { saveAttribution } = await import("../attribution/save.ts");
  saveAttribution(dir, path, log, energies);
  if (resolve(path) !== resolve(dir)) {
    io.err(
      `joulebook attribute: the requests were not read from ${dir}, so that joules_by_model has none ` +
        `of them; for that convert them there and give --requests ${dir}`,
    );
  }
}
