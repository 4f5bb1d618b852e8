/** Qwen3-Next and Qwen3.5: three layers of gated delta rule, then one of gated attention. */

import type { Layer, Weight } from "../architecture.ts";
import { attention, linear, norm } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, type Family } from "./draft.ts";
import { type Blocks, qwenBlocks } from "./moe_blocks.ts";
import { deltaNet } from "./state_space.ts";

/** Which layers attend: listed, or one in every so many. */
function attends(c: ConfigReader, count: number): (layer: number) => boolean {
  const types = c.texts("layer_types");
  const every = c.int("full_attention_interval", 4);
  if (types === undefined) return (i) => (i + 1) % every === 0;
  if (types.length < count) {
    throw c.fault("layer_types", `${count} entries, one a layer`, types.length);
  }
  const odd = types.find((type) => type !== "linear_attention" && type !== "full_attention");
  if (odd !== undefined) {
    throw c.refusal(
      `${c.pathOf("layer_types")} has a kind of layer that is not known`,
      odd,
      "linear_attention and full_attention are known",
    );
  }
  return (i) => types[i] === "full_attention";
}

const family = (fusedNames: boolean, moe: boolean): Family => (c): Draft => {
  const hidden = c.int("hidden_size");
  const count = c.int("num_hidden_layers");
  const attending = attends(c, count);
  const bias = c.bool("attention_bias", false);
  const softmax = attention({
    hidden,
    heads: c.int("num_attention_heads"),
    kvHeads: c.int("num_key_value_heads"),
    headDim: c.int("head_dim", 256),
    qkvBias: bias,
    outBias: bias,
    qkNorm: "head",
    // Qwen3-Next always gates the attention output; its successor says so.
    outputGate: fusedNames || c.bool("attn_output_gate", true),
  });
  const recurrent = deltaNet({
    hidden,
    keyHeads: c.int("linear_num_key_heads", 16),
    valueHeads: c.int("linear_num_value_heads", 32),
    keyDim: c.int("linear_key_head_dim", 128),
    valueDim: c.int("linear_value_head_dim", 128),
    convKernel: c.int("linear_conv_kernel_dim", 4),
    fusedNames,
  });
  const ffnOf = moe ? qwenBlocks(c, hidden, true) : qwenBlocks(c, hidden, false);
  const norms = [
    ...norm("input_layernorm", hidden, "rms"),
    ...norm("post_attention_layernorm", hidden, "rms"),
  ];
  const layerOf = (mixing: typeof softmax | typeof recurrent, ffn: Blocks): Layer => ({
    mixer: mixing.mixer,
    feedForward: ffn.blocks,
    norms: 2,
    weights: [...mixing.weights, ...ffn.weights, ...norms],
  });
  const predictors = c.int(["mtp_num_hidden_layers", "num_nextn_predict_layers"], 0);
  return {
    ...decoder({
      hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", false),
      layers: Array.from(
        { length: count },
        (_, i) => layerOf(attending(i) ? softmax : recurrent, ffnOf(i)),
      ),
      finalNorm: "rms",
    }),
    mtp: predictors === 0 ? [] : [
      linear("mtp.fc", "mtp", hidden, 2 * hidden),
      ...["pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm"].flatMap((n) =>
        norm(`mtp.${n}`, hidden, "rms", "mtp")
      ),
      ...Array.from(
        { length: predictors },
        (_, i): Weight[] =>
          layerOf(softmax, ffnOf(count - 1)).weights.map((w) => ({
            ...w,
            name: `mtp.layers.${i}.${w.name}`,
            part: "mtp",
          })),
      ).flat(),
    ],
  };
};

/** Qwen's hybrids by `model_type`. */
export const qwenNext: Record<string, Family> = {
  qwen3_next: family(true, true),
  qwen3_5_text: family(false, false),
  qwen3_5_moe_text: family(false, true),
};
