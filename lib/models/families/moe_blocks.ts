/** Feed-forward blocks of mixture-of-experts models, layer by layer. */

import type { FeedForward, Layer, Weight } from "../architecture.ts";
import { experts, feedForward, linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";

/** Feed-forward blocks of one layer. */
export interface Blocks {
  readonly blocks: readonly FeedForward[];
  readonly weights: readonly Weight[];
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

/** Mixtral's module names. */
const mixtralNames = {
  router: "block_sparse_moe.gate",
  prefix: "block_sparse_moe.experts.",
  names: ["w1", "w3", "w2"] as const,
};

/** Mixtral: every layer routed. */
export function mixtralBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
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

/** Llama 4: routed and shared experts, every so many layers. */
export function llama4Blocks(
  c: ConfigReader,
  hidden: number,
  count: number,
): (layer: number) => Blocks {
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

/** gpt-oss: experts with biases. */
export function gptOssBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
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

/** MiniMax-M2: softmax attention only, no shared expert. */
export function minimaxBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
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

/** ERNIE 4.5: routed layers from one index to another. */
export function ernieBlocks(
  c: ConfigReader,
  hidden: number,
  count: number,
): (layer: number) => Blocks {
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

/** Granite: the same in every layer. */
export function graniteBlocks(c: ConfigReader, hidden: number): (layer: number) => Blocks {
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
