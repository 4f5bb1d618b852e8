/** `joulebook attribute`: the energy of a trace by request and phase, or by window. */

import { parseArgs } from "node:util";
import { attributeEqualShare } from "../../lib/attribution/equal_share.ts";
import { placeTrace } from "../../lib/attribution/place.ts";
import { attributeWindows } from "../../lib/attribution/windows.ts";
import { InputError } from "../../lib/errors.ts";
import { readInput } from "../../lib/formats/read.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { chooseSeries, sumIntegrators } from "../../lib/power/sum.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { positive, readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";
import { type Joined, printRequests, printWindows } from "../attribution_report.ts";

/** The command. */
export const command: Command = {
  name: "attribute",
  summary: "divide the energy of a trace among requests and phases, or among named windows",
  usage: `joulebook attribute --power FILE... (--requests FILE | --windows FILE) [options] [--json]

  --power FILE       power trace; may be given several times
  --requests FILE    request log
  --windows FILE     named windows; may be the trace itself
  --zone ZONE        zone of a trace in local time: -07:00, UTC, America/Los_Angeles
  --offset SECONDS   seconds to add to the trace's times to reach the other file's clock
  --device ID[,ID]   devices to add up; by default all GPUs, or the only device
  --tpot SECONDS     seconds per output token, for request logs that record no ends: they are then
                     derived, and the result says so
  --log-format ID    format of the request log or windows, when detection should not decide
  --idle RULE        unassigned (default): energy while nothing is in flight belongs to no request
${readOptionUsage}
  --json             one JSON document: method, offsetS, offsetWidthS, totalJ, idleJ,
                     unattributedJ, prefillJ, decodeJ, conservationError, requests[] or windows[]

Exit status 1 when the files cannot be joined without a guess: the message says what to give.`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        ...readOptionNames,
        power: { type: "string", multiple: true },
        requests: { type: "string" },
        windows: { type: "string" },
        zone: { type: "string" },
        offset: { type: "string" },
        device: { type: "string" },
        tpot: { type: "string" },
        "log-format": { type: "string" },
        idle: { type: "string" },
        json: { type: "boolean" },
      },
    });
    if (values.power === undefined) throw new UsageError("give --power FILE");
    if ((values.requests === undefined) === (values.windows === undefined)) {
      throw new UsageError("give either --requests FILE or --windows FILE");
    }
    if (values.idle !== undefined && values.idle !== "unassigned") {
      throw new UsageError(`--idle must be unassigned, not ${values.idle}`);
    }
    const offsetS = values.offset === undefined ? undefined : Number(values.offset);
    if (offsetS !== undefined && !Number.isFinite(offsetS)) {
      throw new UsageError(`--offset must be a number of seconds, not ${values.offset}`);
    }
    const inputs = [];
    for (const path of values.power) inputs.push(await readInput(path, readOptionsOf(values)));
    const power = chooseSeries(
      inputs.flatMap(({ series }) => series),
      values.device?.split(","),
    );
    const place = {
      ...(values.zone !== undefined && { zone: values.zone }),
      ...(offsetS !== undefined && { offsetS }),
    };
    const logFormat = values["log-format"];
    const other = await readInput((values.requests ?? values.windows)!, {
      ...(logFormat !== undefined && { format: logFormat }),
      ...(values.tpot !== undefined && { tpotS: positive("tpot", values.tpot) }),
    });
    const read = {
      dropped: inputs.flatMap(({ dropped }) => dropped),
      notes: [...inputs, other].flatMap(({ notes }) => notes),
    };
    if (values.windows !== undefined) {
      const windows = other.windows[0];
      if (windows === undefined) throw holdsNone(values.windows, "windows");
      const placed = placeTrace(power, {
        clock: windows.clock,
        startS: windows.startS,
        endS: windows.endS,
        path: values.windows,
      }, place);
      const integrator = sumIntegrators(placed.series.map((series) => createIntegrator(series)));
      const result = attributeWindows(integrator, windows);
      const joined: Joined = { placed, integrator, ...read };
      if (values.json === true) {
        printJson(io, {
          method: result.method,
          estimator: integrator.estimator,
          devices: power.map(({ device }) => device.id),
          offsetS: placed.offsetS,
          offsetWidthS: placed.offsetWidthS,
          overlap: placed.overlap,
          totalJ: result.totalJ,
          idleJ: null,
          unattributedJ: result.outsideJ,
          prefillJ: null,
          decodeJ: null,
          insideJ: result.insideJ,
          sharedJ: result.sharedJ,
          conservationError: result.conservationError,
          windows: result.windows,
          notes: [placed.note, ...joined.notes],
        });
      } else printWindows(io, result, windows, joined);
      return 0;
    }
    const log = other.requests[0];
    if (log === undefined) throw holdsNone(values.requests!, "requests");
    requireEnds(log, values.requests!);
    const placed = placeTrace(power, {
      clock: log.clock,
      startS: log.submitS,
      endS: log.endS,
      path: values.requests!,
    }, place);
    const integrator = sumIntegrators(
      placed.series.map((series) => createIntegrator(series, { minSamples: 0 })),
    );
    const result = attributeEqualShare(integrator, log);
    const joined: Joined = { placed, integrator, ...read };
    if (values.json === true) {
      const { requests } = result;
      printJson(io, {
        method: result.method,
        idleRule: "unassigned",
        estimator: integrator.estimator,
        devices: power.map(({ device }) => device.id),
        offsetS: placed.offsetS,
        offsetWidthS: placed.offsetWidthS,
        overlap: placed.overlap,
        totalJ: result.totalJ,
        idleJ: result.idleJ,
        unattributedJ: result.unattributedJ,
        prefillJ: result.prefillJ,
        decodeJ: result.decodeJ,
        unsplitJ: result.unsplitJ,
        conservationError: result.conservationError,
        requests: Array.from(log.submitS, (startS, i) => ({
          name: log.ids?.[i] ?? String(i),
          startS,
          firstTokenS: log.firstTokenS[i],
          endS: log.endS[i],
          inputTokens: log.inputTokens[i],
          outputTokens: log.outputTokens[i],
          energyJ: requests.energyJ[i],
          lowJ: requests.lowJ[i],
          highJ: requests.highJ[i],
          prefillJ: requests.prefillJ[i],
          decodeJ: requests.decodeJ[i],
          reason: requests.reasons[i],
        })),
        notes: [placed.note, ...joined.notes],
      });
    } else printRequests(io, result, log, joined);
    return 0;
  },
};

/** Refuses a log of which most requests have no end: nothing would be true of the rest. */
function requireEnds(log: RequestLog, path: string): void {
  const succeeded = log.success.reduce((sum, ok) => sum + ok, 0);
  const ended = log.endS.reduce(
    (sum, end, i) => sum + (log.success[i]! && !Number.isNaN(end) ? 1 : 0),
    0,
  );
  if (succeeded === 0 || ended >= 0.5 * succeeded) return;
  throw new InputError({
    code: "refused",
    path,
    problem: `${succeeded - ended} of ${succeeded} requests have no end`,
    expected: "inter-token latencies, latencies or ends in the log",
    advice: "record them (vllm bench serve --save-detailed), or give --tpot, the seconds per " +
      "output token, to derive them",
  });
}

function holdsNone(path: string, what: string): InputError {
  return new InputError({
    code: "refused",
    path,
    problem: `there are no ${what} in this file`,
    advice: `see what it holds with joulebook inspect ${path}`,
  });
}
