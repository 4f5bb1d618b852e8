/** Hybrids of attention and state-space layers: Jamba, Bamba, Granite 4. */

import type { FeedForward, Layer, Weight } from "../architecture.ts";
import { attention, experts, feedForward, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family, headDim } from "./draft.ts";
import { stepRank } from "./mamba.ts";
import { graniteMoe, join } from "./moe_blocks.ts";
import { mamba1, mamba2 } from "./state_space.ts";

function jamba(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 4096);
  const heads = c.int("num_attention_heads", 32);
  const attentionPeriod = c.int("attn_layer_period", 8);
  const attentionOffset = c.int("attn_layer_offset", 4);
  const expertPeriod = c.int("expert_layer_period", 2);
  const expertOffset = c.int("expert_layer_offset", 1);
  const count = c.int("num_experts", 16);
  const size = c.int("intermediate_size", 14336);
  const dense = join(feedForward({ hidden, size, gated: true, prefix: "feed_forward." }));
  const routed = count > 1
    ? join(experts({
      input: hidden,
      hidden,
      size,
      count,
      active: c.int("num_experts_per_tok", 2),
      router: "feed_forward.router",
      prefix: "feed_forward.experts.",
    }))
    : dense;
  const state = mamba1({
    hidden,
    inner: c.int("mamba_expand", 2) * hidden,
    stateSize: c.int("mamba_d_state", 16),
    convKernel: c.int("mamba_d_conv", 4),
    stepRank: stepRank(c, "mamba_dt_rank", hidden),
    convBias: c.bool("mamba_conv_bias", true),
    projectionBias: c.bool("mamba_proj_bias", false),
    innerNorms: c.bool("mamba_inner_layernorms", true),
    prefix: "mamba.",
  });
  const softmax = attention({
    hidden,
    heads,
    kvHeads: c.int("num_key_value_heads", 8),
    headDim: hidden / heads,
    window: c.intOrNull("sliding_window"),
  });
  const layers = Array.from({ length: c.int("num_hidden_layers", 32) }, (_, i): Layer => {
    const mixing = i % attentionPeriod === attentionOffset ? softmax : state;
    const ffn = i % expertPeriod === expertOffset ? routed : dense;
    return {
      mixer: mixing.mixer,
      feedForward: ffn.blocks,
      norms: 2,
      weights: [
        ...mixing.weights,
        ...ffn.weights,
        ...norm("input_layernorm", hidden, "rms"),
        ...norm("pre_ff_layernorm", hidden, "rms"),
      ],
    };
  });
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 65536),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "rms",
    names: { norm: "model.final_layernorm" },
  });
}

/** Mamba-2 as Bamba and Granite 4 write it. */
function mambaLayer(c: ConfigReader, hidden: number): ReturnType<typeof mamba2> {
  const heads = c.int("mamba_n_heads", 128);
  const width = c.raw("mamba_d_head");
  const inner = c.int("mamba_expand", 2) * hidden;
  return mamba2({
    hidden,
    heads,
    headDim: width === undefined || width === "auto" ? inner / heads : c.int("mamba_d_head"),
    stateSize: c.int("mamba_d_state", 256),
    groups: c.int("mamba_n_groups", 1),
    convKernel: c.int("mamba_d_conv", 4),
    chunk: c.int("mamba_chunk_size", 256),
    convBias: c.bool("mamba_conv_bias", true),
    projectionBias: c.bool("mamba_proj_bias", false),
    prefix: "mamba.",
  });
}

function pairHybrid(
  c: ConfigReader,
  isAttention: (layer: number) => boolean,
  ffn: { blocks: readonly FeedForward[]; weights: readonly Weight[] },
  names: readonly [string, string],
): Layer[] {
  const hidden = c.int("hidden_size");
  const heads = c.int("num_attention_heads");
  const state = mambaLayer(c, hidden);
  const bias = c.bool("attention_bias", false);
  const softmax = attention({
    hidden,
    heads,
    kvHeads: c.int("num_key_value_heads", heads),
    headDim: headDim(c, hidden, heads),
    qkvBias: bias,
    outBias: bias,
  });
  return Array.from({ length: c.int("num_hidden_layers") }, (_, i): Layer => {
    const mixing = isAttention(i) ? softmax : state;
    return {
      mixer: mixing.mixer,
      feedForward: ffn.blocks,
      norms: 2,
      weights: [
        ...mixing.weights,
        ...ffn.weights,
        ...names.flatMap((name) => norm(name, hidden, "rms")),
      ],
    };
  });
}

function bamba(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const full = new Set(c.list("attn_layer_indices") ?? []);
  const ffn = join(feedForward({
    hidden,
    size: c.int("intermediate_size"),
    gated: true,
    bias: c.bool("mlp_bias", false),
    prefix: "feed_forward.",
  }));
  const layers = pairHybrid(c, (i) => full.has(i), ffn, ["input_layernorm", "pre_ff_layernorm"]);
  return decoder({
    hidden,
    vocab: c.int("vocab_size"),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "rms",
    names: { norm: "model.final_layernorm" },
  });
}

function graniteHybrid(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const types = c.texts("layer_types") ?? c.texts("layers_block_type");
  const odd = types?.find((type) => !["mamba", "attention"].includes(type));
  if (odd !== undefined) {
    throw c.refusal("a kind of layer that is not known", odd, "mamba and attention are known");
  }
  const layers = pairHybrid(
    c,
    (i) => types === undefined ? false : types[i] === "attention",
    graniteMoe(c, hidden),
    ["input_layernorm", "post_attention_layernorm"],
  );
  return decoder({
    hidden,
    vocab: c.int("vocab_size"),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "rms",
  });
}

/** Hybrids of attention and state-space layers by `model_type`. */
export const hybrid: Record<string, Family> = {
  jamba,
  bamba,
  granitemoehybrid: graniteHybrid,
};
