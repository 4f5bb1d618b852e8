/** Models that wrap a text model with towers: where the text stands and what is left out of it. */

import type { Tower } from "../architecture.ts";
import { ConfigReader, type JsonObject } from "../config_reader.ts";
import { mllamaVision } from "./mllama.ts";
import { vision } from "./vision.ts";

/** A wrapping `model_type`. */
export interface Wrapper {
  /** `model_type` of the text model when it does not name its own. */
  readonly text: string;
  /** Whether the model has a vision tower even when the configuration leaves it out. */
  readonly sees: boolean;
}

/** Wrapping types. */
export const wrappers: Record<string, Wrapper> = {
  qwen2_vl: { text: "qwen2", sees: true },
  qwen2_5_vl: { text: "qwen2", sees: true },
  qwen3_vl: { text: "qwen3", sees: true },
  qwen3_vl_moe: { text: "qwen3_moe", sees: true },
  qwen3_5: { text: "qwen3_5_text", sees: true },
  qwen3_5_moe: { text: "qwen3_5_moe_text", sees: true },
  gemma3: { text: "gemma3_text", sees: true },
  gemma4: { text: "gemma4_text", sees: false },
  llama4: { text: "llama4_text", sees: true },
  mllama: { text: "mllama_text_model", sees: true },
  kimi_k25: { text: "deepseek_v3", sees: true },
  kimi_vl: { text: "deepseek_v3", sees: true },
  mistral3: { text: "mistral", sees: true },
  llava: { text: "llama", sees: true },
  llava_next: { text: "llama", sees: true },
  llava_onevision: { text: "qwen2", sees: true },
  paligemma: { text: "gemma", sees: true },
  internvl_chat: { text: "qwen2", sees: true },
  internvl: { text: "qwen2", sees: true },
  idefics3: { text: "llama", sees: true },
  smolvlm: { text: "llama", sees: true },
  aya_vision: { text: "cohere2", sees: true },
  glm4v: { text: "glm4", sees: true },
  glm4v_moe: { text: "glm4_moe", sees: true },
};

// A text_config holds only what differs from the defaults of the library's configuration class.
const llama = {
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
};
const libraryDefaults: Record<string, JsonObject> = {
  llama,
  mistral: { ...llama, intermediate_size: 14336, num_key_value_heads: 8 },
  qwen2: {
    vocab_size: 151936,
    hidden_size: 4096,
    intermediate_size: 22016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
  },
  gemma: {
    vocab_size: 256000,
    hidden_size: 3072,
    intermediate_size: 24576,
    num_hidden_layers: 28,
    num_attention_heads: 16,
    num_key_value_heads: 16,
  },
  gemma3_text: {
    vocab_size: 262208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
  },
};

/** The configuration of the text model inside a wrapper, and notes on what was filled in. */
export function textConfig(
  c: ConfigReader,
  wrapper: Wrapper,
  file: string | undefined,
): { reader: ConfigReader; type: string; notes: string[] } {
  const name = ["text_config", "llm_config", "language_config"].find((key) => c.has(key));
  if (name === undefined) {
    // Qwen2-VL writes the text model's keys into the outer object.
    return { reader: c, type: wrapper.text, notes: [] };
  }
  const inner = c.object(name)!;
  const type = inner.text("model_type") ?? wrapper.text;
  const defaults = libraryDefaults[type] ?? {};
  const missing = Object.keys(defaults).filter((key) => !inner.has(key));
  const json: Record<string, unknown> = { ...defaults, ...dropNull(inner.json) };
  // Some write this flag only outside; the inner one counts when both are there.
  const outerTie = c.raw("tie_word_embeddings");
  if (!inner.has("tie_word_embeddings") && outerTie !== undefined) {
    json["tie_word_embeddings"] = outerTie;
  }
  const reader = new ConfigReader(json, name, file);
  reader.ignore("model_type", "architectures");
  return {
    reader,
    type,
    notes: missing.length === 0
      ? []
      : [`${name} leaves out ${missing.join(", ")}: the library's defaults are used`],
  };
}

function dropNull(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}

/** Towers that can be counted, and the reasons for those that cannot. */
export function towersOf(
  c: ConfigReader,
  type: string,
  wrapper: Wrapper,
  textWidth: number,
): { towers: Tower[]; uncounted: string[] } {
  const towers: Tower[] = [];
  const uncounted: string[] = [];
  const v = c.object("vision_config");
  const make = type === "mllama"
    ? mllamaVision
    : Object.hasOwn(vision, type)
    ? vision[type]
    : undefined;
  const kind = v?.text("model_type");
  // LLaVA takes any tower; two of them are known.
  const fits = type !== "llava" || kind === "clip_vision_model" || kind === "pixtral";
  if (v === undefined) {
    if (wrapper.sees) uncounted.push("vision tower: the configuration has no vision_config");
  } else if (make === undefined || !fits) {
    uncounted.push(`vision tower: its kind is not known (${type}${kind ? `, ${kind}` : ""})`);
  } else {
    towers.push({ part: "vision", weights: make(v, c, textWidth) });
  }
  if (c.has("audio_config")) {
    c.ignore("audio_config");
    uncounted.push("audio tower: not known");
  }
  return { towers, uncounted };
}
