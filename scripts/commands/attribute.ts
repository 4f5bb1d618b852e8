/** `joulebook attribute`: the energy of a trace by request and phase, or by window. */

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
import { type Command, printJson, UsageError } from "../command.ts";

/** The command. */
export const command: Command = {
  name: "attribute",
  summary: "divide the energy of a trace among requests and phases, or among named windows",
  usage: `joulebook attribute RUN [options] [--json]
joulebook attribute --power FILE... (--requests FILE | --windows FILE) [options] [--json]

  RUN                a run folder of joulebook measure: its power, requests and rests, by cell and as a
                     whole; serial cells by measurement, batched ones by one regression over the run
${jobOptionUsage}
  --save DIR         write the requests' energies into this folder of Parquet, for joulebook sql
  --json             one JSON document: method, offsetS, offsetWidthS, totalJ, idleJ,
                     unattributedJ, prefillJ, decodeJ, conservationError, requests[] or windows[];
                     of a run also basis (measured or modelled), idle, cells[]

Exit status 1 when the files cannot be joined without a guess: the message says what to give.`,
  async run(args, io) {
    const { values: { json, save, ...values }, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...jobOptionNames, save: { type: "string" }, json: { type: "boolean" } },
    });
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
        await keep(save, job.sources.path, log, result.requests);
        if (json !== true) printRequests(io, result, log, outcome);
        else printJson(io, { ...facts, requests: requestRows(log, result.requests) });
        return 0;
      }
      case "batched": {
        const { log } = job;
        const outcome = batchOutcome(job.sources, log, job.choice);
        const { facts, result } = outcome;
        await keep(save, job.sources.path, log, result.requests);
        if (json !== true) printBatch(io, job.sources, log, outcome);
        else printJson(io, { ...facts, requests: requestRows(log, result.requests) });
        return 0;
      }
    }
  },
};

/** Writes the requests' energies into a store, where that was asked for. */
async function keep(
  dir: string | undefined,
  path: string,
  log: RequestLog,
  energies: RequestEnergies,
): Promise<void> {
  if (dir === undefined) return;
  const { saveAttribution } = await import("../attribution/save.ts");
  saveAttribution(dir, path, log, energies);
}
