/** Mixture-of-experts decoders with ordinary attention: what tells the families apart. */

import type { Layer } from "../architecture.ts";
import { experts, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { dbrx } from "./dbrx.ts";
import { denseFrame, type DenseSpec, qwenWindow } from "./dense.ts";
import { decoder, type Draft, type Family, windows } from "./draft.ts";
import {
  type Blocks,
  deepseekBlocks,
  deepseekMtp,
  ernieBlocks,
  gptOssBlocks,
  graniteBlocks,
  join,
  llama4Blocks,
  minimaxBlocks,
  mixtralBlocks,
  qwenBlocks,
} from "./moe_blocks.ts";

/** A family: its attention as for a dense one, its feed-forward layer by layer. */
export interface MoeSpec extends DenseSpec {
  /** The feed-forward of each layer. */
  readonly moe: (c: ConfigReader, hidden: number, count: number) => (layer: number) => Blocks;
  /** Bias on the head by configuration. Default: none. */
  readonly headBiasOf?: (c: ConfigReader) => boolean;
  /** A sink logit a head. Default: false. */
  readonly sinks?: boolean;
}

const key = (name: string, fallback: boolean) => (c: ConfigReader) => c.bool(name, fallback);

/** Llama 4: three chunked layers, then one that sees all and has no rotary embedding. */
function llama4Windows(c: ConfigReader, count: number): (number | null)[] {
  const chunk = c.intOrNull("attention_chunk_size");
  const rope = c.list("no_rope_layers");
  const every = c.int("no_rope_layer_interval", 4);
  const chunked = (i: number) =>
    rope === undefined || rope.length === 0 ? (i + 1) % every !== 0 : rope[i] !== 0;
  return windows(c, count, chunk, (i) => chunk !== null && chunked(i));
}

const specs: Record<string, MoeSpec> = {
  mixtral: { kvHeads: 8, windows: (c, n) => slide(c, n), moe: mixtralBlocks },
  phimoe: {
    norm: "layer",
    qkvBias: key("attention_bias", false),
    windows: (c, n) => slide(c, n),
    headBiasOf: key("lm_head_bias", false),
    moe: mixtralBlocks,
  },
  qwen2_moe: {
    kvHeads: 16,
    qkvBias: key("qkv_bias", true),
    outBias: () => false,
    windows: qwenWindow,
    moe: (c, hidden) => qwenBlocks(c, hidden, true),
  },
  qwen3_moe: {
    kvHeads: 4,
    headDim: 128,
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "head" }),
    windows: qwenWindow,
    moe: (c, hidden) => {
      c.ignore("qkv_bias", "use_qk_norm");
      return qwenBlocks(c, hidden, false);
    },
  },
  olmoe: {
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "all" }),
    moe: (c, hidden) => {
      const routed = join(experts({
        input: hidden,
        hidden,
        size: c.int("intermediate_size"),
        count: c.int("num_experts"),
        active: c.int("num_experts_per_tok"),
      }));
      return () => routed;
    },
  },
  granitemoe: { qkvBias: key("attention_bias", false), moe: graniteBlocks },
  granitemoeshared: { qkvBias: key("attention_bias", false), moe: graniteBlocks },
  gpt_oss: {
    kvHeads: 8,
    headDim: 64,
    qkvBias: key("attention_bias", true),
    sinks: true,
    windows: (c, n) => windows(c, n, c.int("sliding_window", 128), (i) => i % 2 === 0),
    moe: gptOssBlocks,
  },
  llama4_text: {
    kvHeads: 8,
    headDim: 128,
    qkvBias: key("attention_bias", false),
    windows: llama4Windows,
    moe: (c, hidden, count) => {
      c.ignore("use_qk_norm"); // the norm of queries and keys learns nothing
      return llama4Blocks(c, hidden, count);
    },
  },
  minimax_m2: {
    kvHeads: 8,
    qkNorm: (c) => {
      if (!c.bool("use_qk_norm", true)) return {};
      return { qkNorm: c.text("qk_norm_type") === "per_head" ? "per-head-scale" : "all" };
    },
    moe: (c, hidden) => {
      c.ignore("sliding_window", "rotary_dim", "num_mtp_modules"); // no such module is published
      return minimaxBlocks(c, hidden);
    },
  },
  glm4_moe: {
    qkvBias: key("attention_bias", false),
    outBias: () => false,
    qkNorm: (c) => c.bool("use_qk_norm", false) ? { qkNorm: "head" } : {},
    moe: (c, hidden) => deepseekBlocks(c, hidden, true),
    mtp: (c, layer, hidden) => deepseekMtp(c, layer, hidden, c.int("vocab_size")),
  },
  dots1: {
    qkvBias: key("attention_bias", false),
    qkNorm: () => ({ qkNorm: "head" }),
    moe: (c, hidden) => deepseekBlocks(c, hidden, true),
  },
  deepseek: {
    qkvBias: key("attention_bias", false),
    moe: (c, hidden) => deepseekBlocks(c, hidden, false),
  },
  ernie4_5_moe: {
    tied: true,
    qkvBias: key("use_bias", false),
    moe: ernieBlocks,
  },
};

function slide(c: ConfigReader, count: number): (number | null)[] {
  const window = c.intOrNull("sliding_window");
  return windows(c, count, window, () => window !== null);
}

function read(c: ConfigReader, spec: MoeSpec): Draft {
  const frame = denseFrame(c, spec);
  const blocksOf = spec.moe(c, frame.hidden, frame.count);
  const layers = Array.from({ length: frame.count }, (_, i): Layer => {
    const { mixer, weights } = frame.attentionOf(i);
    const { blocks, weights: ffn } = blocksOf(i);
    return {
      mixer,
      feedForward: blocks,
      norms: 2,
      weights: [
        ...weights,
        ...(spec.sinks ? [vector("self_attn.sinks", mixer.heads, "attention")] : []),
        ...ffn,
        ...frame.normsOf(),
      ],
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
      headBias: spec.headBiasOf?.(c) ?? false,
    }),
    mtp: last === undefined ? [] : spec.mtp?.(c, last, frame.hidden) ?? [],
  };
}

/** Mixture-of-experts families by `model_type`. */
export const moe: Record<string, Family> = Object.fromEntries(
  [
    ...Object.entries(specs).map(([type, spec]) => [type, (c: ConfigReader) => read(c, spec)]),
    ["dbrx", dbrx],
  ],
);
