/** `joulebook attribute`: the energy of a trace by request and phase, or by window. */

import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import { readInput } from "../../lib/formats/read.ts";
import { chooseSeries } from "../../lib/power/sum.ts";
import { attributeByBatch, methodOf, methodUsage } from "../attribution/by_batch.ts";
import { attributeByRequest } from "../attribution/by_request.ts";
import { attributeByWindow } from "../attribution/by_window.ts";
import { requireEnds } from "../attribution/require_ends.ts";
import type { Sources } from "../attribution/sources.ts";
import { type Command, UsageError } from "../command.ts";
import { positive, readOptionNames, readOptionsOf, readOptionUsage } from "../read_options.ts";

const idleRules = ["unassigned", "time-present", "tokens"] as const;

/** The command. */
export const command: Command = {
  name: "attribute",
  summary: "divide the energy of a trace among requests and phases, or among named windows",
  usage: `joulebook attribute --power FILE... (--requests FILE | --windows FILE) [options] [--json]

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
        method: { type: "string" },
        model: { type: "string" },
        hardware: { type: "string" },
        idle: { type: "string" },
        "idle-power": { type: "string" },
        tpot: { type: "string" },
        "log-format": { type: "string" },
        json: { type: "boolean" },
      },
    });
    if (values.power === undefined) throw new UsageError("give --power FILE");
    const path = values.requests ?? values.windows;
    if (path === undefined || (values.requests !== undefined && values.windows !== undefined)) {
      throw new UsageError("give either --requests FILE or --windows FILE");
    }
    const idleRule = idleRules.find((rule) => rule === (values.idle ?? "unassigned"));
    if (idleRule === undefined) {
      throw new UsageError(`--idle must be one of ${idleRules.join(", ")}, not ${values.idle}`);
    }
    const auto = values.offset === "auto";
    const offsetS = auto || values.offset === undefined ? undefined : Number(values.offset);
    if (values.offset?.trim() === "" || (offsetS !== undefined && !Number.isFinite(offsetS))) {
      throw new UsageError(`--offset must be a number of seconds or auto, not ${values.offset}`);
    }
    const method = await methodOf(values.method ?? "auto", values.model, values.hardware);
    const inputs = [];
    for (const file of values.power) inputs.push(await readInput(file, readOptionsOf(values)));
    const logFormat = values["log-format"];
    const other = await readInput(path, {
      ...(logFormat !== undefined && { format: logFormat }),
      ...(values.tpot !== undefined && { tpotS: positive("tpot", values.tpot) }),
    });
    const sources: Sources = {
      power: chooseSeries(inputs.flatMap(({ series }) => series), values.device?.split(",")),
      path,
      place: {
        ...(values.zone !== undefined && { zone: values.zone }),
        ...(offsetS !== undefined && { offsetS }),
      },
      auto,
      dropped: inputs.flatMap(({ dropped }) => dropped),
      notes: [...inputs, other].flatMap(({ notes }) => notes),
      json: values.json === true,
    };
    const unused = (names: readonly (keyof typeof values)[], why: string): void => {
      const given = names.find((name) => values[name] !== undefined);
      if (given !== undefined) throw new UsageError(`--${given} has no use here: ${why}`);
    };
    if (values.windows !== undefined) {
      unused(
        ["method", "idle", "idle-power", "tpot", "model", "hardware"],
        "windows get what was measured during them",
      );
      if (auto) {
        throw new UsageError("--offset auto needs --requests: windows do not tell the load");
      }
      const windows = other.windows[0];
      if (windows === undefined) throw holdsNone(path, "windows");
      attributeByWindow(io, sources, windows);
      return 0;
    }
    const log = other.requests[0];
    if (log === undefined) throw holdsNone(path, "requests");
    requireEnds(log, path);
    if (method === "equal-share") {
      unused(["idle", "idle-power"], "equal-share divides all power, idle power included");
      if (auto) throw new UsageError("--offset auto needs a method other than equal-share");
      attributeByRequest(io, sources, log);
    } else {
      attributeByBatch(io, sources, log, {
        method,
        idleRule,
        ...(values["idle-power"] !== undefined && {
          idleW: positive("idle-power", values["idle-power"]),
        }),
      });
    }
    return 0;
  },
};

function holdsNone(path: string, what: string): InputError {
  return new InputError({
    code: "refused",
    path,
    problem: `there are no ${what} in this file`,
    advice: `see what it holds with joulebook inspect ${path}`,
  });
}
