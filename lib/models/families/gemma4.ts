/** Gemma 4: wide heads in the layers that see all, shared keys and values, parallel experts. */

import type { FeedForward, Layer, Weight } from "../architecture.ts";
import { attention, experts, feedForward, linear, norm, table, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, windows } from "./draft.ts";

/** The text model of Gemma 4. */
export function gemma4Text(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size", 2304);
  const count = c.int("num_hidden_layers", 30);
  const heads = c.int("num_attention_heads", 8);
  const kvHeads = c.int("num_key_value_heads", 4);
  const width = c.int("head_dim", 256);
  const globalWidth = c.int("global_head_dim", 512);
  const valueIsKey = c.bool("attention_k_eq_v", false);
  const globalKv = c.intOrNull("num_global_key_value_heads");
  const bias = c.bool("attention_bias", false);
  const window = c.int("sliding_window", 512);
  const shared = c.int("num_kv_shared_layers", 0);
  const reach = windows(c, count, window, (i) => (i + 1) % 6 !== 0);
  // The last layer sees all whatever the list says.
  reach[count - 1] = null;
  const perLayer = c.int("hidden_size_per_layer_input", 256);
  const perLayerVocab = c.int("vocab_size_per_layer_input", 262144);
  const size = c.int("intermediate_size", 9216);
  const doubled = c.bool("use_double_wide_mlp", false);
  const ffnOf = blocks(c, hidden);

  const layers = Array.from({ length: count }, (_, i): Layer => {
    const sliding = reach[i] !== null;
    const sharesCache = shared > 0 && i >= count - shared;
    const { mixer, weights } = attention({
      hidden,
      heads,
      kvHeads: sliding ? kvHeads : (valueIsKey ? globalKv : null) ?? kvHeads,
      headDim: sliding ? width : globalWidth,
      qkvBias: bias,
      outBias: bias,
      qkNorm: "head",
      valueIsKey: valueIsKey && !sliding,
      sharesCache,
      window: reach[i] ?? null,
    });
    const ffn = ffnOf(doubled && sharesCache ? 2 * size : size);
    return {
      mixer,
      feedForward: ffn.blocks,
      norms: ffn.norms,
      weights: [
        ...weights,
        ...ffn.weights,
        vector("layer_scalar", 1, "residual"),
        ...(perLayer === 0 ? [] : [
          linear("per_layer_input_gate", "embedding", perLayer, hidden),
          linear("per_layer_projection", "embedding", hidden, perLayer),
          ...norm("post_per_layer_input_norm", hidden, "rms"),
        ]),
      ],
    };
  });
  return decoder({
    hidden,
    vocab: c.int("vocab_size", 262144),
    tied: c.bool("tie_word_embeddings", true),
    layers,
    finalNorm: "rms",
    extra: perLayer === 0 ? [] : [
      table("model.embed_tokens_per_layer", "embedding", perLayerVocab, count * perLayer),
      linear("model.per_layer_model_projection", "embedding", count * perLayer, hidden),
      ...norm("model.per_layer_projection_norm", perLayer, "rms"),
    ],
  });
}

interface Blocks {
  readonly blocks: readonly FeedForward[];
  readonly weights: readonly Weight[];
  readonly norms: number;
}

function blocks(c: ConfigReader, hidden: number): (size: number) => Blocks {
  const names = [
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
  ];
  const sparse = c.bool("enable_moe_block", false);
  c.ignore("num_experts", "top_k_experts", "moe_intermediate_size", "expert_intermediate_size");
  return (size) => {
    const dense = feedForward({ hidden, size, gated: true });
    if (!sparse) {
      return {
        blocks: [dense.block],
        weights: [...dense.weights, ...names.flatMap((n) => norm(n, hidden, "rms"))],
        norms: names.length,
      };
    }
    const count = c.int("num_experts");
    const routed = experts({
      input: hidden,
      hidden,
      size: c.int(["moe_intermediate_size", "expert_intermediate_size"]),
      count,
      active: c.int("top_k_experts"),
      router: "router.proj",
      prefix: "experts.",
    });
    const all = [
      ...names,
      "post_feedforward_layernorm_1",
      "post_feedforward_layernorm_2",
      "pre_feedforward_layernorm_2",
    ];
    return {
      blocks: [dense.block, routed.block],
      weights: [
        ...dense.weights,
        ...routed.weights,
        vector("router.scale", hidden, "router"),
        vector("router.per_expert_scale", count, "router"),
        ...all.flatMap((n) => norm(n, hidden, "rms")),
      ],
      norms: all.length,
    };
  };
}
