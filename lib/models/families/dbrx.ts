/** Databricks DBRX. */

import type { Layer } from "../architecture.ts";
import { attention, experts, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft } from "./draft.ts";
import { join } from "./moe_blocks.ts";

/** Databricks DBRX names everything its own way. */
export function dbrx(c: ConfigReader): Draft {
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
