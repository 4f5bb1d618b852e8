/** FLOPs and bytes of every operator of one forward pass, prefill or decode. */

import { InputError } from "../errors.ts";
import type { Architecture, Dtype, Part, Weight } from "./architecture.ts";
import { cacheDtype, positive } from "./cache.ts";
import { dtypeBytes } from "./formats.ts";
import { layerOperators } from "./layer_operators.ts";
import { stored } from "./stored.ts";
import {
  bytesOf,
  storageRule,
  type WeightBytesOptions,
  type WeightPrecision,
} from "./weight_bytes.ts";

/** What an operator does. */
export type OperatorKind =
  | "gemm"
  | "grouped-gemm"
  | "attention"
  | "scan"
  | "norm"
  | "elementwise"
  | "embedding"
  | "all-reduce"
  | "all-gather"
  | "send";

/**
 * One operator of a forward pass, for one device of the tensor-parallel group. Quantities are those
 * of one occurrence; `count` says how often it occurs.
 */
export interface Operator {
  /** Module, such as `self_attn.qkv_proj`. */
  readonly name: string;
  /** What it does. */
  readonly kind: OperatorKind;
  /** What it belongs to. */
  readonly part: Part;
  /** Occurrences in the pass. */
  readonly count: number;
  /** Matrices multiplied side by side: experts touched, heads; else 1. */
  readonly batch: number;
  /** Rows: tokens (of one expert, on average). 0 for what is no matrix product. */
  readonly m: number;
  /** Columns of the result. 0 for what is no matrix product. */
  readonly n: number;
  /** Inner dimension. 0 for what is no matrix product. */
  readonly k: number;
  /** Floating-point operations, a multiply-add as two. */
  readonly flops: number;
  /** Bytes of weights read. */
  readonly weightBytes: number;
  /** Bytes of activations read and written. */
  readonly activationBytes: number;
  /** Bytes of cache and state read and written. */
  readonly kvBytes: number;
  /** Bytes this device sends (ring algorithms). */
  readonly commBytes: number;
  /** Scalars worked on outside of matrix products: scores, activations, normalised values. */
  readonly elements: number;
  /** How the weights are stored, such as `bf16`, `fp8 128x128`, `nvfp4`; empty without weights. */
  readonly format: string;
}

/** Options of {@linkcode operators}. */
export interface OperatorOptions extends WeightBytesOptions {
  /** Prefill works on whole prompts, decode on one new token a sequence. */
  readonly phase: "prefill" | "decode";
  /** Sequences. Default: 1. */
  readonly batch?: number;
  /** Prefill: new tokens a sequence. Decode: tokens a sequence has, with the new one. */
  readonly length: number;
  /** Prefill: tokens a sequence already has in the cache. Default: 0. */
  readonly cached?: number;
  /** How weights are stored. Default: as published, bf16 when the configuration does not say. */
  readonly precision?: WeightPrecision;
  /** Number type of keys and values. Default: 16 bits. */
  readonly kvPrecision?: Dtype;
  /** Number type of activations. Default: bf16. */
  readonly activations?: Dtype;
  /** Devices that share every layer. Default: 1. */
  readonly tensorParallel?: number;
  /** Stages that the layers are dealt to. Default: 1. */
  readonly pipelineParallel?: number;
  /** Prefill: positions whose logits are made. Default: "last". */
  readonly logits?: "last" | "all";
}

/** Settings of a pass, all filled in. */
export interface Pass {
  readonly phase: "prefill" | "decode";
  readonly batch: number;
  /** New tokens a sequence. */
  readonly fresh: number;
  /** Tokens before them. */
  readonly cached: number;
  /** New tokens in all. */
  readonly tokens: number;
  readonly tp: number;
  readonly kvBytes: number;
  readonly stateBytes: number;
  readonly activationBytes: number;
  readonly causal: boolean;
  /** Bytes and format of a weight. */
  readonly storage: (w: Weight, index: number) => { bytes: number; format: string };
}

/**
 * All operators of one forward pass in order: embedding, the layers (equal ones together), norm and
 * head. Rotary embedding is not listed: serving kernels fold it into their neighbours.
 *
 * Matrix products take `2 m n k` FLOPs; attention `2 * heads * (headDim + valueDim)` a query-key
 * pair that the mask and window leave; latent attention runs absorbed in decode (DeepSeek-V2,
 * section 2.1.2). A batch of T tokens touches `E * (1 - (1 - k/E)^T)` of E experts when routing is
 * even. Tensor parallelism cuts every layer; a ring all-reduce sends `2 (tp - 1) / tp` of the
 * payload, once after mixing and once after the feed-forward. With pipeline stages the list still
 * holds the whole model, with the sends between stages; divide by the stages for one device's share.
 *
 * @param model The model.
 * @param options The pass.
 * @return The operators.
 * @throws InputError (`bad-option`) for sizes that are not positive whole numbers, and for decode
 * with an encoder.
 *
 * @example
 * ```ts
 * import { operators, shippedModel, sumOperators } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const llama = shippedModel("meta-llama/Llama-3.1-8B");
 * const step = sumOperators(operators(llama, { phase: "decode", batch: 8, length: 1024 }));
 * // Every weight but the embedding and the norms is read once, and the cache of eight sequences.
 * assert.equal(step.weightBytes, 2 * (8_030_261_248 - 128256 * 4096 - 65 * 4096));
 * assert.equal(step.kvBytes, 8 * 1025 * 131072);
 * ```
 */
export function operators(model: Architecture, options: OperatorOptions): Operator[] {
  const pass = passOf(model, options);
  const list: Operator[] = [];
  const rootIndex = new Map(model.root.map((w, i) => [w, i]));
  const hidden = model.hiddenSize;
  list.push(blank("embed_tokens", "embedding", "embedding", 1, {
    activationBytes: 2 * pass.tokens * hidden * pass.activationBytes,
    elements: pass.tokens * hidden,
  }));
  if (pass.tp > 1) list.push(allReduce("embed_tokens", "embedding", pass, hidden, 1));

  const formats = stored(model);
  const precision = options.precision ??
    (model.dtype === null && model.quantization === null ? "bf16" : "published");
  const rule = storageRule(model, { ...options, precision });
  for (const group of formats.layers) {
    const storage = (w: Weight, i: number) => {
      const s = rule(w, group.formats[i] ?? null);
      return { bytes: bytesOf(w, s), format: s.name };
    };
    list.push(...layerOperators(group.layer, group.count, hidden, { ...pass, storage }));
  }
  const stages = positive(options.pipelineParallel ?? 1, "pipelineParallel");
  if (stages > model.order.length) {
    throw new InputError({
      code: "bad-option",
      problem: "more pipeline stages than layers",
      expected: `at most ${model.order.length}`,
      found: String(stages),
    });
  }
  if (stages > 1) {
    const sent = pass.tokens * hidden * pass.activationBytes / pass.tp;
    list.push(blank("stage", "send", "residual", stages - 1, { commBytes: sent }));
  }
  list.push(blank("norm", "norm", "norm", 1, {
    activationBytes: 2 * pass.tokens * hidden * pass.activationBytes,
    elements: pass.tokens * hidden,
  }));
  const rootStorage = (w: Weight) => {
    const s = rule(w, formats.root[rootIndex.get(w)!] ?? null);
    return { bytes: bytesOf(w, s), format: s.name };
  };
  list.push(...headOperators(model, options, pass, rootStorage));
  return list;
}

function passOf(model: Architecture, o: OperatorOptions): Omit<Pass, "storage"> {
  const batch = positive(o.batch ?? 1, "batch");
  const length = positive(o.length, "length");
  const decode = o.phase === "decode";
  if (decode && !model.causal) {
    throw new InputError({
      code: "bad-option",
      problem: `${model.id} is an encoder and does not decode`,
      expected: "phase prefill",
      found: "decode",
    });
  }
  const cached = decode ? length - 1 : o.cached ?? 0;
  if (!Number.isSafeInteger(cached) || cached < 0) {
    throw new InputError({
      code: "bad-option",
      problem: "cached cannot be used",
      expected: "a whole number of at least 0",
      found: String(cached),
    });
  }
  const fresh = decode ? 1 : length;
  return {
    phase: o.phase,
    batch,
    fresh,
    cached,
    tokens: batch * fresh,
    tp: positive(o.tensorParallel ?? 1, "tensorParallel"),
    kvBytes: dtypeBytes(o.kvPrecision ?? cacheDtype(model)),
    stateBytes: dtypeBytes(model.stateDtype ?? cacheDtype(model)),
    activationBytes: dtypeBytes(o.activations ?? "bf16"),
    causal: model.causal,
  };
}

function headOperators(
  model: Architecture,
  options: OperatorOptions,
  pass: Omit<Pass, "storage">,
  storage: (w: Weight) => { bytes: number; format: string },
): Operator[] {
  const rows = pass.phase === "prefill" && options.logits !== "all" ? pass.batch : pass.tokens;
  const tables = model.root.filter((w) => w.part === "embedding" && w.lookup);
  const maps = model.root.filter((w) => w.part === "head" && w.shape.length === 2 && !w.lookup);
  const used = model.tied ? [...maps, ...tables.slice(0, 1)] : maps;
  const list = used.map((w): Operator => {
    const [n, k] = w.shape as [number, number];
    const { bytes, format } = storage(w);
    const own = Math.ceil(n / pass.tp);
    return {
      ...blank(w.lookup ? "lm_head (tied)" : w.name, "gemm", "head", 1, {
        flops: 2 * rows * own * k,
        weightBytes: bytes / pass.tp,
        activationBytes: rows * (own + k) * pass.activationBytes,
      }),
      m: rows,
      n: own,
      k,
      format,
    };
  });
  if (pass.tp > 1 && used.length > 0) {
    const share = rows * model.vocabSize * pass.activationBytes * (pass.tp - 1) / pass.tp;
    list.push(blank("lm_head", "all-gather", "head", 1, { commBytes: share }));
  }
  return list;
}

/** An operator that does nothing but what is given. */
export function blank(
  name: string,
  kind: OperatorKind,
  part: Part,
  count: number,
  amounts: Partial<Operator>,
): Operator {
  return {
    name,
    kind,
    part,
    count,
    batch: 1,
    m: 0,
    n: 0,
    k: 0,
    flops: 0,
    weightBytes: 0,
    activationBytes: 0,
    kvBytes: 0,
    commBytes: 0,
    elements: 0,
    format: "",
    ...amounts,
  };
}

/** A ring all-reduce of the new tokens' residual stream. */
export function allReduce(
  name: string,
  part: Part,
  pass: Pick<Pass, "tokens" | "tp" | "activationBytes">,
  hidden: number,
  count: number,
): Operator {
  const payload = pass.tokens * hidden * pass.activationBytes;
  return blank(name, "all-reduce", part, count, {
    commBytes: 2 * (pass.tp - 1) / pass.tp * payload,
  });
}

/** Sums over operators, with their counts. */
export interface OperatorSums {
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes of weights read. */
  readonly weightBytes: number;
  /** Bytes of activations read and written. */
  readonly activationBytes: number;
  /** Bytes of cache and state read and written. */
  readonly kvBytes: number;
  /** Bytes sent. */
  readonly commBytes: number;
  /** Scalars worked on outside of matrix products. */
  readonly elements: number;
  /** Number of operators run. */
  readonly kernels: number;
}

/**
 * Adds operators up.
 *
 * @param list The operators.
 * @return The sums, each operator as often as it occurs.
 *
 * @example
 * ```ts
 * import { operators, shippedModel, sumOperators } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const model = shippedModel("Qwen/Qwen3-0.6B");
 * const sums = sumOperators(operators(model, { phase: "prefill", length: 512 }));
 * assert.ok(sums.flops > 2 * 440e6 * 512); // two FLOPs a parameter and token, and attention
 * ```
 */
export function sumOperators(list: readonly Operator[]): OperatorSums {
  let flops = 0, weightBytes = 0, activationBytes = 0, kvBytes = 0, commBytes = 0;
  let elements = 0, kernels = 0;
  for (const op of list) {
    flops += op.count * op.flops;
    weightBytes += op.count * op.weightBytes;
    activationBytes += op.count * op.activationBytes;
    kvBytes += op.count * op.kvBytes;
    commBytes += op.count * op.commBytes;
    elements += op.count * op.elements;
    kernels += op.count;
  }
  return { flops, weightBytes, activationBytes, kvBytes, commBytes, elements, kernels };
}
