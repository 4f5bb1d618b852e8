/** Pure state-space models: Mamba, Mamba-2, and the original state-spaces checkpoints. */

import type { Layer, Mixer, Weight } from "../architecture.ts";
import { norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type DecoderNames, type Draft, type Family } from "./draft.ts";
import { mamba1, mamba2 } from "./state_space.ts";

/** Module names of the state-space checkpoints. */
export const backbone: Partial<DecoderNames> = {
  embedding: "backbone.embeddings",
  layers: "backbone.layers.",
  norm: "backbone.norm_f",
};

/** Rank of the step projection: given, or a sixteenth of the width. */
export function stepRank(c: ConfigReader, key: string, hidden: number): number {
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

function mambaModel(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 768);
  const inner = c.int("intermediate_size", c.int("expand", 2) * hidden);
  c.ignore("expand", "d_inner", "d_model", "fused_add_norm", "pad_vocab_size_multiple");
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

/** Pure state-space models by `model_type`. */
export const mamba: Record<string, Family> = {
  mamba: mambaModel,
  falcon_mamba: mambaModel,
  mamba2: mamba2Model,
  mamba_ssm: mambaOriginal,
};
