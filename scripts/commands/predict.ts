/** `joulebook predict`: time, power and energy of a language model or a kernel list on a device. */

import { parseArgs } from "node:util";
import { readFileSync } from "node:fs";
import { findHardware } from "../../lib/hardware/find.ts";
import { mergeKernels, parseKernelList } from "../../lib/prediction/kernel_list.ts";
import { repairKernelList } from "../../lib/prediction/kernel_list_repair.ts";
import { predictModel } from "../../lib/prediction/predict_model.ts";
import { predictNetwork, type Quantities } from "../../lib/prediction/predict_network.ts";
import type { SweepOptions } from "../../lib/prediction/sweep.ts";
import { precisionOf, precisionUsage } from "../precision_option.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import {
  resumedArgs,
  taskOptionNames,
  taskOptionUsage,
  wantsTasks,
  withRun,
} from "../task_options.ts";
import { textTable } from "../text_table.ts";
import { digits } from "../units.ts";

const usage = `joulebook predict --model M --hardware H --input N --output N [options]
joulebook predict --kernels FILE --hardware H [--clock MHZ] [--cap W] [--launch US] [--causal]
joulebook predict --sweep --model M,.. --hardware H,.. --batch B,.. --input N,.. --output N,.. [options]

  --model M          a Hugging Face id that is shipped, or the path of a config.json
  --hardware H       an id of the catalogue or a printed name, such as h100-sxm-80
  --batch B          requests that run together (1)
  --input N          prompt tokens of each
  --output N         generated tokens of each
  --tp N             devices that share every layer (1)
  --precision P      ${precisionUsage(21)}
  --sweep            every option above may be a list with commas; prints the Pareto front of time,
                     energy and cost, with --json every configuration
  --price H=X,..     price of a device for an hour, for the cost of a sweep
  --kernels FILE     a kernel list in EnergAIzer's JSON format instead of a model: one pass
  --clock MHZ        core clock that is set (the highest)
  --cap W            power limit (TDP)
  --launch US        time the host needs for one launch, where it is known
  --causal           the network is a decoder, so its attention is masked
${taskOptionUsage}
                     (with --sweep)
  --as-traced        take the kernel list as it is, without putting back what tracers miss
  --json             prefill, decode, request: {timeS, powerW, energyJ, low, high}, stepS,
                     jPerOutputToken, bytesPerDevice, warnings[]; kernels: timeS, powerW, energyJ,
                     coreMhz, capped, hostBound, low, high, warnings[]; sweep: configurations[], left

Times and energies of prefill and decode are those of the whole batch, power is that of all devices;
request is one request and its share of the energy. low and high bound 90 % of held-out cases.`;

/** Options that only a list of kernels has. */
const kernelOptions = ["clock", "cap", "launch", "causal", "as-traced"] as const;

/** The command. */
export const command: Command = {
  name: "predict",
  summary: "time, power and energy of a model on a device, with intervals",
  usage,
  async run(words, io) {
    const args = await resumedArgs("predict", words);
    const { values } = parseArgs({
      args,
      options: {
        ...taskOptionNames,
        model: { type: "string" },
        hardware: { type: "string" },
        batch: { type: "string", default: "1" },
        input: { type: "string" },
        output: { type: "string" },
        tp: { type: "string", default: "1" },
        precision: { type: "string", default: "published" },
        sweep: { type: "boolean" },
        price: { type: "string" },
        kernels: { type: "string" },
        clock: { type: "string" },
        cap: { type: "string" },
        launch: { type: "string" },
        causal: { type: "boolean" },
        "as-traced": { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const needed = (name: "model" | "hardware" | "input" | "output"): string => {
      const value = values[name];
      if (value === undefined) throw new UsageError(`--${name} is missing`);
      return value;
    };
    const needless = values.kernels !== undefined
      ? (["model", "input", "output", "sweep", "price"] as const)
      : values.sweep === true
      ? kernelOptions
      : [...kernelOptions, "price" as const];
    const unused = needless.find((name) => values[name] !== undefined);
    if (unused !== undefined) {
      throw new UsageError(
        unused === "price"
          ? "--price goes with --sweep"
          : values.kernels !== undefined
          ? `--${unused} has no use with --kernels`
          : `--${unused} goes with --kernels: a model is predicted at its device's highest clock and ` +
            "power limit",
      );
    }
    if (values.kernels !== undefined) {
      return predictKernelFile(values.kernels, needed("hardware"), {
        ...(values.clock !== undefined && { coreMhz: positive("clock", values.clock) }),
        ...(values.cap !== undefined && { capW: positive("cap", values.cap) }),
        ...(values.launch !== undefined &&
          { hostLaunchS: positive("launch", values.launch) / 1e6 }),
      }, {
        causal: values.causal === true,
        repair: values["as-traced"] !== true,
        json: values.json === true,
      }, io);
    }
    const { loadModel } = await import("../load_model.ts");
    const models = needed("model").split(",").map((name) => loadModel(name));
    const hardware = needed("hardware").split(",").map((name) => findHardware(name.trim()));
    const list = {
      batch: wholes("batch", values.batch),
      inputTokens: wholes("input", needed("input")),
      outputTokens: wholes("output", needed("output")),
      tensorParallel: wholes("tp", values.tp),
      precision: values.precision.split(",").map(precisionOf),
    };
    if (values.sweep === true) {
      const { joinSweep, sweep, sweepUnits } = await import("../../lib/prediction/sweep.ts");
      const options: SweepOptions = {
        models,
        hardware,
        ...list,
        ...(values.price !== undefined && { pricePerHour: prices(values.price) }),
      };
      const { table, left } = wantsTasks(values)
        ? joinSweep(
          await withRun("predict", args, values, io, async (run) => {
            const { sweepKindUrl } = await import("../../lib/tasks/mod.ts");
            const units = sweepUnits(options);
            return await run.map({
              list: "sweep",
              module: sweepKindUrl,
              options: { models, hardware },
              units,
            });
          }),
          options.pricePerHour,
        )
        : sweep(options);
      if (values.json === true) {
        printJson(io, { configurations: table.objects(), left });
        return 0;
      }
      const rows = (table.objects() as Record<string, unknown>[]).filter((row) => row["pareto"]);
      rows.sort((a, b) => Number(a["requestS"]) - Number(b["requestS"]));
      const number = (row: Record<string, unknown>, name: string) => digits(Number(row[name]), 3);
      io.out(textTable(
        [
          "model",
          "hardware",
          "tp",
          "precision",
          "batch",
          "in",
          "out",
          "time s",
          "J/request",
          "device s",
        ],
        rows.map((row) => [
          ...["model", "hardware", "tensorParallel", "precision", "batch"].map((k) =>
            String(row[k])
          ),
          String(row["inputTokens"]),
          String(row["outputTokens"]),
          number(row, "requestS"),
          number(row, "energyJ"),
          number(row, "deviceS"),
        ]),
      ));
      io.out(
        `\n${rows.length} of ${table.numRows()} configurations are on the Pareto front of time, ` +
          `energy and ${
            // Costs of some devices only cannot be compared.
            hardware.every(({ id }) => id in (options.pricePerHour ?? {}))
              ? "cost"
              : "device seconds"}; modelled, not measured\n`,
      );
      for (const [reason, count] of Object.entries(left)) io.out(`left out: ${count}, ${reason}\n`);
      return 0;
    }
    if (wantsTasks(values)) throw new UsageError("--engine and --run go with --sweep");
    const single = [models, hardware, ...Object.values(list)];
    if (single.some((values) => values.length > 1)) {
      throw new UsageError("lists need --sweep");
    }
    const prediction = predictModel(models[0]!, hardware[0]!, {
      batch: list.batch[0]!,
      inputTokens: list.inputTokens[0]!,
      outputTokens: list.outputTokens[0]!,
      tensorParallel: list.tensorParallel[0]!,
      precision: list.precision[0]!,
    });
    if (values.json === true) {
      printJson(io, prediction);
      return 0;
    }
    const { prefill, decode, request, stepS, jPerOutputToken, warnings } = prediction;
    io.out(`${models[0]!.id} on ${list.tensorParallel[0]} x ${hardware[0]!.name} (modelled)\n\n`);
    io.out(textTable(
      ["", "time s", "90 %", "power W", "90 %", "energy J", "90 %"],
      [["prefill", prefill], ["decode", decode], ["request", request]].map(([name, p]) =>
        phaseRow(name as string, p as typeof prefill)
      ),
    ));
    io.out(
      `\nper output token  ${digits(1000 * stepS, 3)} ms, ${digits(jPerOutputToken, 3)} J ` +
        `(${digits(prediction.bytesPerDevice / 1e9, 3)} GB on each device)\n`,
    );
    for (const warning of warnings) io.out(`warning: ${warning}\n`);
    return 0;
  },
};

function predictKernelFile(
  path: string,
  hardware: string,
  options: { readonly coreMhz?: number; readonly capW?: number; readonly hostLaunchS?: number },
  { causal, repair, json }: { causal: boolean; repair: boolean; json: boolean },
  io: CommandIo,
): number {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`--kernels: ${path} cannot be read`);
  }
  const traced = parseKernelList(text, { path });
  const kernels = mergeKernels(repair ? repairKernelList(traced, { causal }).kernels : traced);
  const device = findHardware(hardware);
  const prediction = predictNetwork(kernels, device, options);
  if (json) {
    printJson(io, prediction);
    return 0;
  }
  io.out(`${path} on ${device.name} at ${digits(prediction.coreMhz, 4)} MHz (modelled)\n\n`);
  io.out(textTable(
    ["", "time s", "90 %", "power W", "90 %", "energy J", "90 %"],
    [phaseRow("one pass", prediction)],
  ));
  for (const warning of prediction.warnings) io.out(`warning: ${warning}\n`);
  return 0;
}

function phaseRow(
  name: string,
  p: Quantities & { readonly low: Quantities; readonly high: Quantities },
): string[] {
  const cells = (key: keyof Quantities) => [
    digits(p[key], 3),
    `${digits(p.low[key], 3)} to ${digits(p.high[key], 3)}`,
  ];
  return [name, ...cells("timeS"), ...cells("powerW"), ...cells("energyJ")];
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new UsageError(`--${name} must be a number, not ${text}`);
  }
  return value;
}

function wholes(name: string, text: string): number[] {
  return text.split(",").map((part) => {
    if (!/^[1-9]\d*$/.test(part.trim())) {
      throw new UsageError(`--${name} must be a whole number of at least 1, not ${part}`);
    }
    return Number(part);
  });
}

function prices(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [name, price] = part.split("=");
      if (name === undefined || price === undefined) {
        throw new UsageError(`--price must be HARDWARE=NUMBER, not ${part}`);
      }
      return [findHardware(name.trim()).id, positive("price", price)];
    }),
  );
}
