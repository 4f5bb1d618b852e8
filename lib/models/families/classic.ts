/** OPT, BLOOM, Falcon, MPT and ChatGLM. */

import type { Weight } from "../architecture.ts";
import { attention, feedForward, linear, norm, table } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family, gptNames } from "./draft.ts";
import { layer, repeat } from "./gpt_layer.ts";

function opt(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 768);
  const heads = c.int("num_attention_heads", 12);
  const bias = c.bool("enable_bias", true);
  const style = c.bool("layer_norm_elementwise_affine", true) ? "layer" : "none";
  const before = c.bool("do_layer_norm_before", true);
  const embed = c.int("word_embed_proj_dim", hidden);
  const vocab = c.int("vocab_size", 50272);
  const layers = repeat(c.int("num_hidden_layers", 12), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        qkvBias: bias,
        outBias: bias,
        names: ["q_proj", "k_proj", "v_proj", "out_proj"],
      }),
      feedForward({
        hidden,
        size: c.int("ffn_dim", 3072),
        gated: false,
        bias,
        prefix: "",
        names: ["", "fc1", "fc2"],
      }),
      [
        ...norm("self_attn_layer_norm", hidden, style),
        ...norm("final_layer_norm", hidden, style),
      ],
    ));
  const tied = c.bool("tie_word_embeddings", true);
  const root: Weight[] = [
    { ...table("model.decoder.embed_tokens", "embedding", vocab, embed), split: "out" },
    // The first two rows of the table are kept for padding.
    table(
      "model.decoder.embed_positions",
      "position",
      c.int("max_position_embeddings", 2048) + 2,
      hidden,
    ),
  ];
  if (embed !== hidden) {
    root.push(linear("model.decoder.project_in", "embedding", hidden, embed));
    root.push(linear("model.decoder.project_out", "head", embed, hidden));
  }
  if (before && !c.bool("_remove_final_layer_norm", false)) {
    root.push(...norm("model.decoder.final_layer_norm", hidden, style));
  }
  if (!tied) root.push(linear("lm_head", "head", vocab, embed, { split: "out" }));
  return {
    hiddenSize: hidden,
    vocabSize: vocab,
    tied,
    layerPrefix: "model.decoder.layers.",
    root,
    layers,
  };
}

function bloom(c: ConfigReader): Draft {
  const hidden = c.int(["hidden_size", "n_embed"], 64);
  const heads = c.int(["n_head", "num_attention_heads"], 8);
  const layers = repeat(c.int(["n_layer", "num_hidden_layers"], 2), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        qkvBias: true,
        outBias: true,
        prefix: "self_attention.",
        fusedName: "query_key_value",
        names: ["q", "k", "v", "dense"],
      }),
      feedForward({
        hidden,
        size: 4 * hidden,
        gated: false,
        bias: true,
        names: ["", "dense_h_to_4h", "dense_4h_to_h"],
      }),
      [
        ...norm("input_layernorm", hidden, "layer"),
        ...norm("post_attention_layernorm", hidden, "layer"),
      ],
    ));
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 250880),
    tied: c.bool("tie_word_embeddings", true),
    layers,
    finalNorm: "layer",
    names: { ...gptNames, embedding: "transformer.word_embeddings" },
    extra: norm("transformer.word_embeddings_layernorm", hidden, "layer"),
  });
}

function falcon(c: ConfigReader): Draft {
  const hidden = c.int(["hidden_size", "n_embed"], 4544);
  const heads = c.int(["num_attention_heads", "n_head"], 71);
  const fresh = c.bool("new_decoder_architecture", false);
  const shared = c.bool("multi_query", true);
  const parallel = c.bool("parallel_attn", true);
  const bias = c.bool("bias", false);
  const kvHeads = fresh ? c.int(["num_kv_heads", "n_head_kv"], heads) : shared ? 1 : heads;
  c.ignore("num_kv_heads", "n_head_kv");
  const two = c.int("num_ln_in_parallel_attn", fresh ? 2 : 1) === 2;
  const norms = fresh && two
    ? [...norm("ln_attn", hidden, "layer"), ...norm("ln_mlp", hidden, "layer")]
    : parallel
    ? norm("input_layernorm", hidden, "layer")
    : [
      ...norm("input_layernorm", hidden, "layer"),
      ...norm("post_attention_layernorm", hidden, "layer"),
    ];
  const layers = repeat(c.int(["num_hidden_layers", "n_layer"], 32), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads,
        headDim: hidden / heads,
        qkvBias: bias,
        outBias: bias,
        prefix: "self_attention.",
        fusedName: "query_key_value",
        names: ["q", "k", "v", "dense"],
      }),
      feedForward({
        hidden,
        size: c.intOrNull("ffn_hidden_size") ?? 4 * hidden,
        gated: false,
        bias,
        names: ["", "dense_h_to_4h", "dense_4h_to_h"],
      }),
      norms,
    ));
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 65024),
    tied: c.bool("tie_word_embeddings", true),
    layers,
    finalNorm: "layer",
    names: { ...gptNames, embedding: "transformer.word_embeddings" },
  });
}

function mpt(c: ConfigReader): Draft {
  const hidden = c.int("d_model", 2048);
  const heads = c.int("n_heads", 16);
  const bias = !c.bool("no_bias", true);
  const style = bias ? "layer" : "layer-no-bias";
  const inner = c.object("attn_config");
  const shared = inner?.text("attn_type") === "multiquery_attention";
  const kvHeads = shared ? 1 : inner?.int("kv_n_heads", heads) ?? heads;
  const layers = repeat(c.int("n_layers", 24), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads,
        headDim: hidden / heads,
        qkvBias: bias,
        outBias: bias,
        prefix: "attn.",
        fusedName: "Wqkv",
        names: ["q", "k", "v", "out_proj"],
        ...(inner?.bool("qk_ln", false)
          ? { qkNorm: "all" as const, qkNormStyle: style as "layer" }
          : {}),
      }),
      feedForward({
        hidden,
        size: c.number("expansion_ratio", 4) * hidden,
        gated: false,
        bias,
        prefix: "ffn.",
      }),
      [...norm("norm_1", hidden, style), ...norm("norm_2", hidden, style)],
    ));
  c.ignore("learned_pos_emb");
  const learned = inner === undefined
    ? !c.bool("alibi", false) && c.bool("learned_pos_emb", true)
    : !inner.bool("alibi", false) && !inner.bool("rope", false) && c.bool("learned_pos_emb", true);
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 50368),
    tied: c.bool("tie_word_embeddings", true),
    layers,
    finalNorm: style,
    ...(learned ? { positions: c.int("max_seq_len", 2048) } : {}),
    names: {
      embedding: "transformer.wte",
      position: "transformer.wpe",
      layers: "transformer.blocks.",
      norm: "transformer.norm_f",
    },
  });
}

/** ChatGLM 2 and 3, GLM-4-9B in its first form. */
function chatglm(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const heads = c.int("num_attention_heads");
  const channels = c.int("kv_channels", hidden / heads);
  const kvHeads = c.bool("multi_query_attention", false) ? c.int("multi_query_group_num") : heads;
  const bias = c.bool("add_bias_linear", false);
  const style = c.bool("rmsnorm", true) ? "rms" : "layer";
  const layers = repeat(c.int(["num_layers", "num_hidden_layers"]), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads,
        headDim: channels,
        qkvBias: bias || c.bool("add_qkv_bias", false),
        outBias: bias,
        prefix: "self_attention.",
        fusedName: "query_key_value",
        names: ["q", "k", "v", "dense"],
      }),
      feedForward({
        hidden,
        size: c.int("ffn_hidden_size"),
        gated: true,
        bias,
        names: ["dense_h_to_4h", "dense_h_to_4h", "dense_4h_to_h"],
      }),
      [
        ...norm("input_layernorm", hidden, style),
        ...norm("post_attention_layernorm", hidden, style),
      ],
    ));
  return decoder({
    hidden,
    vocab: c.int(["padded_vocab_size", "vocab_size"]),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: c.bool("post_layer_norm", true) ? style : "none",
    names: {
      embedding: "transformer.embedding.word_embeddings",
      layers: "transformer.encoder.layers.",
      norm: "transformer.encoder.final_layernorm",
      head: "transformer.output_layer",
    },
  });
}

/** Families of the GPT shape with their own ways, by `model_type`. */
export const classic: Record<string, Family> = {
  opt,
  bloom,
  falcon,
  RefinedWeb: falcon,
  RefinedWebModel: falcon,
  mpt,
  chatglm,
};
