/** GPT-2, GPT-J, GPT-Neo and GPT-NeoX: LayerNorm with shift, plain feed-forward. */

import { attention, feedForward, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family, gptNames } from "./draft.ts";
import { layer, repeat } from "./gpt_layer.ts";

/** GPT-2, and GPT-BigCode (StarCoder, SantaCoder) with one key-value head. */
const gpt2 = (sharedByDefault: boolean): Family => (c) => {
  const hidden = c.int(["n_embd", "hidden_size"], 768);
  const heads = c.int(["n_head", "num_attention_heads"], 12);
  const size = c.intOrNull("n_inner") ?? 4 * hidden;
  const shared = sharedByDefault && c.bool("multi_query", true);
  const layers = repeat(c.int(["n_layer", "num_hidden_layers"], 12), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: shared ? 1 : heads,
        headDim: hidden / heads,
        qkvBias: true,
        outBias: true,
        prefix: "attn.",
        fusedName: "c_attn",
        names: ["q", "k", "v", "c_proj"],
      }),
      feedForward({
        hidden,
        size,
        gated: false,
        bias: true,
        names: ["", "c_fc", "c_proj"],
      }),
      [...norm("ln_1", hidden, "layer"), ...norm("ln_2", hidden, "layer")],
    ));
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 50257),
    tied: c.bool("tie_word_embeddings", true),
    positions: c.int(["n_positions", "max_position_embeddings"], 1024),
    layers,
    finalNorm: "layer",
    names: gptNames,
  });
};

/** GPT-J and CodeGen: attention and feed-forward side by side behind one norm. */
const gptj = (fusedName: string | undefined): Family => (c) => {
  const hidden = c.int(["n_embd", "hidden_size"], 4096);
  const heads = c.int(["n_head", "num_attention_heads"], 16);
  const layers = repeat(c.int(["n_layer", "num_hidden_layers"], 28), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        prefix: "attn.",
        names: ["q_proj", "k_proj", "v_proj", "out_proj"],
        ...(fusedName === undefined ? {} : { fusedName }),
      }),
      feedForward({
        hidden,
        size: c.intOrNull("n_inner") ?? 4 * hidden,
        gated: false,
        bias: true,
        names: ["", "fc_in", "fc_out"],
      }),
      norm("ln_1", hidden, "layer"),
    ));
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 50400),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "layer",
    headBias: true,
    names: gptNames,
  });
};

function gptNeo(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 2048);
  const heads = c.int(["num_heads", "num_attention_heads"], 16);
  const window = c.int("window_size", 256);
  const kinds = attentionTypes(c);
  const layers = repeat(c.int(["num_layers", "num_hidden_layers"], 24), (i) =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        outBias: true,
        prefix: "attn.attention.",
        names: ["q_proj", "k_proj", "v_proj", "out_proj"],
        window: kinds[i % kinds.length] === "local" ? window : null,
      }),
      feedForward({
        hidden,
        size: c.intOrNull("intermediate_size") ?? 4 * hidden,
        gated: false,
        bias: true,
        names: ["", "c_fc", "c_proj"],
      }),
      [...norm("ln_1", hidden, "layer"), ...norm("ln_2", hidden, "layer")],
    ));
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 50257),
    tied: c.bool("tie_word_embeddings", true),
    positions: c.int("max_position_embeddings", 2048),
    layers,
    finalNorm: "layer",
    names: gptNames,
  });
}

/** `[[["global", "local"], 12]]` stands for the two kinds alternating, twelve times. */
function attentionTypes(c: ConfigReader): string[] {
  c.ignore("attention_layers");
  const groups = c.list("attention_types") ?? [[["global", "local"], 12]];
  const kinds: string[] = [];
  for (const group of groups) {
    const [names, times] = group as [unknown, unknown];
    if (!Array.isArray(names) || typeof times !== "number") {
      throw c.fault("attention_types", "pairs of names and a count", group);
    }
    for (let i = 0; i < times; i++) kinds.push(...(names as string[]));
  }
  return kinds;
}

function gptNeox(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 6144);
  const heads = c.int("num_attention_heads", 64);
  const bias = c.bool("attention_bias", true);
  c.ignore("use_parallel_residual"); // both norms are there either way
  const layers = repeat(c.int("num_hidden_layers", 44), () =>
    layer(
      attention({
        hidden,
        heads,
        kvHeads: heads,
        headDim: hidden / heads,
        qkvBias: bias,
        outBias: bias,
        prefix: "attention.",
        fusedName: "query_key_value",
        names: ["q", "k", "v", "dense"],
      }),
      feedForward({
        hidden,
        size: c.int("intermediate_size", 24576),
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
    vocab: c.int("vocab_size", 50432),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "layer",
    names: {
      embedding: "gpt_neox.embed_in",
      layers: "gpt_neox.layers.",
      norm: "gpt_neox.final_layer_norm",
      head: "embed_out",
    },
  });
}

/** The GPT family by `model_type`. */
export const gpt: Record<string, Family> = {
  gpt2: gpt2(false),
  gpt_bigcode: gpt2(true),
  gptj: gptj(undefined),
  codegen: gptj("qkv_proj"),
  gpt_neo: gptNeo,
  gpt_neox: gptNeox,
};
