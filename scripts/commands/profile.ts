/** `joulebook profile`: size, cache, FLOPs and bytes of a language model in closed form. */

import { parseArgs } from "node:util";
import type { Dtype } from "../../lib/models/architecture.ts";
import {
  type ModelProfile,
  type OperatorSums,
  profileModel,
  writeModelFacts,
} from "../../lib/models/mod.ts";
import { precisionOf, precisionUsage } from "../precision_option.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { loadModel } from "../load_model.ts";
import { textTable } from "../text_table.ts";
import { digits } from "../units.ts";

const cachePrecisions = ["fp32", "bf16", "fp16", "fp8", "int8", "int4", "fp4"] as const;

/** The command. */
export const command: Command = {
  name: "profile",
  summary: "size, KV cache, FLOPs and bytes of a language model, without running it",
  usage: `joulebook profile MODEL [options] [--json]

  MODEL                  a Hugging Face id that is shipped, the path of a config.json or of a fact
                         file, or a folder with a config.json
  --batch N              sequences (1)
  --input N              prompt tokens of each (1024)
  --output N             generated tokens of each (128)
  --precision P          ${precisionUsage(25)}
  --kv-precision P       ${cachePrecisions.join(", ")} (16 bits)
  --tp N                 devices that share every layer (1)
  --pp N                 stages that the layers are dealt to (1)
  --quantization FILE    hf_quant_config.json, when it does not lie beside the config.json
  --facts                print the model as a fact file and nothing else
  --json                 one JSON document: parameters, activeParameters, weightBytes,
                         cacheBytesPerToken, stateBytes, cacheBytes, cache[], prefill, decode,
                         modules[], uncounted[], notes[]

FLOPs and bytes of the passes are those of one device of the tensor-parallel group, all stages
together. Exit status 1 when the architecture is not known: nothing is guessed.`,
  run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        batch: { type: "string" },
        input: { type: "string" },
        output: { type: "string" },
        precision: { type: "string" },
        "kv-precision": { type: "string" },
        tp: { type: "string" },
        pp: { type: "string" },
        quantization: { type: "string" },
        facts: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) throw new UsageError("give one MODEL");
    const whole = (key: "batch" | "input" | "output" | "tp" | "pp"): number | undefined => {
      const text = values[key];
      if (text === undefined) return undefined;
      if (!/^[1-9]\d*$/.test(text)) {
        throw new UsageError(`--${key} must be a whole number of at least 1, not ${text}`);
      }
      return Number(text);
    };
    const model = loadModel(name, values.quantization);
    if (values.facts) {
      io.out(writeModelFacts(model, { source: `joulebook profile ${name}` }));
      return Promise.resolve(0);
    }
    const options = {
      batch: whole("batch"),
      inputTokens: whole("input"),
      outputTokens: whole("output"),
      tensorParallel: whole("tp"),
      pipelineParallel: whole("pp"),
      precision: values.precision === undefined ? undefined : precisionOf(values.precision),
      kvPrecision: cachePrecisionOf(values["kv-precision"]),
    };
    const profile = profileModel(
      model,
      Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    );
    if (values.json) printJson(io, profile);
    else print(profile, io);
    return Promise.resolve(0);
  },
};

function cachePrecisionOf(text: string | undefined): Dtype | undefined {
  if (text === undefined) return undefined;
  const precision = cachePrecisions.find((one) => one === text);
  if (precision !== undefined) return precision;
  throw new UsageError(`--kv-precision must be one of ${cachePrecisions.join(", ")}, not ${text}`);
}

function print(p: ModelProfile, io: CommandIo): void {
  io.out(`${p.model} (${p.modelType})\n\n`);
  const rows: [string, string, string][] = [
    ["parameters", count(p.parameters), exact(p.parameters)],
  ];
  if (p.activeParametersWithoutEmbedding !== p.parameters) {
    rows.push(["used by a token", count(p.activeParameters), exact(p.activeParameters)]);
    rows.push([
      "  without the embedding",
      count(p.activeParametersWithoutEmbedding),
      exact(p.activeParametersWithoutEmbedding),
    ]);
  }
  if (p.towerParameters > 0) {
    rows.push(["of it towers", count(p.towerParameters), exact(p.towerParameters)]);
  }
  if (p.mtpParameters > 0) {
    rows.push(["beside it token prediction", count(p.mtpParameters), exact(p.mtpParameters)]);
  }
  rows.push([`weights (${p.precision})`, si(p.weightBytes), binary(p.weightBytes)]);
  if (p.mtpWeightBytes > 0) {
    rows.push(["  token prediction", si(p.mtpWeightBytes), binary(p.mtpWeightBytes)]);
  }
  rows.push(
    [
      `cache a token (${p.kvPrecision})`,
      si(p.cacheBytesPerToken),
      `${exact(p.cacheBytesPerToken)} B`,
    ],
  );
  if (p.cacheBytesPerTokenLongRun !== p.cacheBytesPerToken) {
    rows.push([
      "  past the windows",
      si(p.cacheBytesPerTokenLongRun),
      `${exact(p.cacheBytesPerTokenLongRun)} B`,
    ]);
  }
  if (p.stateBytes > 0) {
    rows.push(["state a sequence", si(p.stateBytes), binary(p.stateBytes)]);
  }
  rows.push(
    [`cache, ${p.batch} x ${p.inputTokens} tokens`, si(p.cacheBytes), binary(p.cacheBytes)],
    [
      `cache, ${p.batch} x ${p.inputTokens + p.outputTokens} tokens`,
      si(p.cacheBytesAtEnd),
      binary(p.cacheBytesAtEnd),
    ],
  );
  io.out(textTable(["", "SI", "exact or binary"], rows));
  io.out("\n");
  io.out(textTable(
    ["part", "parameters", "share", "bytes"],
    p.modules.map((m) => [
      m.part,
      count(m.parameters),
      `${digits(100 * m.parameters / p.parameters, 3)} %`,
      si(m.bytes),
    ]),
  ));
  if (p.cache.length > 0) {
    io.out("\n");
    io.out(textTable(
      ["layers", "kind", "cache a token", "state", `${p.batch} x ${p.inputTokens}`],
      p.cache.map((kind) => [
        String(kind.layers),
        kind.kind,
        si(kind.bytesPerToken),
        si(kind.stateBytes),
        si(kind.bytes),
      ]),
    ));
  }
  const share = p.tensorParallel > 1 ? ` on each of ${p.tensorParallel} devices` : "";
  io.out(`\nwork${share}\n`);
  const passes: [string, OperatorSums | null][] = [
    [`prefill, ${p.inputTokens} tokens`, p.prefill],
    ["decode, one step", p.decode],
  ];
  io.out(textTable(
    ["pass", "FLOPs", "weights", "activations", "cache", "sent", "operators"],
    passes.flatMap(([name, s]) =>
      s === null ? [] : [[
        name,
        unit(s.flops, 1000, ["", " k", " M", " G", " T", " P", " E"]),
        si(s.weightBytes),
        si(s.activationBytes),
        si(s.kvBytes),
        si(s.commBytes),
        String(s.kernels),
      ]]
    ),
  ));
  for (const text of [...p.uncounted.map((u) => `not counted: ${u}`), ...p.notes]) {
    io.out(`\nnote: ${text}`);
  }
  if (p.uncounted.length + p.notes.length > 0) io.out("\n");
}

function unit(value: number, base: number, names: readonly string[]): string {
  let step = 0;
  while (step < names.length - 1 && value >= base ** (step + 1)) step++;
  return `${digits(value / base ** step)}${names[step]}`;
}

const count = (value: number) =>
  unit(value, 1000, ["", " thousand", " million", " billion", " trillion"]);
const si = (value: number) => unit(value, 1000, [" B", " kB", " MB", " GB", " TB", " PB"]);
const binary = (value: number) => unit(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB", " PiB"]);
const exact = (value: number) =>
  Number.isInteger(value) ? value.toLocaleString("en-US").replaceAll(",", " ") : digits(value, 6);
