/** `joulebook attribute`: the energy of a trace by request and phase, or by window. */

import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import { readInput } from "../../lib/formats/read.ts";
import { isStore } from "../../lib/formats/store/layout.ts";
import type { TimeSpan } from "../../lib/formats/store/read_series.ts";
import { joinLogs } from "../../lib/requests/join_logs.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import { chooseSeries } from "../../lib/power/sum.ts";
import { attributeByBatch, methodOf, methodUsage } from "../attribution/by_batch.ts";
import { attributeByRequest } from "../attribution/by_request.ts";
import { attributeByRun } from "../attribution/by_run.ts";
import { attributeByWindow } from "../attribution/by_window.ts";
import { requireEnds } from "../attribution/require_ends.ts";
import type { Sources } from "../attribution/sources.ts";
import { type Command, type CommandIo, UsageError } from "../command.ts";
import { positive, readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";

const idleRules = ["unassigned", "time-present", "tokens"] as const;

const options = {
  ...readOptionNames,
  power: { type: "string", multiple: true },
  requests: { type: "string" },
  windows: { type: "string" },
  zone: { type: "string" },
  offset: { type: "string" },
  device: { type: "string" },
  method: { type: "string" },
  model: { type: "string" },
  hardware: { type: "string" },
  idle: { type: "string" },
  "idle-power": { type: "string" },
  tpot: { type: "string" },
  "log-format": { type: "string" },
  save: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The command. */
export const command: Command = {
  name: "attribute",
  summary: "divide the energy of a trace among requests and phases, or among named windows",
  usage: `joulebook attribute RUN [options] [--json]
joulebook attribute --power FILE... (--requests FILE | --windows FILE) [options] [--json]

  RUN                a run folder of joulebook measure: its power, requests and rests, by cell and as a
                     whole; serial cells by measurement, batched ones by one regression over the run
  --power FILE       power trace; may be given several times
  --requests FILE    request log
  --windows FILE     named windows; may be the trace itself
  --zone ZONE        zone of a trace in local time: -07:00, UTC, America/Los_Angeles
  --offset SECONDS   seconds to add to the trace's times to reach the other file's clock; or
                     "auto" (requests only): found from the data, any zone or any offset
  --device ID[,ID]   devices to add up; by default all GPUs, or the only device
  --method NAME      for requests, ${methodUsage}
  --idle RULE        with methods above idle: unassigned (default), idle energy belongs to no request;
                     time-present, shared by the requests in flight; tokens, by their tokens
  --idle-power W     idle power, when the trace has no idle time
  --tpot SECONDS     seconds per output token, for request logs that record no ends: they are then
                     derived, and the result says so
  --log-format ID    format of the request log or windows, when detection should not decide
  --save DIR         write the requests' energies into this folder of Parquet, for joulebook sql
${readOptionUsage}
  --json             one JSON document: method, offsetS, offsetWidthS, totalJ, idleJ,
                     unattributedJ, prefillJ, decodeJ, conservationError, requests[] or windows[];
                     of a run also basis (measured or modelled), idle, cells[]

Exit status 1 when the files cannot be joined without a guess: the message says what to give.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options,
    });
    const idleRule = idleRules.find((rule) => rule === (values.idle ?? "unassigned"));
    if (idleRule === undefined) {
      throw new UsageError(`--idle must be one of ${idleRules.join(", ")}, not ${values.idle}`);
    }
    const choice: Choice = {
      method: await methodOf(values.method ?? "auto", values.model, values.hardware),
      idleRule,
      ...(values["idle-power"] !== undefined && {
        idleW: positive("idle-power", values["idle-power"]),
      }),
    };
    if (positionals.length === 0) await attributeFiles(io, values, choice);
    else if (positionals.length > 1) throw new UsageError("name one run folder");
    else await attributeFolder(io, positionals[0]!, values, choice);
    return 0;
  },
};

/** The options, as they were given. */
type Values =
  & {
    readonly [name in Exclude<keyof typeof options, "power" | "json">]?: string | undefined;
  }
  & { readonly power?: readonly string[] | undefined; readonly json?: boolean | undefined };

/** Options of both forms of the command. */
interface Choice {
  readonly method: Awaited<ReturnType<typeof methodOf>>;
  readonly idleRule: typeof idleRules[number];
  readonly idleW?: number;
}

/** Refuses options that would have no effect. */
function unused(values: Values, names: readonly (keyof Values)[], why: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} has no use here: ${why}`);
}

/** A run folder. */
async function attributeFolder(
  io: CommandIo,
  dir: string,
  values: Values,
  { method, ...idle }: Choice,
): Promise<void> {
  unused(
    values,
    [
      "power",
      "requests",
      "windows",
      "zone",
      "offset",
      "tpot",
      "log-format",
      "save",
      ...Object.keys(readOptionNames) as (keyof typeof readOptionNames)[],
    ],
    "a run folder has its own power, requests and clock",
  );
  if (method === "equal-share") unused(values, ["idle", "idle-power"], keepsIdle);
  await attributeByRun(io, dir, {
    method,
    ...idle,
    ...(values.device !== undefined && { devices: values.device.split(",") }),
  }, values.json === true);
}

const keepsIdle = "equal-share divides all power, idle power included";

/** Power traces beside a request log or windows. */
async function attributeFiles(io: CommandIo, values: Values, choice: Choice): Promise<void> {
  if (values.power === undefined) throw new UsageError("give a run folder, or --power FILE");
  const path = values.requests ?? values.windows;
  if (path === undefined || (values.requests !== undefined && values.windows !== undefined)) {
    throw new UsageError("give either --requests FILE or --windows FILE");
  }
  const auto = values.offset === "auto";
  const offsetS = auto || values.offset === undefined ? undefined : Number(values.offset);
  if (values.offset?.trim() === "" || (offsetS !== undefined && !Number.isFinite(offsetS))) {
    throw new UsageError(`--offset must be a number of seconds or auto, not ${values.offset}`);
  }
  const inputs = [];
  const devices = values.device?.split(",");
  const powerOptions = {
    ...readOptionsOf(values),
    kinds: ["power" as const],
    ...(devices !== undefined && { devices }),
  };
  for (const file of values.power) inputs.push(await readInput(file, powerOptions));
  const logFormat = values["log-format"];
  const other = await readInput(path, {
    kinds: ["requests", "windows"],
    ...(logFormat !== undefined && { format: logFormat }),
    ...(values.tpot !== undefined && { tpotS: positive("tpot", values.tpot) }),
  });
  const { saveAttribution } = values.save === undefined
    ? { saveAttribution: null }
    : await import("../attribution/save.ts");
  const sources: Sources = {
    power: chooseSeries(inputs.flatMap(({ series }) => series), devices),
    path,
    place: {
      ...(values.zone !== undefined && { zone: values.zone }),
      ...(offsetS !== undefined && { offsetS }),
    },
    auto,
    dropped: inputs.flatMap(({ dropped }) => dropped),
    notes: [...inputs, other].flatMap(({ notes }) => notes),
    json: values.json === true,
    ...(saveAttribution !== null && {
      save: (log, energies) => saveAttribution(values.save!, path, log, energies),
    }),
  };
  if (values.windows !== undefined) {
    unused(
      values,
      ["method", "idle", "idle-power", "tpot", "model", "hardware", "save"],
      "windows get what was measured during them",
    );
    if (auto) {
      throw new UsageError("--offset auto needs --requests: windows do not tell the load");
    }
    const windows = other.windows[0];
    if (windows === undefined) throw holdsNone(path, "windows");
    attributeByWindow(io, sources, windows);
    return;
  }
  if (other.requests.length === 0) throw holdsNone(path, "requests");
  const log = isStore(path) ? await storedRequests(path, powerOptions) : joinLogs(other.requests);
  requireEnds(log, path);
  const { method, ...idle } = choice;
  if (method === "equal-share") {
    unused(values, ["idle", "idle-power"], keepsIdle);
    if (auto) throw new UsageError("--offset auto needs a method other than equal-share");
    attributeByRequest(io, sources, log);
  } else attributeByBatch(io, sources, log, { method, ...idle });
}

/** Requests of a store in flight within a span of time, named as its SQL names them. */
async function storedRequests(dir: string, span: TimeSpan): Promise<RequestLog> {
  const { openStore, readStoredRequests } = await import("../../lib/formats/store/mod.ts");
  const log = await readStoredRequests(openStore(dir), span);
  if (log === null) throw holdsNone(dir, "requests");
  return log;
}

function holdsNone(path: string, what: string): InputError {
  return new InputError({
    code: "refused",
    path,
    problem: `there are no ${what} in this file`,
    advice: `see what it holds with joulebook inspect ${path}`,
  });
}
