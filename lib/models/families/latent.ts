/** Multi-head latent attention: DeepSeek-V2, V3, V3.2, Kimi-K2, GLM-5, MiniCPM3. */

import type { Indexer, LatentAttention, Layer, Weight } from "../architecture.ts";
import { linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family } from "./draft.ts";
import { deepseekBlocks, deepseekMtp } from "./moe_blocks.ts";

/** The shape of latent attention in one configuration. */
export interface LatentShape {
  readonly hidden: number;
  readonly heads: number;
  readonly queryRank: number | null;
  readonly kvRank: number;
  readonly nope: number;
  readonly rope: number;
  readonly value: number;
  readonly bias: boolean;
  readonly indexer: Indexer | null;
}

/** Reads the shape. */
export function latentShape(c: ConfigReader, sparse: boolean): LatentShape {
  const nope = c.int("qk_nope_head_dim");
  const rope = c.int("qk_rope_head_dim");
  c.ignore("qk_head_dim", "head_dim", "num_key_value_heads");
  return {
    hidden: c.int("hidden_size"),
    heads: c.int("num_attention_heads"),
    queryRank: c.intOrNull("q_lora_rank"),
    kvRank: c.int("kv_lora_rank"),
    nope,
    rope,
    value: c.int("v_head_dim", nope),
    bias: c.bool("attention_bias", false),
    indexer: sparse
      ? {
        heads: c.int("index_n_heads"),
        headDim: c.int("index_head_dim"),
        topK: c.int("index_topk"),
      }
      : null,
  };
}

/**
 * Latent attention with its projections.
 *
 * @param ownIndex Whether the layer has its own indexer or uses an earlier layer's choice.
 */
export function latentAttention(
  s: LatentShape,
  ownIndex: boolean,
): { mixer: LatentAttention; weights: Weight[] } {
  const at = "self_attn.";
  const queryWidth = s.heads * (s.nope + s.rope);
  const down = { bias: s.bias, fuse: `${at}fused_qkv_a_proj` };
  const weights: Weight[] = s.queryRank === null
    ? [linear(`${at}q_proj`, "attention", queryWidth, s.hidden, { split: "out" })]
    : [
      linear(`${at}q_a_proj`, "attention", s.queryRank, s.hidden, down),
      ...norm(`${at}q_a_layernorm`, s.queryRank, "rms"),
      linear(`${at}q_b_proj`, "attention", queryWidth, s.queryRank, { split: "out" }),
    ];
  weights.push(
    linear(
      `${at}kv_a_proj_with_mqa`,
      "attention",
      s.kvRank + s.rope,
      s.hidden,
      s.queryRank === null ? { bias: s.bias } : down,
    ),
    ...norm(`${at}kv_a_layernorm`, s.kvRank, "rms"),
    linear(`${at}kv_b_proj`, "attention", s.heads * (s.nope + s.value), s.kvRank, {
      split: "out",
    }),
    linear(`${at}o_proj`, "attention", s.hidden, s.heads * s.value, {
      bias: s.bias,
      split: "in",
    }),
  );
  if (s.indexer !== null && ownIndex) {
    if (s.queryRank === null) throw new RangeError("an indexer needs q_lora_rank");
    const { heads, headDim } = s.indexer;
    weights.push(
      linear(`${at}indexer.wq_b`, "indexer", heads * headDim, s.queryRank),
      linear(`${at}indexer.wk`, "indexer", headDim, s.hidden),
      ...norm(`${at}indexer.k_norm`, headDim, "layer", "indexer"),
      linear(`${at}indexer.weights_proj`, "indexer", heads, s.hidden),
    );
  }
  return {
    mixer: {
      kind: "latent",
      heads: s.heads,
      kvRank: s.kvRank,
      ropeDim: s.rope,
      nopeDim: s.nope,
      valueDim: s.value,
      indexer: s.indexer,
      ...(s.indexer !== null && !ownIndex ? { sharesIndex: true } : {}),
    },
    weights,
  };
}

/** GLM-5 lets layers reuse an earlier layer's choice. */
function ownIndexes(c: ConfigReader): (layer: number) => boolean {
  const types = c.texts("indexer_types");
  const letters = c.text("index_topk_pattern");
  if (types !== undefined) return (i) => types[i] !== "shared";
  if (letters !== undefined) return (i) => letters[i] !== "S";
  const every = Math.max(c.int("index_topk_freq", 1), 1);
  const offset = c.int("index_skip_topk_offset", 2);
  return (i) => Math.max(i - offset + 1, 0) % every === 0;
}

const family = (options: {
  sparse?: boolean;
  tied?: boolean;
  correction: (c: ConfigReader) => boolean;
}): Family =>
(
  c,
): Draft => {
  const shape = latentShape(c, options.sparse ?? false);
  const own = options.sparse ? ownIndexes(c) : () => true;
  const blocksOf = deepseekBlocks(c, shape.hidden, options.correction(c));
  const vocab = c.int("vocab_size");
  const layerOf = (i: number): Layer => {
    const { mixer, weights } = latentAttention(shape, own(i));
    const { blocks, weights: ffn } = blocksOf(i);
    return {
      mixer,
      feedForward: blocks,
      norms: 2,
      weights: [
        ...weights,
        ...ffn,
        ...norm("input_layernorm", shape.hidden, "rms"),
        ...norm("post_attention_layernorm", shape.hidden, "rms"),
      ],
    };
  };
  const count = c.int("num_hidden_layers");
  const layers = Array.from({ length: count }, (_, i) => layerOf(i));
  return {
    ...decoder({
      hidden: shape.hidden,
      vocab,
      tied: c.bool("tie_word_embeddings", options.tied ?? false),
      layers,
      finalNorm: "rms",
    }),
    mtp: deepseekMtp(c, layerOf(count), shape.hidden, vocab),
  };
};

/** V3 balances its experts with a score correction, V2 does not have one. */
const byMethod = (c: ConfigReader) => c.text("topk_method") === "noaux_tc";

/** Families with latent attention by `model_type`. */
export const latent: Record<string, Family> = {
  deepseek_v2: family({ correction: byMethod }),
  deepseek_v3: family({ correction: (c) => c.text("topk_method") !== "greedy" }),
  kimi_k2: family({ correction: (c) => c.text("topk_method") !== "greedy" }),
  deepseek_v32: family({ sparse: true, correction: () => true }),
  glm_moe_dsa: family({ sparse: true, correction: () => true }),
  glm4_moe_lite: family({ correction: () => true }),
  minicpm3: family({ tied: true, correction: () => false }),
};
