/** Writing a fact file: one line a weight, so that a person can read and compare it. */

import type { Architecture, Weight } from "./architecture.ts";

/** What stands beside the model in a fact file. */
export interface FactsHeader {
  /** Where the facts come from. */
  readonly source: string;
  /** Other names of models that are the same in shape. Default: none. */
  readonly aliases?: readonly string[];
}

// What stands on a line of its own, in this order.
const order = [
  "modelType",
  "hiddenSize",
  "vocabSize",
  "maxPositions",
  "dtype",
  "stateDtype",
  "activation",
  "causal",
  "tied",
  "layerPrefix",
  "order",
  "quantization",
  "uncounted",
  "notes",
] as const;

/**
 * A model as the text of a fact file, which {@linkcode readModelFacts} reads back.
 *
 * @param model The model.
 * @param header Where the facts come from.
 * @return JSON text.
 *
 * @example
 * ```ts
 * import { readModelFacts, shippedModel, writeModelFacts } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const model = shippedModel("openai-community/gpt2");
 * const text = writeModelFacts(model, { source: "the shipped file" });
 * assert.deepEqual(readModelFacts(JSON.parse(text)), model);
 * ```
 */
export function writeModelFacts(model: Architecture, header: FactsHeader): string {
  const { id, layers, root, mtp, towers } = model;
  const kept = order.map((key) => [key, model[key]] as const).filter(([key, value]) =>
    value !== null && !(Array.isArray(value) && value.length === 0) &&
    !(key === "causal" && value === true)
  );
  const lines = [
    `  "id": ${JSON.stringify(id)}`,
    `  "source": ${JSON.stringify(header.source)}`,
    ...((header.aliases?.length ?? 0) === 0 ? [] : [`  "aliases": ${flat(header.aliases)}`]),
    ...kept.map(([key, value]) => `  ${JSON.stringify(key)}: ${flat(value)}`),
    `  "root": ${rows(root, "  ")}`,
    `  "layers": [\n${layers.map(layerText).join(",\n")}\n  ]`,
    ...(mtp.length === 0 ? [] : [`  "mtp": ${rows(mtp, "  ")}`]),
    ...(towers.length === 0 ? [] : [
      `  "towers": [\n${
        towers.map((t) =>
          `    {\n      "part": "${t.part}",\n      "weights": ${rows(t.weights, "      ")}\n    }`
        ).join(",\n")
      }\n  ]`,
    ]),
  ];
  return `{\n${lines.join(",\n")}\n}\n`;
}

function layerText(layer: Architecture["layers"][number]): string {
  const { weights, ...rest } = layer;
  const fields = Object.entries(rest).map(([key, value]) =>
    `      ${JSON.stringify(key)}: ${flat(value)}`
  );
  return `    {\n${fields.join(",\n")},\n      "weights": ${rows(weights, "      ")}\n    }`;
}

function rows(weights: readonly Weight[], indent: string): string {
  if (weights.length === 0) return "[]";
  const lines = weights.map((w) => {
    const fields = weightKeys.filter((key) => w[key] !== undefined).map((key) => [key, w[key]]);
    return `${indent}  ${flat(Object.fromEntries(fields))}`;
  });
  return `[\n${lines.join(",\n")}\n${indent}]`;
}

const weightKeys = [
  "name",
  "part",
  "shape",
  "bias",
  "lookup",
  "copies",
  "active",
  "split",
  "fuse",
  "dtype",
] as const;

function flat(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/\[ /g, "[")
    .replace(/ \]/g, "]").replace(/\{ /g, "{").replace(/ \}/g, "}");
}
