/** The dense families: one table of what tells them apart. */

import type { Layer, Weight } from "../architecture.ts";
import { linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { type DenseSpec, qwenWindow, readDense } from "./dense.ts";
import { type Family, windows } from "./draft.ts";

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
    norms: (c) => {
      c.ignore("mlp_type", "norm_type"); // the library's class does not look at them
      return ["input_layernorm", "post_attention_layernorm"];
    },
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
    norms: (c) => {
      c.must("use_gated_activation", true);
      c.must("use_parallel_block", true);
      c.ignore("use_embedding_sharing", "use_parallel_embedding", "order_of_interleaved_layers");
      return single();
    },
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

/** Dense families by `model_type`. */
export const dense: Record<string, Family> = Object.fromEntries(
  Object.entries(specs).map(([type, spec]) => [type, (c: ConfigReader) => readDense(c, spec)]),
);
