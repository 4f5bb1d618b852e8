/** DeepSeek-V4: window plus compressed long-range entries, hyper-connections, hashed experts. */

import type { CompressedAttention, Indexer, Layer, Weight } from "../architecture.ts";
import { experts, linear, norm, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family } from "./draft.ts";
import { join, sharedExperts } from "./moe_blocks.ts";

interface Shape {
  readonly hidden: number;
  readonly heads: number;
  readonly headDim: number;
  readonly queryRank: number;
  readonly outGroups: number;
  readonly outRank: number;
  readonly window: number;
  readonly indexer: Indexer;
  readonly streams: number;
}

/** Projections that pool `ratio` tokens into one entry; overlapping windows double the width. */
function compressor(
  name: string,
  width: number,
  hidden: number,
  ratio: number,
  overlap: boolean,
): Weight[] {
  const out = overlap ? 2 * width : width;
  const part = name.includes("indexer") ? "indexer" : "attention";
  return [
    linear(`${name}.wkv`, part, out, hidden, { fuse: `${name}.wkv_gate` }),
    linear(`${name}.wgate`, part, out, hidden, { fuse: `${name}.wkv_gate` }),
    { name: `${name}.ape`, part, shape: [ratio, out], lookup: true },
    ...norm(`${name}.norm`, width, "rms"),
  ];
}

function attentionOf(s: Shape, ratio: number): { mixer: CompressedAttention; weights: Weight[] } {
  const sparse = ratio === 4;
  const width = s.heads * s.headDim;
  const weights: Weight[] = [
    linear("attn.wq_a", "attention", s.queryRank, s.hidden, { fuse: "attn.wqkv_a" }),
    ...norm("attn.q_norm", s.queryRank, "rms"),
    linear("attn.wq_b", "attention", width, s.queryRank, { split: "out" }),
    linear("attn.wkv", "attention", s.headDim, s.hidden, { fuse: "attn.wqkv_a" }),
    ...norm("attn.kv_norm", s.headDim, "rms"),
    // Each group of heads is projected on its own: group width in, group rank out.
    linear("attn.wo_a", "attention", s.outGroups * s.outRank, width / s.outGroups, {
      split: "out",
    }),
    linear("attn.wo_b", "attention", s.hidden, s.outGroups * s.outRank, { split: "in" }),
    vector("attn.attn_sink", s.heads, "attention"),
  ];
  if (ratio > 0) {
    weights.push(...compressor("attn.compressor", s.headDim, s.hidden, ratio, sparse));
  }
  if (sparse) {
    const { heads, headDim } = s.indexer;
    weights.push(
      ...compressor("attn.indexer.compressor", headDim, s.hidden, ratio, true),
      linear("attn.indexer.wq_b", "indexer", heads * headDim, s.queryRank),
      linear("attn.indexer.weights_proj", "indexer", heads, s.hidden),
    );
  }
  return {
    mixer: {
      kind: "compressed",
      heads: s.heads,
      headDim: s.headDim,
      window: s.window,
      ratio: ratio === 0 ? null : ratio,
      indexer: sparse ? s.indexer : null,
    },
    weights,
  };
}

/** Manifold-constrained hyper-connections: mixing weights of the parallel residual streams. */
function hyperConnection(name: string, s: Shape, rows: number, scales: number): Weight[] {
  const fp32 = { dtype: "fp32" as const };
  return [
    { ...linear(`${name}_fn`, "residual", rows, s.streams * s.hidden), ...fp32 },
    { ...vector(`${name}_base`, rows, "residual"), ...fp32 },
    { ...vector(`${name}_scale`, scales, "residual"), ...fp32 },
  ];
}

function deepseekV4(c: ConfigReader): Draft {
  const s: Shape = {
    hidden: c.int("hidden_size"),
    heads: c.int("num_attention_heads"),
    headDim: c.int("head_dim"),
    queryRank: c.int("q_lora_rank"),
    outGroups: c.int("o_groups"),
    outRank: c.int("o_lora_rank"),
    window: c.int("sliding_window"),
    indexer: {
      heads: c.int("index_n_heads"),
      headDim: c.int("index_head_dim"),
      topK: c.int("index_topk"),
    },
    streams: c.int("hc_mult"),
  };
  if (c.int("num_key_value_heads", 1) !== 1) {
    throw c.refusal(
      `${c.pathOf("num_key_value_heads")} is not 1`,
      String(c.raw("num_key_value_heads")),
      "deepseek_v4 is known with one shared key-value head",
    );
  }
  const count = c.int("num_hidden_layers");
  const ratios = c.list("compress_ratios");
  if (ratios === undefined || ratios.length < count) {
    throw c.fault("compress_ratios", `${count} entries, one a layer`, ratios?.length ?? null);
  }
  const hashed = c.int("num_hash_layers", 0);
  const size = c.int("moe_intermediate_size");
  const shared = c.int("n_shared_experts", 1);
  c.ignore("qk_rope_head_dim", "expert_dtype", "swiglu_limit", "scoring_func", "topk_method");
  c.ignore("compress_rope_theta", "hc_eps", "hc_sinkhorn_iters");
  const blocks = (hash: boolean) =>
    join(
      experts({
        input: s.hidden,
        hidden: s.hidden,
        size,
        count: c.int("n_routed_experts"),
        active: c.int("num_experts_per_tok"),
        correction: !hash,
        router: "ffn.gate",
        prefix: "ffn.experts.",
        names: ["w1", "w3", "w2"],
      }),
      ...(shared === 0 ? [] : [sharedExperts(s.hidden, size * shared, "ffn.shared_experts")]),
    );
  const mix = (2 + s.streams) * s.streams;
  const layerOf = (i: number): Layer => {
    const ratio = ratios[i] ?? 0;
    if (ratio !== 0 && ratio !== 4 && ratio !== 128) {
      throw c.refusal(
        `${c.pathOf("compress_ratios")}[${i}] is not known`,
        JSON.stringify(ratio),
        "0 (window only), 4 (with an indexer) and 128 are known",
      );
    }
    const { mixer, weights } = attentionOf(s, ratio);
    const ffn = blocks(i < hashed);
    return {
      mixer,
      feedForward: ffn.blocks,
      norms: 2,
      weights: [
        ...weights,
        ...ffn.weights,
        ...norm("attn_norm", s.hidden, "rms"),
        ...norm("ffn_norm", s.hidden, "rms"),
        ...hyperConnection("hc_attn", s, mix, 3),
        ...hyperConnection("hc_ffn", s, mix, 3),
      ],
    };
  };
  const predictors = c.int("num_nextn_predict_layers", 0);
  return {
    ...decoder({
      hidden: s.hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", false),
      layers: Array.from({ length: count }, (_, i) => layerOf(i)),
      finalNorm: "rms",
      names: { embedding: "embed", layers: "layers.", norm: "norm", head: "head" },
      extra: hyperConnection("hc_head", s, s.streams, 1),
    }),
    mtp: Array.from({ length: predictors }, (_, i): Weight[] =>
      [
        linear(`mtp.${i}.e_proj`, "mtp", s.hidden, s.hidden),
        linear(`mtp.${i}.h_proj`, "mtp", s.hidden, s.hidden),
        ...["enorm", "hnorm", "norm"].flatMap((n) => norm(`mtp.${i}.${n}`, s.hidden, "rms", "mtp")),
        ...hyperConnection(`mtp.${i}.hc_head`, s, s.streams, 1),
        ...layerOf(count + i).weights.map((w) => ({ ...w, name: `mtp.${i}.${w.name}` })),
      ].map((w) => ({ ...w, part: "mtp" as const }))).flat(),
    ...(hashed > 0
      ? { notes: [`${hashed} layers route by a fixed table of token ids, which is no parameter`] }
      : {}),
  };
}

/** DeepSeek-V4 by `model_type`; its reference code calls itself deepseek_ref. */
export const compressed: Record<string, Family> = {
  deepseek_v4: deepseekV4,
  deepseek_ref: deepseekV4,
};
