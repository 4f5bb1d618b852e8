/** State-space models and hybrids: Mamba, Mamba-2, Jamba, Bamba, Granite 4, Nemotron-H. */

import type { FeedForward, Layer, Mixer, Weight } from "../architecture.ts";
import { attention, experts, feedForward, linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type DecoderNames, type Draft, type Family, headDim } from "./draft.ts";
import { graniteMoe, join } from "./moe.ts";
import { mamba1, mamba2 } from "./state_space.ts";

const backbone: Partial<DecoderNames> = {
  embedding: "backbone.embeddings",
  layers: "backbone.layers.",
  norm: "backbone.norm_f",
};

function stepRank(c: ConfigReader, key: string, hidden: number): number {
  const value = c.raw(key);
  return value === undefined || value === "auto" ? Math.ceil(hidden / 16) : c.int(key);
}

function pure(block: { mixer: Mixer; weights: readonly Weight[] }, hidden: number): Layer {
  return {
    mixer: block.mixer,
    feedForward: [],
    norms: 1,
    weights: [...block.weights, ...norm("norm", hidden, "rms")],
  };
}

function mamba(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 768);
  const inner = c.int("intermediate_size", c.int("expand", 2) * hidden);
  c.ignore("expand");
  const block = mamba1({
    hidden,
    inner,
    stateSize: c.int("state_size", 16),
    convKernel: c.int("conv_kernel", 4),
    stepRank: stepRank(c, "time_step_rank", hidden),
    convBias: c.bool("use_conv_bias", true),
    projectionBias: c.bool("use_bias", false),
    innerNorms: false,
    prefix: "mixer.",
  });
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 50280),
    tied: c.bool("tie_word_embeddings", true),
    layers: Array.from(
      { length: c.int(["num_hidden_layers", "n_layer"], 32) },
      () => pure(block, hidden),
    ),
    finalNorm: "rms",
    names: backbone,
  });
}

function mamba2Model(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 4096);
  const block = mamba2({
    hidden,
    heads: c.int("num_heads", 128),
    headDim: c.int("head_dim", 64),
    stateSize: c.int("state_size", 128),
    groups: c.int("n_groups", 8),
    convKernel: c.int("conv_kernel", 4),
    chunk: c.int("chunk_size", 256),
    convBias: c.bool("use_conv_bias", true),
    projectionBias: c.bool("use_bias", false),
    prefix: "mixer.",
  });
  c.ignore("expand", "intermediate_size");
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 32768),
    tied: c.bool("tie_word_embeddings", false),
    layers: Array.from({ length: c.int("num_hidden_layers", 64) }, () => pure(block, hidden)),
    finalNorm: "rms",
    names: backbone,
  });
}

/** The configuration of the original state-spaces checkpoints, which has no model_type. */
function mambaOriginal(c: ConfigReader): Draft {
  const hidden = c.int("d_model");
  const multiple = c.int("pad_vocab_size_multiple", 1);
  const vocab = Math.ceil(c.int("vocab_size") / multiple) * multiple;
  const inner = c.object("ssm_cfg");
  const second = inner?.text("layer") === "Mamba2";
  if ((c.list("attn_layer_idx") ?? []).length > 0 || c.int("d_intermediate", 0) !== 0) {
    throw c.refusal(
      "a state-spaces configuration with attention or feed-forward layers",
      JSON.stringify(c.raw("attn_layer_idx") ?? c.raw("d_intermediate")),
      "only pure Mamba and Mamba-2 stacks are known in this form",
    );
  }
  const expand = inner?.int("expand", 2) ?? 2;
  const convKernel = inner?.int("d_conv", 4) ?? 4;
  const headWidth = inner?.int("headdim", 64) ?? 64;
  const stateSize = inner?.int("d_state", second ? 128 : 16) ?? 16;
  const common = { hidden, convKernel, stateSize, convBias: true, projectionBias: false };
  const block = second
    ? mamba2({
      ...common,
      heads: expand * hidden / headWidth,
      headDim: headWidth,
      groups: inner?.int("ngroups", 1) ?? 1,
      chunk: inner?.int("chunk_size", 256) ?? 256,
      prefix: "mixer.",
    })
    : mamba1({
      ...common,
      inner: expand * hidden,
      stepRank: inner === undefined ? Math.ceil(hidden / 16) : stepRank(inner, "dt_rank", hidden),
      innerNorms: false,
      prefix: "mixer.",
    });
  c.ignore("attn_cfg", "rms_norm", "residual_in_fp32", "fused_add_norm");
  return decoder({
    hidden,
    vocab,
    tied: c.bool("tie_embeddings", true),
    layers: Array.from({ length: c.int("n_layer") }, () => pure(block, hidden)),
    finalNorm: "rms",
    names: { ...backbone, embedding: "backbone.embedding" },
  });
}

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

const letters: Record<string, string> = { M: "mamba", "*": "attention", "-": "mlp", E: "moe" };
const synonyms: Record<string, string> = {
  linear_attention: "mamba",
  full_attention: "attention",
};

/** The kinds of blocks from a list of names or a string of letters. */
function blockTypes(c: ConfigReader, list: string, pattern: string): string[] | undefined {
  const named = c.texts(list);
  const text = c.text(pattern);
  const kinds = named?.map((type) => synonyms[type] ?? type) ??
    (text === undefined ? undefined : [...text].map((letter) => letters[letter] ?? letter));
  const odd = kinds?.find((kind) => !Object.values(letters).includes(kind));
  if (odd !== undefined) {
    throw c.refusal(
      `${c.pathOf(named === undefined ? pattern : list)} has a block that is not known`,
      odd,
      "M (mamba), * (attention), - (mlp) and E (moe) are known",
    );
  }
  return kinds;
}

function nemotronH(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const kinds = blockTypes(c, "layers_block_type", "hybrid_override_pattern");
  if (kinds === undefined) throw c.fault("hybrid_override_pattern", "one letter a layer", null);
  const count = c.intOrNull("num_hidden_layers");
  if (count !== null && count !== kinds.length) {
    throw c.fault("num_hidden_layers", `${kinds.length}, as the pattern has`, count);
  }
  const mlpBias = c.bool("mlp_bias", false);
  c.ignore("intermediate_size"); // read when there are plain feed-forward blocks
  const make = nemotronBlocks(c, hidden, mlpBias);
  const predictors = c.int("num_nextn_predict_layers", 0);
  const predicted = blockTypes(c, "mtp_layers_block_type", "mtp_hybrid_override_pattern") ??
    ["attention", "moe"];
  return {
    ...decoder({
      hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", false),
      layers: kinds.map(make),
      finalNorm: "rms",
      names: backbone,
    }),
    mtp: Array.from({ length: predictors }, (_, i): Weight[] => [
      linear(`mtp.${i}.eh_proj`, "mtp", hidden, 2 * hidden),
      ...["enorm", "hnorm", "final_layernorm"].flatMap((n) =>
        norm(`mtp.${i}.${n}`, hidden, "rms", "mtp")
      ),
      ...predicted.flatMap((kind, j) =>
        make(kind).weights.map((w) => ({
          ...w,
          part: "mtp" as const,
          name: `mtp.${i}.${j}.${w.name}`,
        }))
      ),
    ]).flat(),
  };
}

function nemotronBlocks(
  c: ConfigReader,
  hidden: number,
  mlpBias: boolean,
): (kind: string) => Layer {
  const own = norm("norm", hidden, "rms");
  const bias = c.bool("attention_bias", false);
  const useBias = c.bool("use_bias", false);
  c.ignore("mamba_proj_bias", "expand", "attention_head_dim", "head_dim", "sliding_window");
  // Some files carry both spellings.
  c.ignore("mamba_state_dim", "mamba_num_groups", "mamba_n_groups", "mamba_d_conv");
  c.ignore("mamba_chunk_size", "mamba_conv_bias", "mamba_expand");
  const cached = new Map<string, Layer>();
  const build = (kind: string): Layer => {
    if (kind === "mamba") {
      const { mixer, weights } = mamba2({
        hidden,
        heads: c.int("mamba_num_heads"),
        headDim: c.int("mamba_head_dim"),
        stateSize: c.int(["ssm_state_size", "mamba_state_dim"]),
        groups: c.int(["n_groups", "mamba_num_groups", "mamba_n_groups"]),
        convKernel: c.int(["conv_kernel", "mamba_d_conv"], 4),
        chunk: c.int(["chunk_size", "mamba_chunk_size"], 128),
        convBias: c.bool(["use_conv_bias", "mamba_conv_bias"], true),
        projectionBias: useBias,
        prefix: "mixer.",
      });
      return { mixer, feedForward: [], norms: 1, weights: [...weights, ...own] };
    }
    if (kind === "attention") {
      const { mixer, weights } = attention({
        hidden,
        heads: c.int("num_attention_heads"),
        kvHeads: c.int("num_key_value_heads"),
        headDim: c.int(["head_dim", "attention_head_dim"], 128),
        qkvBias: bias,
        outBias: bias,
        prefix: "mixer.",
      });
      return { mixer, feedForward: [], norms: 1, weights: [...weights, ...own] };
    }
    if (kind === "mlp") {
      const mlp = feedForward({
        hidden,
        size: c.int("intermediate_size"),
        gated: false,
        bias: mlpBias,
        prefix: "mixer.",
      });
      return { mixer: null, feedForward: [mlp.block], norms: 1, weights: [...mlp.weights, ...own] };
    }
    return nemotronExperts(c, hidden, mlpBias, own);
  };
  return (kind) => {
    const known = cached.get(kind);
    if (known !== undefined) return known;
    const made = build(kind);
    cached.set(kind, made);
    return made;
  };
}

/** Experts without a gate, in a latent width when the configuration has one. */
function nemotronExperts(
  c: ConfigReader,
  hidden: number,
  bias: boolean,
  own: readonly Weight[],
): Layer {
  const latent = c.intOrNull("moe_latent_size");
  const shared = c.int("n_shared_experts", 1);
  const routed = experts({
    input: latent ?? hidden,
    hidden,
    size: c.int("moe_intermediate_size"),
    count: c.int("n_routed_experts"),
    active: c.int("num_experts_per_tok"),
    gated: false,
    correction: true,
    router: "mixer.gate",
    prefix: "mixer.experts.",
  });
  const joined = join(
    routed,
    ...(shared === 0 ? [] : [feedForward({
      hidden,
      size: c.int("moe_shared_expert_intermediate_size"),
      gated: false,
      bias,
      prefix: "mixer.shared_experts.",
      part: "shared-experts",
    })]),
  );
  return {
    mixer: null,
    feedForward: joined.blocks,
    norms: 1,
    weights: [
      ...joined.weights,
      ...(latent === null ? [] : [
        linear("mixer.fc1_latent_proj", "experts", latent, hidden, { bias }),
        linear("mixer.fc2_latent_proj", "experts", hidden, latent, { bias }),
      ]),
      ...own,
    ],
  };
}

/** State-space models and hybrids by `model_type`. */
export const hybrid: Record<string, Family> = {
  mamba,
  falcon_mamba: mamba,
  mamba2: mamba2Model,
  mamba_ssm: mambaOriginal,
  jamba,
  bamba,
  granitemoehybrid: graniteHybrid,
  nemotron_h: nemotronH,
};
