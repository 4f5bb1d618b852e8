/** Mixture-of-experts decoders with ordinary attention: what tells the families apart. */

import type { FeedForward, Layer, Weight } from "../architecture.ts";
import { attention, experts, feedForward, linear, norm, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { denseFrame, type DenseSpec, qwenWindow } from "./dense.ts";
import { decoder, type Draft, type Family, windows } from "./draft.ts";

/** Feed-forward blocks of one layer. */
export interface Blocks {
  readonly blocks: readonly FeedForward[];
  readonly weights: readonly Weight[];
}

/** A family: its attention as for a dense one, its feed-forward layer by layer. */
export interface MoeSpec extends DenseSpec {
  /** The feed-forward of each layer. */
  readonly moe: (c: ConfigReader, hidden: number, count: number) => (layer: number) => Blocks;
  /** Bias on the head by configuration. Default: none. */
  readonly headBiasOf?: (c: ConfigReader) => boolean;
  /** A sink logit a head. Default: false. */
  readonly sinks?: boolean;
}

/** Puts blocks together. */
export function join(...parts: { block: FeedForward; weights: readonly Weight[] }[]): Blocks {
  return {
    blocks: parts.map((p) => p.block),
    weights: parts.flatMap((p) => p.weights),
  };
}

/** Experts that every token uses, as one gated block. */
export function sharedExperts(
  hidden: number,
  size: number,
  name: string,
): { block: FeedForward; weights: Weight[] } {
  return feedForward({ hidden, size, gated: true, prefix: `${name}.`, part: "shared-experts" });
}

/**
 * The DeepSeek pattern: dense layers first, then routed experts beside shared ones.
 *
 * @param correction Whether the router has a score-correction vector.
 */
export function deepseekBlocks(
  c: ConfigReader,
  hidden: number,
  correction: boolean,
): (layer: number) => Blocks {
  const count = c.intOrNull("n_routed_experts");
  const denseSize = c.int("intermediate_size");
  const dense = join(feedForward({ hidden, size: denseSize, gated: true }));
  if (count === null) return () => dense;
  const first = c.int("first_k_dense_replace", 0);
  const every = c.int("moe_layer_freq", 1);
  const types = c.texts("mlp_layer_types");
  const size = c.int("moe_intermediate_size");
  const shared = c.int("n_shared_experts", 0);
  const routed = join(
    experts({
      input: hidden,
      hidden,
      size,
      count,
      active: c.int("num_experts_per_tok"),
      correction,
    }),
    ...(shared === 0 ? [] : [sharedExperts(hidden, size * shared, "mlp.shared_experts")]),
  );
  return (layer) => {
    const type = types?.[layer];
    const sparse = type === undefined ? layer >= first && layer % every === 0 : type === "sparse";
    return sparse ? routed : dense;
  };
}

/** Weights of DeepSeek-style multi-token prediction: full layers behind a joining projection. */
export function deepseekMtp(
  c: ConfigReader,
  layer: Layer,
  hidden: number,
  vocab: number,
): Weight[] {
  const count = c.int("num_nextn_predict_layers", 0);
  return Array.from({ length: count }, (_, i): Weight[] => [
    ...norm(`mtp.${i}.enorm`, hidden, "rms", "mtp"),
    ...norm(`mtp.${i}.hnorm`, hidden, "rms", "mtp"),
    linear(`mtp.${i}.eh_proj`, "mtp", hidden, 2 * hidden),
    ...norm(`mtp.${i}.shared_head.norm`, hidden, "rms", "mtp"),
    // The checkpoints store a copy of the embedding and of the head with each module.
    { name: `mtp.${i}.embed_tokens`, part: "mtp", shape: [vocab, hidden], lookup: true },
    linear(`mtp.${i}.shared_head.head`, "mtp", vocab, hidden),
    ...layer.weights.map((w) => ({ ...w, name: `mtp.${i}.${w.name}`, part: "mtp" as const })),
  ]).flat();
}

const key = (name: string, fallback: boolean) => (c: ConfigReader) => c.bool(name, fallback);

/** Mixtral's module names. */
const mixtralNames = {
  router: "block_sparse_moe.gate",
  prefix: "block_sparse_moe.experts.",
  names: ["w1", "w3", "w2"] as const,
};

function mixtralBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
  const routed = join(experts({
    input: hidden,
    hidden,
    size: c.int("intermediate_size"),
    count: c.int("num_local_experts"),
    active: c.int("num_experts_per_tok"),
    ...mixtralNames,
  }));
  return () => routed;
}

/** Qwen: which layers are sparse, and a shared expert behind a gate. */
export function qwenBlocks(
  c: ConfigReader,
  hidden: number,
  sharedGate: boolean,
): (layer: number) => Blocks {
  const count = c.intOrNull("num_experts");
  const denseSize = c.intOrNull("intermediate_size");
  const dense = denseSize === null
    ? null
    : join(feedForward({ hidden, size: denseSize, gated: true }));
  if (count === null || count === 0) {
    if (dense === null) throw c.fault("intermediate_size", "a whole number", null);
    return () => dense;
  }
  const step = c.int("decoder_sparse_step", 1);
  const only = c.list("mlp_only_layers") ?? [];
  const sharedSize = sharedGate ? c.int("shared_expert_intermediate_size", 0) : 0;
  if (!sharedGate && c.int("shared_expert_intermediate_size", 0) !== 0) {
    throw c.refusal(
      `${c.pathOf("shared_expert_intermediate_size")} is set, but this family has no shared expert`,
      String(c.raw("shared_expert_intermediate_size")),
      "check model_type",
    );
  }
  const routed = join(
    experts({
      input: hidden,
      hidden,
      size: c.int("moe_intermediate_size"),
      count,
      active: c.int("num_experts_per_tok"),
    }),
    ...(sharedSize === 0 ? [] : [sharedExperts(hidden, sharedSize, "mlp.shared_expert")]),
  );
  const gated = sharedSize === 0 ? routed : {
    ...routed,
    weights: [...routed.weights, linear("mlp.shared_expert_gate", "router", 1, hidden)],
  };
  return (layer) => {
    const sparse = !only.includes(layer) && (layer + 1) % step === 0;
    if (!sparse && dense === null) throw c.fault("intermediate_size", "a whole number", null);
    return sparse ? gated : dense!;
  };
}

function llama4Blocks(c: ConfigReader, hidden: number, count: number): (layer: number) => Blocks {
  const step = c.int("interleave_moe_layer_step", 1);
  const listed = c.list("moe_layers");
  const sparse = new Set(
    listed ?? Array.from({ length: count }, (_, i) => i).filter((i) => (i + 1) % step === 0),
  );
  const size = c.int("intermediate_size", 8192);
  const dense = join(feedForward({
    hidden,
    size: c.int("intermediate_size_mlp", 16384),
    gated: true,
    prefix: "feed_forward.",
  }));
  const routed = join(
    experts({
      input: hidden,
      hidden,
      size,
      count: c.int("num_local_experts", 16),
      active: c.int("num_experts_per_tok", 1),
      router: "feed_forward.router",
      prefix: "feed_forward.experts.",
    }),
    sharedExperts(hidden, size, "feed_forward.shared_expert"),
  );
  return (layer) => sparse.has(layer) ? routed : dense;
}

/** Llama 4: three chunked layers, then one that sees all and has no rotary embedding. */
function llama4Windows(c: ConfigReader, count: number): (number | null)[] {
  const chunk = c.intOrNull("attention_chunk_size");
  const rope = c.list("no_rope_layers");
  const every = c.int("no_rope_layer_interval", 4);
  const chunked = (i: number) =>
    rope === undefined || rope.length === 0 ? (i + 1) % every !== 0 : rope[i] !== 0;
  return windows(c, count, chunk, (i) => chunk !== null && chunked(i));
}

function gptOssBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
  const routed = join(experts({
    input: hidden,
    hidden,
    size: c.int("intermediate_size", 2880),
    count: c.int("num_local_experts", 128),
    active: c.int(["num_experts_per_tok", "experts_per_token"], 4),
    bias: true,
    routerBias: true,
    router: "mlp.router",
  }));
  c.ignore("experts_per_token");
  return () => routed;
}

function minimaxBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
  const types = c.list("attn_type_list");
  if (types?.some((type) => type !== 1)) {
    throw c.refusal(
      `${c.pathOf("attn_type_list")} has layers of linear attention`,
      JSON.stringify(types.find((type) => type !== 1)),
      "only softmax attention (1) is known for minimax_m2",
    );
  }
  if (c.int("shared_intermediate_size", 0) !== 0) {
    throw c.refusal(
      `${c.pathOf("shared_intermediate_size")} is set`,
      String(c.raw("shared_intermediate_size")),
      "a shared expert is not known for minimax_m2",
    );
  }
  const routed = join(experts({
    input: hidden,
    hidden,
    size: c.int("intermediate_size"),
    count: c.int("num_local_experts"),
    active: c.int("num_experts_per_tok"),
    correction: c.bool("use_routing_bias", true),
    ...mixtralNames,
  }));
  return () => routed;
}

function ernieBlocks(c: ConfigReader, hidden: number, count: number): (layer: number) => Blocks {
  const bias = c.bool("use_bias", false);
  const size = c.int("moe_intermediate_size");
  const shared = c.int("moe_num_shared_experts", 0);
  const start = c.int("moe_layer_start_index", 1);
  const last = c.number("moe_layer_end_index", -1);
  const every = c.int("moe_layer_interval", 1);
  const dense = join(
    feedForward({ hidden, size: c.int("intermediate_size"), gated: true, bias }),
  );
  const routed = join(
    experts({
      input: hidden,
      hidden,
      size,
      count: c.int("moe_num_experts"),
      active: c.int("moe_k"),
      bias,
      correction: c.bool("moe_use_aux_free", true),
    }),
    ...(shared === 0 ? [] : [sharedExperts(hidden, size * shared, "mlp.shared_experts")]),
  );
  const end = last < 0 ? count - 1 : last;
  return (layer) => layer >= start && layer <= end && (layer + 1) % every === 0 ? routed : dense;
}

function graniteBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
  const routed = graniteMoe(c, hidden);
  return () => routed;
}

/** Granite's experts and shared block; with no experts only the shared block is left. */
export function graniteMoe(c: ConfigReader, hidden: number): Blocks {
  const count = c.int("num_local_experts", 0);
  const shared = c.int("shared_intermediate_size", 0);
  const size = c.int("intermediate_size");
  return join(
    ...(count === 0 ? [] : [experts({
      input: hidden,
      hidden,
      size,
      count,
      active: c.int("num_experts_per_tok"),
      router: "block_sparse_moe.router.layer",
      prefix: "block_sparse_moe.",
      names: ["input_linear", "input_linear", "output_linear"],
    })]),
    ...(shared === 0 ? [] : [feedForward({
      hidden,
      size: shared,
      gated: true,
      prefix: "shared_mlp.",
      names: ["input_linear", "input_linear", "output_linear"],
      part: count === 0 ? "mlp" : "shared-experts",
    })]),
  );
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

/** Databricks DBRX names everything its own way. */
function dbrx(c: ConfigReader): Draft {
  const hidden = c.int("d_model", 2048);
  const heads = c.int("n_heads", 16);
  const inner = c.object("attn_config");
  const ffn = c.object("ffn_config");
  if (ffn === undefined) throw c.fault("ffn_config", "an object", null);
  inner?.ignore("clip_qkv", "rope_theta", "model_type", "attn_pdrop");
  ffn.ignore("moe_jitter_eps", "moe_loss_weight", "moe_normalize_expert_weights", "ffn_act_fn");
  const routed = join(experts({
    input: hidden,
    hidden,
    size: ffn.int("ffn_hidden_size", 3584),
    count: ffn.int("moe_num_experts", 4),
    active: ffn.int("moe_top_k", 1),
    router: "ffn.router.layer",
    prefix: "ffn.experts.mlp.",
    names: ["w1", "v1", "w2"],
  }));
  const kvHeads = inner?.int("kv_n_heads", 1) ?? 1;
  const layers = Array.from({ length: c.int("n_layers", 24) }, (): Layer => {
    const { mixer, weights } = attention({
      hidden,
      heads,
      kvHeads,
      headDim: hidden / heads,
      prefix: "norm_attn_norm.attn.",
      fusedName: "Wqkv",
      names: ["q", "k", "v", "out_proj"],
    });
    return {
      mixer,
      feedForward: routed.blocks,
      norms: 2,
      weights: [
        ...weights,
        ...routed.weights,
        ...norm("norm_attn_norm.norm_1", hidden, "layer-no-bias"),
        ...norm("norm_attn_norm.norm_2", hidden, "layer-no-bias"),
      ],
    };
  });
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 32000),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "layer-no-bias",
    names: {
      embedding: "transformer.wte",
      layers: "transformer.blocks.",
      norm: "transformer.norm_f",
    },
  });
}

/** Mixture-of-experts families by `model_type`. */
export const moe: Record<string, Family> = Object.fromEntries(
  [
    ...Object.entries(specs).map(([type, spec]) => [type, (c: ConfigReader) => read(c, spec)]),
    ["dbrx", dbrx],
  ],
);
