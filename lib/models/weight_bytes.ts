/** Bytes of a model's weights, as published or at a chosen precision. */

import { InputError } from "../errors.ts";
import type { Architecture, Dtype, Part, Weight, WeightFormat } from "./architecture.ts";
import { dtypeBytes, format, formatBytes, mxfp4, nvfp4 } from "./formats.ts";
import { parametersOf } from "./parameters.ts";
import { isLinear, stored } from "./stored.ts";

/** The ways in which weights can be stored. */
export const weightPrecisions = [
  "published",
  "fp32",
  "bf16",
  "fp16",
  "fp8",
  "int8",
  "int4",
  "fp4",
  "nvfp4",
  "mxfp4",
] as const;

/**
 * How weights are stored: as the configuration says, or at a precision.
 *
 * fp32, bf16 and fp16 hold for every weight. The narrower ones hold for the linear maps inside the
 * layers; embeddings, head, norms, routers, biases and towers stay at 16 bits. int8 and int4 have
 * FP16 scales (and zero points on request); nvfp4 and mxfp4 have their standard's; fp8 and fp4 have
 * none.
 */
export type WeightPrecision = typeof weightPrecisions[number];

/** Options of {@linkcode weightBytes}. */
export interface WeightBytesOptions {
  /** How weights are stored. Default: "published". */
  readonly precision?: WeightPrecision;
  /** Weights that share a scale, for int8 and int4. Default: 128; a row for int8. */
  readonly groupSize?: number;
  /** Zero points beside the scales of int8 and int4. Default: false. */
  readonly zeroPoints?: boolean;
}

/** Bytes of weights. */
export interface WeightBytes {
  /** All weights, without multi-token prediction. */
  readonly bytes: number;
  /** Those of multi-token-prediction modules. */
  readonly mtpBytes: number;
  /** All by what they belong to. */
  readonly byPart: Readonly<Partial<Record<Part, number>>>;
}

/** How one weight is stored: a format, or plain numbers of a width. */
export interface Storage {
  /** The format of a linear map, or null. */
  readonly format: WeightFormat | null;
  /** Bytes of one plain number: unquantised weights and biases. */
  readonly plainBytes: number;
  /** Name, for tables. */
  readonly name: string;
}

const narrow: ReadonlySet<Part> = new Set<Part>([
  "attention",
  "indexer",
  "mamba",
  "linear-attention",
  "mlp",
  "experts",
  "shared-experts",
  "mtp",
]);

/** The storage rule of a model at a precision. */
export function storageRule(
  model: Architecture,
  options: WeightBytesOptions,
): (w: Weight, published: WeightFormat | null) => Storage {
  const precision = options.precision ?? "published";
  if (precision === "published") {
    // What a quantised checkpoint leaves alone has 16 bits in every published one.
    const base = model.dtype ?? (model.quantization === null ? null : "bf16");
    if (base === null) {
      throw new InputError({
        code: "refused",
        problem: `the configuration of ${model.id} does not say how its weights are stored`,
        expected: "torch_dtype",
        found: "nothing",
        advice: "ask for a precision, such as bf16",
      });
    }
    return (w, f) => ({
      format: f,
      plainBytes: dtypeBytes(w.dtype ?? base),
      name: f?.name ?? w.dtype ?? base,
    });
  }
  if (precision === "fp32" || precision === "bf16" || precision === "fp16") {
    const plainBytes = dtypeBytes(precision);
    return () => ({ format: null, plainBytes, name: precision });
  }
  const chosen = formatOf(precision, options);
  const base: Dtype = model.dtype === "fp16" ? "fp16" : "bf16";
  return (w) => {
    const quantised = isLinear(w) && w.dtype === undefined && narrow.has(w.part);
    return {
      format: quantised ? chosen : null,
      plainBytes: dtypeBytes(w.dtype ?? base),
      name: quantised ? chosen.name : w.dtype ?? base,
    };
  };
}

function formatOf(precision: WeightPrecision, options: WeightBytesOptions): WeightFormat {
  switch (precision) {
    case "nvfp4":
      return nvfp4;
    case "mxfp4":
      return mxfp4;
    case "int8":
    case "int4": {
      const bits = precision === "int8" ? 8 : 4;
      return format(precision, bits, {
        groupSize: options.groupSize ?? (bits === 8 ? 1e9 : 128),
        scaleBytes: 2,
        zeroPointBits: options.zeroPoints ? bits : 0,
      });
    }
    case "fp8":
      return format("fp8", 8);
    default:
      return format("fp4", 4);
  }
}

/** Bytes of one weight over all its copies. */
export function bytesOf(w: Weight, storage: Storage): number {
  if (storage.format === null) return parametersOf(w) * storage.plainBytes;
  const [out, input] = w.shape as [number, number];
  const bias = w.bias ? out * storage.plainBytes : 0;
  return (w.copies ?? 1) * (formatBytes(storage.format, out, input) + bias);
}

/**
 * Bytes of a model's weights.
 *
 * As published, the configuration's `torch_dtype` and `quantization_config` count: bits, group
 * scales, zero points and the modules left out. A tied head is stored once.
 *
 * @param model The model.
 * @param options The precision.
 * @return Bytes, in all and by part.
 * @throws InputError (`refused`) for "published" when the configuration names no number type.
 *
 * @example
 * ```ts
 * import { shippedModel, weightBytes } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const llama = shippedModel("meta-llama/Llama-3.1-8B");
 * assert.equal(weightBytes(llama).bytes, 16_060_522_496); // bf16
 * assert.equal(weightBytes(llama, { precision: "int4" }).bytes, 5_700_591_616);
 * ```
 */
export function weightBytes(model: Architecture, options: WeightBytesOptions = {}): WeightBytes {
  const rule = storageRule(model, options);
  const formats = stored(model);
  const byPart: Partial<Record<Part, number>> = {};
  let bytes = 0;
  const add = (w: Weight, f: WeightFormat | null, times: number): void => {
    const size = times * bytesOf(w, rule(w, f));
    byPart[w.part] = (byPart[w.part] ?? 0) + size;
    bytes += size;
  };
  model.root.forEach((w, i) => add(w, formats.root[i] ?? null, 1));
  for (const group of formats.layers) {
    group.layer.weights.forEach((w, i) => add(w, group.formats[i] ?? null, group.count));
  }
  for (const tower of model.towers) for (const w of tower.weights) add(w, null, 1);
  return {
    bytes,
    mtpBytes: model.mtp.reduce(
      (sum, w, i) => sum + bytesOf(w, rule(w, formats.mtp[i] ?? null)),
      0,
    ),
    byPart,
  };
}
