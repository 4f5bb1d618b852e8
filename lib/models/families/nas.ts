/** Models shaped by architecture search, layer by layer: Llama-Nemotron (DeciLM). */

import type { Layer, Weight } from "../architecture.ts";
import { attention, feedForward, linear, norm } from "../build.ts";
import { ConfigReader } from "../config_reader.ts";
import { decoder, type Draft, headDim } from "./draft.ts";

function blockAt(c: ConfigReader, block: ConfigReader, name: string): ConfigReader | null {
  const inner = block.object(name);
  if (inner === undefined) {
    throw c.refusal(
      `${block.pathOf(name)} is missing`,
      "nothing",
      "give the block_configs as published",
    );
  }
  for (const key of ["sparsify", "moe", "mamba", "hidden_dim"]) {
    const value = inner.raw(key);
    if (value !== undefined && value !== false && inner.has(key)) {
      throw c.refusal(
        `${inner.pathOf(key)} is not known`,
        JSON.stringify(value),
        "plain attention, feed-forward, no_op and replace_with_linear are known",
      );
    }
  }
  return inner.bool("no_op", false) ? null : inner;
}

/** Inner width from a multiplier: two thirds of it, up to a multiple of 256. */
function innerSize(block: ConfigReader, hidden: number): number {
  const given = block.intOrNull("intermediate_size");
  if (given !== null) return given;
  const size = Math.floor(2 * block.number("ffn_mult", Number.NaN) * hidden / 3);
  return Math.ceil(size / 256) * 256;
}

/** DeciLM. */
export function nemotronNas(c: ConfigReader): Draft {
  const hidden = c.int("hidden_size");
  const heads = c.int("num_attention_heads");
  const width = headDim(c, hidden, heads);
  const bias = c.bool("attention_bias", false);
  const mlpBias = c.bool("mlp_bias", false);
  c.ignore("intermediate_size", "num_key_value_heads");
  const configs = c.list("block_configs") ?? [];
  const count = c.int("num_hidden_layers");
  if (configs.length !== count) {
    throw c.fault("block_configs", `${count} entries, one a layer`, configs.length);
  }
  const layers = configs.map((json, i): Layer => {
    const block = new ConfigReader(
      json as { [key: string]: unknown },
      `${c.pathOf("block_configs")}[${i}]`,
      undefined,
    );
    const mixing = blockAt(c, block, "attention");
    const ffn = blockAt(c, block, "ffn");
    const weights: Weight[] = [];
    let mixer: Layer["mixer"] = null;
    const blocks: Layer["feedForward"][number][] = [];
    if (mixing !== null) {
      weights.push(...norm("input_layernorm", hidden, "rms"));
      if (mixing.bool("replace_with_linear", false)) {
        weights.push(linear("self_attn.linear_attn", "attention", hidden, hidden));
      } else {
        const window = mixing.intOrNull("window_length");
        const made = attention({
          hidden,
          heads,
          kvHeads: heads / mixing.int("n_heads_in_group"),
          headDim: width,
          qkvBias: bias,
          outBias: bias,
          window,
        });
        mixer = made.mixer;
        weights.push(...made.weights);
      }
    }
    if (ffn !== null) {
      weights.push(...norm("post_attention_layernorm", hidden, "rms"));
      if (ffn.bool("replace_with_linear", false)) {
        weights.push(linear("mlp.linear_mlp", "mlp", hidden, hidden));
      } else {
        const made = feedForward({
          hidden,
          size: innerSize(ffn, hidden),
          gated: true,
          bias: mlpBias,
        });
        blocks.push(made.block);
        weights.push(...made.weights);
      }
    }
    const norms = (mixing === null ? 0 : 1) + (ffn === null ? 0 : 1);
    return { mixer, feedForward: blocks, norms, weights };
  });
  return decoder({
    hidden,
    vocab: c.int("vocab_size"),
    tied: c.bool("tie_word_embeddings", false),
    layers,
    finalNorm: "rms",
  });
}
