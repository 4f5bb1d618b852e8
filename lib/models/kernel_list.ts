/** The GPU kernels of one eager prefill pass, in the format of EnergAIzer's traced lists. */

import { InputError } from "../errors.ts";
import type { Architecture, Attention, Layer, Weight } from "./architecture.ts";
import { positive } from "./cache.ts";
import { isLinear } from "./stored.ts";

/** One kernel: its dimensions, and what it is. */
export type ListedKernel = readonly [
  Readonly<Record<string, number | string | boolean>>,
  readonly string[],
];

/** Options of {@linkcode kernelList}. */
export interface KernelListOptions {
  /** Sequences. Default: 1. */
  readonly batch?: number;
  /** Tokens of each. */
  readonly length: number;
  /** Number type of weights and activations. Default: bf16. */
  readonly precision?: "bf16" | "fp16" | "fp32";
  /** Attention as separate products and softmax, or as one fused kernel. Default: "eager". */
  readonly attention?: "eager" | "flash";
  /** Positions whose logits are made. Default: "none", as in EnergAIzer's traces. */
  readonly logits?: "none" | "last" | "all";
}

interface Context {
  readonly batch: number;
  readonly length: number;
  readonly tokens: number;
  readonly precision: string;
  readonly flash: boolean;
  readonly rotary: boolean;
  readonly causal: boolean;
}

/**
 * Kernels that a plain Hugging Face implementation launches for one prompt pass of a dense model,
 * in launch order, one entry a launch: the flat list `[dimensions, [op, ...]]` of EnergAIzer's
 * artifact (arXiv:2604.20105, `workloads/`). Matrix products are exact; elementwise passes follow
 * the LLaMA implementation (five for an RMS norm, two products and a sum for each rotary embedding,
 * scale, mask, two casts around an FP32 softmax), from which other families differ by a pass or two.
 *
 * @param model A dense model with ordinary attention.
 * @param options The pass.
 * @return The kernels; `JSON.stringify` makes the file.
 * @throws InputError (`refused`) for experts, latent attention and recurrent layers, which these
 * lists cannot express.
 *
 * @example
 * ```ts
 * import { kernelList, shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const list = kernelList(shippedModel("openai-community/gpt2"), { length: 128 });
 * const products = list.filter(([, [op]]) => op === "gemm");
 * assert.equal(products.length, 12 * 6); // qkv, scores, values, out, up, down
 * ```
 */
export function kernelList(model: Architecture, options: KernelListOptions): ListedKernel[] {
  const batch = positive(options.batch ?? 1, "batch");
  const length = positive(options.length, "length");
  const c: Context = {
    batch,
    length,
    tokens: batch * length,
    precision: options.precision ?? "bf16",
    flash: options.attention === "flash",
    rotary: model.causal && !model.root.some((w) => w.part === "position"),
    causal: model.causal,
  };
  const hidden = model.hiddenSize;
  const list: ListedKernel[] = [];
  if (!c.rotary) list.push(elementwise("pointwise_add", c.tokens * hidden, c.precision));
  if (!model.causal) list.push(...normKernels(model, c));
  for (const kind of model.order) list.push(...layerKernels(model, model.layers[kind]!, c));
  // An encoder normalises before its layers, and what it has on top reads one position.
  if (model.causal) list.push(...normKernels(model, c));
  else {
    const heads = model.root.filter((w) => w.part === "head" && isLinear(w));
    list.push(...heads.map((w) => gemm(1, w.shape[0]!, batch, w.shape[1]!, c.precision)));
  }
  if ((options.logits ?? "none") !== "none") {
    const rows = options.logits === "all" ? c.tokens : batch;
    list.push(gemm(1, model.vocabSize, rows, hidden, c.precision));
  }
  return list;
}

function layerKernels(model: Architecture, layer: Layer, c: Context): ListedKernel[] {
  const { mixer } = layer;
  if (
    mixer?.kind !== "attention" || layer.feedForward.length !== 1 ||
    layer.feedForward[0]!.experts !== null
  ) {
    throw new InputError({
      code: "refused",
      problem: `${model.id} has layers that a kernel list cannot express`,
      expected: "dense layers with ordinary attention",
      found: mixer === null ? "a layer without attention" : mixer.kind,
      advice: "use the operators of the model instead",
    });
  }
  const residual = elementwise("pointwise_add", c.tokens * model.hiddenSize, c.precision);
  const attention = layer.weights.filter((w) => w.part === "attention" && isLinear(w));
  const ffn = layer.weights.filter((w) => w.part === "mlp" && isLinear(w));
  const block = layer.feedForward[0]!;
  const inner = activationKernels(model, c.tokens * block.size, c);
  const gate = elementwise("pointwise_mul", c.tokens * block.size, c.precision);
  const [first, ...others] = ffn;
  const before = layer.norms === 1 ? [normKernels(model, c), []] : [
    normKernels(model, c),
    normKernels(model, c),
  ];
  return [
    ...before[0]!,
    ...fusedLinears(attention.slice(0, -1), c),
    ...attentionKernels(mixer, c),
    ...fusedLinears(attention.slice(-1), c),
    residual,
    ...before[1]!,
    ...fusedLinears([first!], c),
    ...inner,
    ...(block.gated
      ? [...fusedLinears(others.slice(0, -1), c), gate, ...fusedLinears(others.slice(-1), c)]
      : fusedLinears(others, c)),
    residual,
  ];
}

/** Maps stored as one module are one product; the others are launched one by one. */
function fusedLinears(weights: readonly Weight[], c: Context): ListedKernel[] {
  const byModule = new Map<string, { out: number; input: number }>();
  for (const w of weights) {
    const [out, input] = w.shape as [number, number];
    const known = byModule.get(w.name);
    byModule.set(w.name, { out: out + (known?.out ?? 0), input });
  }
  return [...byModule.values()].map(({ out, input }) => gemm(1, out, c.tokens, input, c.precision));
}

function attentionKernels(mixer: Attention, c: Context): ListedKernel[] {
  const list: ListedKernel[] = [];
  if (c.rotary) {
    for (const heads of [mixer.heads, mixer.kvHeads]) {
      const dim = c.tokens * heads * mixer.headDim;
      list.push(
        elementwise("pointwise_mul", dim, c.precision),
        elementwise("pointwise_mul", dim, c.precision),
        elementwise("pointwise_add", dim, c.precision),
      );
    }
  }
  const groups = c.batch * mixer.heads;
  if (c.flash) {
    list.push([{
      batch: c.batch,
      heads: mixer.heads,
      seq: c.length,
      head_dim: mixer.headDim,
      prec: c.precision,
    }, ["flash_attention", c.precision]]);
    return list;
  }
  const scores = groups * c.length * c.length;
  list.push(
    gemm(groups, c.length, c.length, mixer.headDim, c.precision),
    elementwise("scalar_mul", scores, c.precision),
    ...(c.causal ? [elementwise("pointwise_add", scores, c.precision)] : []),
    ...(c.precision === "fp32" ? [] : [
      elementwise("typecast_to_fp32", scores, c.precision),
      elementwise(`typecast_to_${c.precision}`, scores, "fp32"),
    ]),
    [{ batch: groups * c.length, dim: c.length, prec: "fp32" }, ["softmax", "fp32"]],
    gemm(groups, c.length, mixer.valueDim, c.length, c.precision),
  );
  return list;
}

/** An RMS norm is five elementwise passes without a fused kernel; a layer norm is one kernel. */
function normKernels(model: Architecture, c: Context): ListedKernel[] {
  const dim = c.tokens * model.hiddenSize;
  const shifted = model.root.some((w) => w.part === "norm" && w.bias);
  if (shifted) {
    return [[
      { batch: c.tokens, dim: model.hiddenSize, prec: c.precision },
      ["layernorm", c.precision],
    ]];
  }
  return [
    elementwise("unspecified_scalar", dim, "fp32"),
    elementwise("scalar_add", c.tokens, "fp32"),
    elementwise("unspecified_scalar", c.tokens, "fp32"),
    elementwise("pointwise_mul", dim, "fp32"),
    elementwise("scalar_mul", dim, c.precision),
  ];
}

/** One kernel, but for the tanh form of GELU, which is written out pass by pass. */
function activationKernels(model: Architecture, dim: number, c: Context): ListedKernel[] {
  const name = model.activation ?? "unspecified_scalar";
  const passes = name === "gelu_new"
    ? [
      "scalar_mul",
      "unspecified_scalar",
      "scalar_mul",
      "pointwise_add",
      "scalar_mul",
      "tanh",
      "scalar_mul",
      "pointwise_mul",
    ]
    : [name.startsWith("gelu") ? "gelu" : name];
  return passes.map((op) => elementwise(op, dim, c.precision));
}

function gemm(batch: number, m: number, n: number, k: number, precision: string): ListedKernel {
  const tensor = precision !== "fp32";
  return [
    {
      batch,
      dimM: m,
      dimN: n,
      dimK: k,
      precM: precision,
      precA: precision,
      useTensorCore: tensor,
    },
    ["gemm", tensor ? "tc" : "cuda", `${precision}_${precision}`],
  ];
}

function elementwise(op: string, dim: number, precision: string): ListedKernel {
  return [{ dim, op, prec: precision }, ["elementwise"]];
}
