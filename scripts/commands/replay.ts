/** `joulebook replay`: a request trace on a model and hardware, as a modelled serving run. */

import { parseArgs } from "node:util";
import { readRequests } from "../../lib/formats/read_requests.ts";
import { findHardware } from "../../lib/hardware/find.ts";
import { type ReplayCase, replayCase } from "../../lib/prediction/replay/case.ts";
import type { ReplayOptions } from "../../lib/prediction/replay/options.ts";
import type { ReplicaSearch } from "../../lib/prediction/replay/replicas_for.ts";
import type { ReplayTaskOptions, ReplayUnit } from "../../lib/tasks/kinds/replay.ts";
import { precisionOf, precisionUsage } from "../precision_option.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { loadModel } from "../load_model.ts";
import { positive } from "../read_options.ts";
import {
  resumedArgs,
  taskOptionNames,
  taskOptionUsage,
  wantsTasks,
  withRun,
} from "../task_options.ts";
import { textTable } from "../text_table.ts";
import { digits, duration, lossText } from "../units.ts";

/** The command. */
export const command: Command = {
  name: "replay",
  summary: "a request trace on a model and hardware: latency, power, J per request, GPUs needed",
  usage: `joulebook replay --requests FILE --model M --hardware H [options] [--json]
joulebook replay --requests FILE --model M --hardware H,.. [--tp N,..] [--replicas N,..]
  [--rate-scale X,..] [options] [--json]

  --requests FILE    request trace: Azure, BurstGPT, Mooncake or any readable request log
  --log-format ID    its format, when detection should not decide
  --model M          a Hugging Face id that is shipped, or the path of a config.json
  --hardware H       an id of the catalogue or a printed name, such as h100-sxm-80
  --tp N             devices that share every layer (1)
  --precision P      ${precisionUsage(21)}
  --replicas N       servers with the whole model (1)
  --routing R        least-loaded (default) or round-robin
  --max-sequences N  most sequences in a step (256)
  --max-tokens N     most tokens in a step; longer prompts are cut into chunks (2048)
  --ttft-target S    find the fewest replicas whose 95th percentile of time to first token is at most S
  --tpot-target S    the same for time per output token; both may be given
  --rate-scale X     multiply the rate of arrivals (1)
  --bin S            length of a bin of power over time (1)
${taskOptionUsage}
  --json             kind, devices, completed, rejected[], queued, longestQueue, latency, durationS,
                     requestsPerS, promptTokensPerS, outputTokensPerS, utilisation, meanBatch,
                     energyJ, idleJ, meanPowerW, jPerRequest, jPerOutputToken, cacheCapacityBytes,
                     servers[], power[] (timeS, intervalJ), stepIntervals, warnings[], notes[];
                     with a target also search: replicas, devices, unloaded, trials[];
                     for lists runs[] of these, each with its hardware and settings

Everything is modelled. The energy holds that of idle devices; hosts, switches and cooling are not in it.`,
  async run(words, io) {
    const args = await resumedArgs("replay", words);
    const { values } = parseArgs({
      args,
      options: {
        ...taskOptionNames,
        requests: { type: "string" },
        "log-format": { type: "string" },
        model: { type: "string" },
        hardware: { type: "string" },
        tp: { type: "string", default: "1" },
        precision: { type: "string", default: "published" },
        replicas: { type: "string" },
        routing: { type: "string", default: "least-loaded" },
        "max-sequences": { type: "string", default: "256" },
        "max-tokens": { type: "string", default: "2048" },
        "ttft-target": { type: "string" },
        "tpot-target": { type: "string" },
        "rate-scale": { type: "string", default: "1" },
        bin: { type: "string", default: "1" },
        json: { type: "boolean" },
      },
    });
    const needed = (name: "requests" | "model" | "hardware"): string => {
      const value = values[name];
      if (value === undefined) throw new UsageError(`--${name} is missing`);
      return value;
    };
    const path = needed("requests");
    const model = loadModel(needed("model"));
    const hardware = needed("hardware").split(",").map((name) => findHardware(name.trim()));
    const { routing } = values;
    const precision = precisionOf(values.precision);
    if (routing !== "least-loaded" && routing !== "round-robin") {
      throw new UsageError(`--routing must be least-loaded or round-robin, not ${routing}`);
    }
    const target = {
      ...(values["ttft-target"] !== undefined &&
        { ttftS: positive("ttft-target", values["ttft-target"]) }),
      ...(values["tpot-target"] !== undefined &&
        { tpotS: positive("tpot-target", values["tpot-target"]) }),
    };
    const searches = Object.keys(target).length > 0;
    if (searches && values.replicas !== undefined) {
      throw new UsageError("give either --replicas or a target, which finds their number");
    }
    const shared: ReplayOptions = {
      routing,
      scheduler: {
        maxSequences: positive("max-sequences", values["max-sequences"]),
        maxTokens: positive("max-tokens", values["max-tokens"]),
      },
      binS: positive("bin", values.bin),
      ...(precision !== "published" && { precision }),
    };
    const list = (name: "tp" | "replicas" | "rate-scale", text: string): number[] =>
      text.split(",").map((one) => positive(name, one));
    const units = hardware.flatMap((device) =>
      list("tp", values.tp).flatMap((tensorParallel) =>
        list("replicas", values.replicas ?? "1").flatMap((replicas) =>
          list("rate-scale", values["rate-scale"]).map((rateScale): ReplayUnit => ({
            hardware: device,
            options: { ...shared, tensorParallel, replicas, rateScale },
          }))
        )
      )
    );
    const format = values["log-format"] ?? null;
    const { log, notes } = await readRequests(path, format);
    const bounds = searches ? target : null;
    const runs = wantsTasks(values)
      ? await withRun("replay", args, values, io, async (run) => {
        const { replayKindUrl } = await import("../../lib/tasks/mod.ts");
        return await run.map<ReplayCase, ReplayTaskOptions, ReplayUnit>({
          list: "replay",
          module: replayKindUrl,
          options: { file: (await run.inputs.all([path]))[0]!, format, model, target: bounds },
          units,
        });
      })
      : units.map((unit) => replayCase(log, model, unit.hardware, bounds, unit.options));
    if (runs.length > 1) {
      if (values.json === true) {
        printJson(io, {
          runs: runs.map((run, i) => ({
            hardware: units[i]!.hardware.id,
            ...units[i]!.options,
            ...documentOf(run),
          })),
          notes,
        });
      } else printStudy(io, model.id, units, runs, notes);
      return 0;
    }
    const run = runs[0]!;
    if (values.json === true) {
      printJson(io, documentOf(run, notes));
      return 0;
    }
    io.out(`${model.id} on ${run.devices} x ${hardware[0]!.name} (modelled)\n\n`);
    if (run.search !== null) printSearch(io, run.search);
    printRun(io, run);
    for (const note of notes) io.out(`note: ${note}\n`);
    for (const warning of run.warnings) io.out(`warning: ${warning}\n`);
    return 0;
  },
};

function documentOf({ search, ...run }: ReplayCase, notes?: readonly string[]): object {
  return { ...run, ...(notes && { notes }), ...(search !== null && { search }) };
}

function printStudy(
  io: CommandIo,
  model: string,
  units: readonly ReplayUnit[],
  runs: readonly ReplayCase[],
  notes: readonly string[],
): void {
  io.out(`${model} (modelled)\n\n`);
  io.out(textTable(
    ["hardware", "tp", "replicas", "rate x", "p95 TTFT s", "p95 TPOT ms", "J/request", "mean W"],
    runs.map((run, i) => [
      units[i]!.hardware.id,
      String(units[i]!.options.tensorParallel),
      String(run.servers.length),
      digits(units[i]!.options.rateScale!, 3),
      digits(run.latency.ttftS.percentiles["p95"] ?? null, 3),
      digits(1000 * (run.latency.tpotS.percentiles["p95"] ?? NaN), 3),
      digits(run.jPerRequest, 3),
      digits(run.meanPowerW, 4),
    ]),
  ));
  for (const note of notes) io.out(`note: ${note}\n`);
}

function printSearch(
  io: CommandIo,
  { replicas, devices, unloaded, trials }: Omit<ReplicaSearch, "run">,
): void {
  io.out(textTable(
    ["replicas", "p95 TTFT s", "p95 TPOT ms", "J/request", "target"],
    trials.map((trial) => [
      String(trial.replicas),
      digits(trial.ttftS, 3),
      digits(1000 * trial.tpotS, 3),
      digits(trial.jPerRequest, 3),
      trial.met ? "met" : "missed",
    ]),
  ));
  io.out(
    replicas === null
      ? `\nno number of replicas tried meets the target; a request alone on a server has a p95 TTFT of ` +
        `${digits(unloaded.ttftS, 3)} s and TPOT of ${digits(1000 * unloaded.tpotS, 3)} ms\n\n`
      : `\n${replicas} ${replicas === 1 ? "replica" : "replicas"} (${devices} GPUs) needed\n\n`,
  );
}

function printRun(io: CommandIo, run: ReplayCase): void {
  const row = (
    name: string,
    scale: number,
    { percentiles, mean }: ReplayCase["latency"]["ttftS"],
  ) => [
    name,
    ...[mean, ...["p50", "p90", "p95", "p99"].map((p) => percentiles[p] ?? null)]
      .map((value) => digits(value === null ? null : scale * value, 3)),
  ];
  io.out(textTable(
    ["", "mean", "p50", "p90", "p95", "p99"],
    [
      row("TTFT s", 1, run.latency.ttftS),
      row("TPOT ms", 1000, run.latency.tpotS),
      row("TTLT s", 1, run.latency.ttltS),
    ],
  ));
  const lines: [string, string][] = [
    ["requests", `${run.completed} answered in ${duration(run.durationS)}, ${run.queued} queued`],
    ["rejected", lossText(run.rejected)],
    [
      "throughput",
      `${digits(run.requestsPerS, 3)} requests/s, ${digits(run.promptTokensPerS, 4)} prompt and ` +
      `${digits(run.outputTokensPerS, 4)} output tokens/s`,
    ],
    [
      "utilisation",
      `${digits(100 * run.utilisation, 3)} % of the time, ${
        digits(run.meanBatch, 3)
      } sequences at once`,
    ],
    ["power", `${digits(run.meanPowerW, 4)} W mean of ${run.devices} GPUs`],
    [
      "energy",
      `${digits(run.energyJ / 1000, 4)} kJ (${digits(100 * run.idleJ / run.energyJ, 2)} % idle), ` +
      `${digits(run.jPerRequest, 3)} J/request, ${digits(run.jPerOutputToken, 3)} J/output token`,
    ],
    [
      "90 % of a step",
      `time x/÷ ${digits(run.stepIntervals.timeS, 3)}, power x/÷ ${
        digits(run.stepIntervals.powerW, 3)
      }, energy x/÷ ${digits(run.stepIntervals.energyJ, 3)}`,
    ],
  ];
  io.out("\n" + lines.map(([name, text]) => `${name.padEnd(14)}  ${text}\n`).join(""));
}
