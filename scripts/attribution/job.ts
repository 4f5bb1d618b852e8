/** What `attribute` and `report` are asked to attribute: their options, read. */

import { InputError } from "../../lib/errors.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import type { RunAttributionOptions } from "../../lib/measurement/attribute_run.ts";
import { chooseSeries } from "../../lib/power/sum.ts";
import { isStore } from "../../lib/formats/store/layout.ts";
import type { TimeSpan } from "../../lib/formats/store/read_series.ts";
import { joinLogs } from "../../lib/requests/join_logs.ts";
import type { RequestLog } from "../../lib/requests/log.ts";
import type { Windows } from "../../lib/requests/windows.ts";
import { UsageError } from "../command.ts";
import { positive, readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";
import { type BatchChoice, isMeasuredAlone, methodOf, methodUsage } from "./by_batch.ts";
import { requireEnds } from "./require_ends.ts";
import type { Sources } from "./sources.ts";

/** For node:util's parseArgs. */
export const jobOptionNames = {
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
} as const;

/** For usage texts. */
export const jobOptionUsage = `  --power FILE       power trace; may be given several times
  --requests FILE    request log
  --windows FILE     named windows; may be the trace itself
  --zone ZONE        zone of a trace in local time: -07:00, UTC, America/Los_Angeles
  --offset SECONDS   seconds to add to the trace's times to reach the other file's clock; or
                     "auto" (requests only): found from the data, any zone or any offset
  --device ID[,ID]   devices to add up; by default all GPUs, or the only device; HOST/ID where
                     several hosts have a device of that id
  --method NAME      for requests, ${methodUsage}
  --idle RULE        with methods above idle: unassigned (default), idle energy belongs to no request;
                     time-present, shared by the requests in flight; tokens, by their tokens
  --idle-power W     idle power, when the trace has no idle time
  --tpot SECONDS     seconds per output token, for request logs that record no ends: they are then
                     derived, and the result says so
  --log-format ID    format of the request log or windows, when detection should not decide
${readOptionUsage}`;

/** Options as parseArgs gives them. */
export type JobValues =
  & {
    readonly [name in Exclude<keyof typeof jobOptionNames, "power">]?: string | undefined;
  }
  & { readonly power?: readonly string[] | undefined };

/** Files: what was read of them. */
interface FileJob {
  /** The chosen power, and how it is joined. */
  readonly sources: Sources;
  /** The files with power, then the other one. */
  readonly inputs: readonly ReadResult[];
}

/** What is to be divided among what. */
export type Job =
  | FileJob & { readonly kind: "windows"; readonly windows: Windows }
  | FileJob & { readonly kind: "equal-share"; readonly log: RequestLog }
  | FileJob & { readonly kind: "batched"; readonly log: RequestLog; readonly choice: BatchChoice }
  | { readonly kind: "run"; readonly dir: string; readonly options: RunAttributionOptions };

const idleRules = ["unassigned", "time-present", "tokens"] as const;
const keepsIdle = "equal-share divides all power, idle power included";

/** How energy is divided, in all forms of the command. */
export interface Choice {
  /** The method. */
  readonly method: Awaited<ReturnType<typeof methodOf>>;
  /** What becomes of idle energy. */
  readonly idleRule: typeof idleRules[number];
  /** Idle power in watts, where it is given. */
  readonly idleW?: number;
}

/**
 * Reads the files that the options name, or takes the run folder, and refuses options that do not go
 * together.
 *
 * @param dirs Run folders; at most one.
 * @param values The options.
 * @return The job; a run folder is not read yet.
 */
export async function readJob(dirs: readonly string[], values: JobValues): Promise<Job> {
  const choice = await choiceOf(values);
  const [dir, ...more] = dirs;
  if (dir === undefined) return readFiles(values, choice);
  if (more.length > 0) throw new UsageError("name one run folder");
  return folderJob(dir, values, choice);
}

/** The method, and what becomes of idle power. */
export async function choiceOf(values: JobValues): Promise<Choice> {
  const idleRule = idleRules.find((rule) => rule === (values.idle ?? "unassigned"));
  if (idleRule === undefined) {
    throw new UsageError(`--idle must be one of ${idleRules.join(", ")}, not ${values.idle}`);
  }
  return {
    method: await methodOf(values.method ?? "auto", values.model, values.hardware),
    idleRule,
    ...(values["idle-power"] !== undefined && {
      idleW: positive("idle-power", values["idle-power"]),
    }),
  };
}

/** Refuses options that would have no effect. */
export function unused(values: JobValues, names: readonly (keyof JobValues)[], why: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} has no use here: ${why}`);
}

function folderJob(dir: string, values: JobValues, { method, ...idle }: Choice): Job {
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
      ...Object.keys(readOptionNames) as (keyof typeof readOptionNames)[],
    ],
    "a run folder has its own power, requests and clock",
  );
  if (method === "equal-share") unused(values, ["idle", "idle-power"], keepsIdle);
  const devices = values.device?.split(",");
  return {
    kind: "run",
    dir,
    options: { method, ...idle, ...(devices !== undefined && { devices }) },
  };
}

/** Seconds to add to the trace's times; undefined when not given, or to be found. */
export function offsetOf({ offset }: JobValues): number | undefined {
  const offsetS = offset === "auto" || offset === undefined ? undefined : Number(offset);
  if (offset?.trim() === "" || (offsetS !== undefined && !Number.isFinite(offsetS))) {
    throw new UsageError(`--offset must be a number of seconds or auto, not ${offset}`);
  }
  return offsetS;
}

/** Power traces beside a request log or windows. */
async function readFiles(values: JobValues, choice: Choice): Promise<Job> {
  if (values.power === undefined) throw new UsageError("give a run folder, or --power FILE");
  const path = values.requests ?? values.windows;
  if (path === undefined || (values.requests !== undefined && values.windows !== undefined)) {
    throw new UsageError("give either --requests FILE or --windows FILE");
  }
  const auto = values.offset === "auto";
  const offsetS = offsetOf(values);
  const devices = values.device?.split(",");
  const powerOptions = {
    ...readOptionsOf(values),
    kinds: ["power" as const],
    ...(devices !== undefined && { devices }),
  };
  const power: ReadResult[] = [];
  for (const file of values.power) power.push(await readInput(file, powerOptions));
  const logFormat = values["log-format"];
  const other = await readInput(path, {
    kinds: ["requests", "windows"],
    ...(logFormat !== undefined && { format: logFormat }),
    ...(values.tpot !== undefined && { tpotS: positive("tpot", values.tpot) }),
  });
  const inputs = [...power, other];
  const sources: Sources = {
    power: chooseSeries(power.flatMap(({ series }) => series), devices),
    path,
    place: {
      ...(values.zone !== undefined && { zone: values.zone }),
      ...(offsetS !== undefined && { offsetS }),
    },
    auto,
    dropped: inputs.flatMap(({ dropped }) => dropped),
    notes: inputs.flatMap(({ notes }) => notes),
  };
  if (values.windows !== undefined) {
    unused(
      values,
      ["method", "idle", "idle-power", "tpot", "model", "hardware"],
      "windows get what was measured during them",
    );
    if (auto) {
      throw new UsageError("--offset auto needs --requests: windows do not tell the load");
    }
    const windows = other.windows[0];
    if (windows === undefined) throw holdsNone(path, "windows");
    return { kind: "windows", sources, inputs, windows };
  }
  if (other.requests.length === 0) throw holdsNone(path, "requests");
  const log = isStore(path) ? await storedRequests(path, powerOptions) : joinLogs(other.requests);
  requireEnds(log, path);
  const { method, ...idle } = choice;
  if (method === "equal-share") {
    unused(values, ["idle", "idle-power"], keepsIdle);
    if (auto) throw new UsageError("--offset auto needs a method other than equal-share");
    return { kind: "equal-share", sources, inputs, log };
  }
  return isMeasuredAlone(log, sources, { method, ...idle })
    ? { kind: "equal-share", sources, inputs, log }
    : { kind: "batched", sources, inputs, log, choice: { method, ...idle } };
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
