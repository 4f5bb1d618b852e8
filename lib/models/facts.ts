/** Fact files: an {@linkcode Architecture} as JSON, shipped with the toolkit or written by a user. */

import * as v from "valibot";
import { validated } from "../validate.ts";
import type { Architecture } from "./architecture.ts";

const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const count = v.pipe(
  v.number("a whole number"),
  v.integer("a whole number"),
  v.minValue(0, "at least 0"),
);
const some = v.pipe(
  v.number("a whole number"),
  v.integer("a whole number"),
  v.minValue(1, "at least 1"),
);
const dtype = v.picklist(
  ["fp32", "bf16", "fp16", "fp8", "int8", "int4", "fp4"],
  "a number type: fp32, bf16, fp16, fp8, int8, int4 or fp4",
);
const part = v.picklist([
  "embedding",
  "position",
  "attention",
  "indexer",
  "mamba",
  "linear-attention",
  "mlp",
  "router",
  "experts",
  "shared-experts",
  "norm",
  "head",
  "residual",
  "vision",
  "audio",
  "projector",
  "mtp",
], "a part of the model, such as attention, mlp or experts");

const weight = v.strictObject({
  name: text,
  part,
  shape: v.pipe(v.array(some), v.minLength(1, "at least one dimension")),
  bias: v.optional(v.boolean("true or false")),
  lookup: v.optional(v.boolean("true or false")),
  copies: v.optional(some),
  active: v.optional(some),
  split: v.optional(v.picklist(["out", "in", "kv"], "out, in or kv")),
  fuse: v.optional(text),
  dtype: v.optional(dtype),
});

const indexer = v.nullable(v.strictObject({ heads: some, headDim: some, topK: some }));
const window = v.nullable(some);
const mixer = v.variant("kind", [
  v.strictObject({
    kind: v.literal("attention"),
    heads: some,
    kvHeads: some,
    headDim: some,
    valueDim: some,
    window,
    sharesCache: v.optional(v.boolean("true or false")),
  }),
  v.strictObject({
    kind: v.literal("latent"),
    heads: some,
    kvRank: some,
    ropeDim: some,
    nopeDim: some,
    valueDim: some,
    indexer,
    sharesIndex: v.optional(v.boolean("true or false")),
  }),
  v.strictObject({
    kind: v.literal("compressed"),
    heads: some,
    headDim: some,
    window: some,
    ratio: window,
    indexer,
  }),
  v.strictObject({
    kind: v.literal("mamba2"),
    heads: some,
    headDim: some,
    stateSize: some,
    groups: some,
    convKernel: some,
    chunk: some,
  }),
  v.strictObject({ kind: v.literal("mamba"), inner: some, stateSize: some, convKernel: some }),
  v.strictObject({
    kind: v.literal("delta"),
    keyHeads: some,
    valueHeads: some,
    keyDim: some,
    valueDim: some,
    convKernel: some,
  }),
], "a kind of mixer: attention, latent, compressed, mamba2, mamba or delta");

const layer = v.strictObject({
  mixer: v.nullable(mixer),
  feedForward: v.array(v.strictObject({
    size: some,
    gated: v.boolean("true or false"),
    active: window,
    experts: window,
  })),
  norms: count,
  weights: v.array(weight),
});

const format = v.strictObject({
  name: text,
  bits: v.pipe(v.number("bits"), v.minValue(1, "at least 1 bit")),
  groupSize: window,
  groupRows: some,
  scaleBytes: v.number("bytes"),
  zeroPointBits: v.number("bits"),
  inputBytes: v.number("bytes"),
  tensorBytes: v.number("bytes"),
});

const facts = v.strictObject({
  about: v.optional(text),
  source: v.optional(text),
  aliases: v.optional(v.array(text), []),
  id: text,
  modelType: text,
  hiddenSize: some,
  vocabSize: some,
  maxPositions: v.optional(window, null),
  dtype: v.optional(v.nullable(dtype), null),
  stateDtype: v.optional(v.nullable(dtype), null),
  activation: v.optional(v.nullable(text), null),
  causal: v.optional(v.boolean("true or false"), true),
  tied: v.boolean("true or false"),
  layerPrefix: v.string("a text"),
  root: v.array(weight),
  layers: v.pipe(v.array(layer), v.minLength(1, "at least one kind of layer")),
  order: v.pipe(v.array(count), v.minLength(1, "at least one layer")),
  mtp: v.optional(v.array(weight), []),
  towers: v.optional(
    v.array(v.strictObject({
      part: v.picklist(["vision", "audio"], "vision or audio"),
      weights: v.array(weight),
    })),
    [],
  ),
  quantization: v.optional(
    v.nullable(v.strictObject({
      method: text,
      rules: v.array(v.strictObject({ modules: v.array(text), format: v.nullable(format) })),
      kvCache: v.nullable(dtype),
    })),
    null,
  ),
  uncounted: v.optional(v.array(text), []),
  notes: v.optional(v.array(text), []),
});

const checked = v.pipe(
  facts,
  v.forward(
    v.check(
      (f) => f.order.every((kind) => kind < f.layers.length),
      "numbers of the kinds in layers, counted from 0",
    ),
    ["order"],
  ),
);

/** Options of {@linkcode readModelFacts}. */
export interface ReadModelFactsOptions {
  /** Name of the file, for messages. Default: none. */
  readonly path?: string;
}

/**
 * Reads a fact file: an {@linkcode Architecture} as JSON, in which fields that say "none" may be
 * left out. This is how a model of an unknown family is described.
 *
 * @param json The parsed file.
 * @param options Where it came from.
 * @return The model.
 * @throws InputError (`malformed`) that names the path inside the file, such as
 * `layers[0].weights[3].shape`.
 *
 * @example
 * ```ts
 * import { countParameters, readModelFacts } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const model = readModelFacts({
 *   id: "two-layers",
 *   modelType: "own",
 *   hiddenSize: 8,
 *   vocabSize: 100,
 *   tied: true,
 *   layerPrefix: "layers.",
 *   root: [{ name: "embed", part: "embedding", shape: [100, 8], lookup: true }],
 *   layers: [{
 *     mixer: null,
 *     feedForward: [{ size: 32, gated: false, active: null, experts: null }],
 *     norms: 0,
 *     weights: [
 *       { name: "up", part: "mlp", shape: [32, 8], split: "out" },
 *       { name: "down", part: "mlp", shape: [8, 32], split: "in" },
 *     ],
 *   }],
 *   order: [0, 0],
 * });
 * assert.equal(countParameters(model).total, 100 * 8 + 2 * 2 * 32 * 8);
 * ```
 */
export function readModelFacts(
  json: unknown,
  options: ReadModelFactsOptions = {},
): Architecture {
  const { about: _about, source: _source, aliases: _aliases, ...model } = validated(checked, json, {
    ...(options.path === undefined ? {} : { path: options.path }),
    what: "a model's facts",
    advice: "see the fields of Architecture",
  });
  return model as Architecture;
}

/**
 * Whether a document is a fact file and not a config.json.
 *
 * @param json The parsed document.
 * @return True for a fact file, by the fields that only it has.
 *
 * @example
 * ```ts
 * import { isModelFacts } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isModelFacts({ model_type: "llama" }), false);
 * ```
 */
export function isModelFacts(json: unknown): boolean {
  return typeof json === "object" && json !== null && "order" in json && "layerPrefix" in json;
}
