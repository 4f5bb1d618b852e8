/** Dense decoders of the LLaMA shape: one table of what tells the families apart. */

import type { Layer, Weight } from "../architecture.ts";
import {
  attention,
  type AttentionOptions,
  feedForward,
  linear,
  norm,
  type NormStyle,
} from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type DecoderNames, type Draft, type Family, headDim, windows } from "./draft.ts";

/** What tells one dense family from another. Defaults are those of LLaMA. */
export interface DenseSpec {
  /** Whether the head is the embedding when the configuration does not say. Default: false. */
  readonly tied?: boolean;
  /** KV heads when the configuration does not say. Default: as many as heads. */
  readonly kvHeads?: number;
  /** Width of a head when the configuration does not say. Default: hidden over heads. */
  readonly headDim?: number;
  /** Bias on q, k, v. Default: none. */
  readonly qkvBias?: (c: ConfigReader) => boolean;
  /** Bias on the output projection. Default: as q, k, v. */
  readonly outBias?: (c: ConfigReader) => boolean;
  /** Bias on the feed-forward projections. Default: none. */
  readonly mlpBias?: (c: ConfigReader) => boolean;
  /** Gated feed-forward. Default: true. */
  readonly gated?: boolean;
  /** Norm of queries and keys. Default: none. */
  readonly qkNorm?: (c: ConfigReader) => Pick<AttentionOptions, "qkNorm" | "qkNormStyle">;
  /** Style of the norms. Default: rms. */
  readonly norm?: NormStyle;
  /** Names of the norms of a layer. Default: input_layernorm and post_attention_layernorm. */
  readonly norms?: (c: ConfigReader) => readonly string[];
  /** Window of each layer. Default: none. */
  readonly windows?: (c: ConfigReader, count: number) => readonly (number | null)[];
  /** Inner width when it is not plainly intermediate_size. */
  readonly size?: (c: ConfigReader, hidden: number) => number;
  /** Bias on the head. Default: none. */
  readonly headBias?: boolean;
  /** Multi-token-prediction weights. Default: none. */
  readonly mtp?: (c: ConfigReader, layer: Layer, hidden: number) => readonly Weight[];
  /** Module names. */
  readonly names?: {
    readonly attention?: Pick<AttentionOptions, "prefix" | "names" | "fusedName">;
    readonly mlp?: { readonly prefix?: string; readonly names?: readonly [string, string, string] };
    readonly frame?: Partial<DecoderNames>;
  };
}

const always = () => true;
const key = (name: string, fallback: boolean) => (c: ConfigReader) => c.bool(name, fallback);
const single = () => ["input_layernorm"];
const sandwich = () => [
  "input_layernorm",
  "post_attention_layernorm",
  "pre_feedforward_layernorm",
  "post_feedforward_layernorm",
];
const postNorms = () => ["post_attention_layernorm", "post_feedforward_layernorm"];

/** Every layer slides when a window is given. */
function uniformWindow(c: ConfigReader, count: number): (number | null)[] {
  const window = c.intOrNull("sliding_window");
  return windows(c, count, window, () => window !== null);
}

/** Qwen: the layers from max_window_layers on slide, when use_sliding_window is set. */
export function qwenWindow(c: ConfigReader, count: number): (number | null)[] {
  const on = c.bool("use_sliding_window", false);
  const from = c.int("max_window_layers", 28);
  const window = on ? c.intOrNull("sliding_window") : null;
  c.ignore("sliding_window");
  return windows(c, count, window, (i) => on && i >= from);
}

/** A full layer after every so many sliding ones. */
const everyNth = (fallbackWindow: number | null, fallbackPattern: number) =>
(
  c: ConfigReader,
  count: number,
): (number | null)[] => {
  const window = c.intOrNull("sliding_window") ?? fallbackWindow;
  // EXAONE writes the pattern as letters: L slides, G sees all.
  const letters = c.raw("sliding_window_pattern");
  if (typeof letters === "string" && letters !== "") {
    return windows(c, count, window, (i) => letters[i % letters.length] === "L");
  }
  const pattern = c.int(["sliding_window_pattern", "_sliding_window_pattern"], fallbackPattern);
  return windows(c, count, window, (i) => (i + 1) % pattern !== 0);
};

/** MiMo predicts further tokens with whole layers behind a joining projection. */
function mimoMtp(c: ConfigReader, layer: Layer, hidden: number): Weight[] {
  const count = c.int("num_nextn_predict_layers", 0);
  return Array.from({ length: count }, (_, i): Weight[] => [
    linear(`mtp.${i}.input_proj`, "mtp", hidden, 2 * hidden),
    ...["token_layernorm", "hidden_layernorm", "final_layernorm"].flatMap((name) =>
      norm(`mtp.${i}.${name}`, hidden, "rms", "mtp")
    ),
    ...layer.weights.map((w) => ({ ...w, name: `mtp.${i}.${w.name}`, part: "mtp" as const })),
  ]).flat();
}

const specs: Record<string, DenseSpec> = {
  llama: {
    qkvBias: key("attention_bias", false),
    mlpBias: key("mlp_bias", false),
  },
  mistral: { kvHeads: 8, windows: uniformWindow },
  ministral: { kvHeads: 8, windows: uniformWindow },
  ministral3: { kvHeads: 8, windows: uniformWindow },
  qwen2: { kvHeads: 32, qkvBias: always, outBias: () => false, windows: qwenWindow },
  qwen3: {
    kvHeads: 32,
    headDim: 128,
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "head" }),
    windows: qwenWindow,
  },
  mimo: {
    qkvBias: key("attention_bias", true),
    outBias: () => false,
    windows: qwenWindow,
    mtp: mimoMtp,
  },
  gemma: {
    tied: true,
    kvHeads: 16,
    headDim: 256,
    qkvBias: key("attention_bias", false),
  },
  gemma2: {
    tied: true,
    kvHeads: 4,
    headDim: 256,
    qkvBias: key("attention_bias", false),
    norms: sandwich,
    windows: everyNth(4096, 2),
  },
  gemma3_text: {
    tied: true,
    kvHeads: 4,
    headDim: 256,
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "head" }),
    norms: sandwich,
    windows: everyNth(4096, 6),
  },
  phi3: {
    windows: uniformWindow,
    names: {
      attention: { fusedName: "qkv_proj" },
      mlp: { names: ["gate_up_proj", "gate_up_proj", "down_proj"] },
    },
  },
  phi: {
    norm: "layer",
    norms: single,
    gated: false,
    qkvBias: always,
    mlpBias: always,
    headBias: true,
    qkNorm: (c) => c.bool("qk_layernorm", false) ? { qkNorm: "head", qkNormStyle: "layer" } : {},
    names: {
      attention: { names: ["q_proj", "k_proj", "v_proj", "dense"] },
      mlp: { names: ["", "fc1", "fc2"] },
      frame: { norm: "model.final_layernorm" },
    },
  },
  phi3small: {
    tied: true,
    norm: "layer",
    qkvBias: always,
    mlpBias: always,
    size: (c) => c.int("ff_intermediate_size"),
    names: { attention: { fusedName: "query_key_value", names: ["q", "k", "v", "dense"] } },
  },
  starcoder2: {
    tied: true,
    kvHeads: 2,
    norm: "layer",
    gated: false,
    qkvBias: key("use_bias", true),
    mlpBias: key("use_bias", true),
    windows: uniformWindow,
    names: { mlp: { names: ["", "c_fc", "c_proj"] } },
  },
  stablelm: {
    norm: "layer",
    qkvBias: key("use_qkv_bias", false),
    outBias: () => false,
    qkNorm: (c) =>
      c.bool("qk_layernorm", false)
        ? { qkNorm: "per-head-scale", qkNormStyle: "layer-no-bias" }
        : {},
    norms: (c) =>
      c.bool("use_parallel_residual", false)
        ? ["input_layernorm"]
        : ["input_layernorm", "post_attention_layernorm"],
  },
  olmo: { norm: "none", qkvBias: key("attention_bias", false) },
  olmo2: {
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "all" }),
    norms: postNorms,
  },
  olmo3: {
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "all" }),
    norms: postNorms,
    windows: everyNth(4096, 4),
  },
  granite: { qkvBias: key("attention_bias", false), mlpBias: key("mlp_bias", false) },
  cohere: {
    tied: true,
    norm: "layer-no-bias",
    norms: single,
    qkvBias: key("attention_bias", false),
    qkNorm: (c) =>
      c.bool("use_qk_norm", false)
        ? { qkNorm: "per-head-scale", qkNormStyle: "layer-no-bias" }
        : {},
  },
  cohere2: {
    tied: true,
    norm: "layer-no-bias",
    norms: single,
    qkvBias: key("attention_bias", false),
    windows: everyNth(4096, 4),
  },
  minicpm: { tied: true, qkvBias: key("attention_bias", false) },
  internlm: { qkvBias: key("bias", true) },
  internlm2: {
    qkvBias: key("bias", true),
    names: {
      attention: { prefix: "attention.", fusedName: "wqkv", names: ["q", "k", "v", "wo"] },
      mlp: { prefix: "feed_forward.", names: ["w1", "w3", "w2"] },
      frame: { embedding: "model.tok_embeddings", head: "output" },
    },
  },
  internlm3: {
    qkvBias: key("qkv_bias", false),
    outBias: key("bias", false),
    mlpBias: key("bias", false),
  },
  baichuan: {
    names: { attention: { fusedName: "W_pack", names: ["q", "k", "v", "o_proj"] } },
  },
  smollm3: {
    tied: true,
    kvHeads: 4,
    qkvBias: key("attention_bias", false),
    mlpBias: key("mlp_bias", false),
    windows: qwenWindow,
  },
  seed_oss: {
    kvHeads: 8,
    headDim: 128,
    qkvBias: key("attention_bias", true),
    outBias: key("attention_out_bias", false),
    mlpBias: key("mlp_bias", false),
  },
  glm: { kvHeads: 2, headDim: 128, qkvBias: key("attention_bias", false), outBias: () => false },
  glm4: {
    kvHeads: 2,
    headDim: 128,
    qkvBias: key("attention_bias", false),
    outBias: () => false,
    norms: () => [
      "input_layernorm",
      "post_self_attn_layernorm",
      "post_attention_layernorm",
      "post_mlp_layernorm",
    ],
  },
  exaone4: {
    qkNorm: () => ({ qkNorm: "head" }),
    norms: postNorms,
    windows: everyNth(null, 4),
  },
  nemotron: {
    norm: "layer",
    gated: false,
    qkvBias: key("attention_bias", false),
    mlpBias: key("mlp_bias", false),
  },
  orion: { norm: "layer", qkvBias: key("attention_bias", false) },
  arcee: {
    gated: false,
    qkvBias: key("attention_bias", false),
    mlpBias: key("mlp_bias", false),
  },
  ernie4_5: { tied: true, qkvBias: key("use_bias", false), mlpBias: key("use_bias", false) },
  hunyuan_v1_dense: {
    tied: true,
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "head" }),
  },
  qwen: {
    qkvBias: always,
    outBias: () => false,
    // The two branches of the block are half of intermediate_size wide each.
    size: (c) => {
      if (!c.bool("no_bias", true)) {
        throw c.refusal("no_bias is false", "false", "qwen is known without other biases");
      }
      c.ignore("kv_channels");
      return c.int("intermediate_size") / 2;
    },
    norms: () => ["ln_1", "ln_2"],
    names: {
      attention: { prefix: "attn.", fusedName: "c_attn", names: ["q", "k", "v", "c_proj"] },
      mlp: { names: ["w1", "w2", "c_proj"] },
      frame: {
        embedding: "transformer.wte",
        layers: "transformer.h.",
        norm: "transformer.ln_f",
      },
    },
  },
};

/** The attention and norms of one layer, for families whose feed-forward differs. */
export function denseFrame(
  c: ConfigReader,
  spec: DenseSpec,
): {
  hidden: number;
  count: number;
  attentionOf(layer: number): ReturnType<typeof attention>;
  normsOf(): ReturnType<typeof norm>;
} {
  const hidden = c.int("hidden_size");
  const heads = c.int("num_attention_heads");
  const kvHeads = c.int("num_key_value_heads", spec.kvHeads ?? heads);
  const width = spec.headDim === undefined
    ? headDim(c, hidden, heads)
    : c.int("head_dim", spec.headDim);
  const count = c.int("num_hidden_layers");
  const qkvBias = spec.qkvBias?.(c) ?? false;
  const outBias = spec.outBias?.(c) ?? qkvBias;
  const reach = spec.windows?.(c, count) ?? windows(c, count, null, () => false);
  const qkNorm = spec.qkNorm?.(c) ?? {};
  const style = spec.norm ?? "rms";
  const normNames = spec.norms?.(c) ?? ["input_layernorm", "post_attention_layernorm"];
  return {
    hidden,
    count,
    attentionOf: (layer) =>
      attention({
        hidden,
        heads,
        kvHeads,
        headDim: width,
        qkvBias,
        outBias,
        window: reach[layer] ?? null,
        ...qkNorm,
        ...spec.names?.attention,
      }),
    normsOf: () => normNames.flatMap((name) => norm(name, hidden, style)),
  };
}

function read(c: ConfigReader, spec: DenseSpec): Draft {
  const frame = denseFrame(c, spec);
  const size = spec.size?.(c, frame.hidden) ?? c.int("intermediate_size");
  const mlpBias = spec.mlpBias?.(c) ?? false;
  const layers = Array.from({ length: frame.count }, (_, i): Layer => {
    const { mixer, weights } = frame.attentionOf(i);
    const mlp = feedForward({
      hidden: frame.hidden,
      size,
      gated: spec.gated ?? true,
      bias: mlpBias,
      ...spec.names?.mlp,
    });
    return {
      mixer,
      feedForward: [mlp.block],
      norms: spec.norms?.(c).length ?? 2,
      weights: [...weights, ...mlp.weights, ...frame.normsOf()],
    };
  });
  const last = layers[layers.length - 1];
  return {
    ...decoder({
      hidden: frame.hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", spec.tied ?? false),
      layers,
      finalNorm: spec.norm ?? "rms",
      headBias: spec.headBias ?? false,
      ...(spec.names?.frame === undefined ? {} : { names: spec.names.frame }),
    }),
    mtp: last === undefined ? [] : spec.mtp?.(c, last, frame.hidden) ?? [],
  };
}

/** Dense families by `model_type`. */
export const dense: Record<string, Family> = Object.fromEntries(
  Object.entries(specs).map(([type, spec]) => [type, (c: ConfigReader) => read(c, spec)]),
);
