/** From a Hugging Face config.json to an {@linkcode Architecture}. */

import { InputError } from "../errors.ts";
import type { Architecture, Dtype } from "./architecture.ts";
import { fold } from "./build.ts";
import { ConfigReader, type JsonObject } from "./config_reader.ts";
import { familyNames, familyOf } from "./families/mod.ts";
import { textConfig, towersOf, wrappers } from "./families/wrappers.ts";
import { readQuantization } from "./quantization.ts";
import { judgeUnread } from "./unread.ts";

/** Options of {@linkcode readModelConfig}. */
export interface ReadModelOptions {
  /** Name for the model. Default: `_name_or_path`, else "model". */
  readonly id?: string;
  /** Name of the file, for messages. Default: none. */
  readonly path?: string;
  /**
   * A quantisation description kept beside the configuration (hf_quant_config.json), parsed.
   * Default: the `quantization_config` inside, if any.
   */
  readonly quantization?: unknown;
}

/**
 * Reads a Hugging Face config.json.
 *
 * Weights are taken from the published architecture of the family that `model_type` names; nothing
 * is inferred from the size in a name. A key that is missing takes the documented default of the
 * family's configuration class, or the reading is refused.
 *
 * @param json The parsed config.json.
 * @param options Name, path and a separate quantisation description.
 * @return The model.
 * @throws InputError `refused` for an architecture, layer kind, quantisation method or
 * weight-adding key that is not known; `malformed` for a key that is missing or of the wrong type,
 * with its path in the document.
 *
 * @example
 * ```ts
 * import { countParameters, readModelConfig } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const model = readModelConfig({
 *   model_type: "llama",
 *   vocab_size: 128256,
 *   hidden_size: 4096,
 *   intermediate_size: 14336,
 *   num_hidden_layers: 32,
 *   num_attention_heads: 32,
 *   num_key_value_heads: 8,
 *   tie_word_embeddings: false,
 * }, { id: "meta-llama/Llama-3.1-8B" });
 * assert.equal(countParameters(model).total, 8_030_261_248);
 * assert.throws(() => readModelConfig({ model_type: "t5" }), /model_type is not known/);
 * ```
 */
export function readModelConfig(json: unknown, options: ReadModelOptions = {}): Architecture {
  const file = options.path;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError({
      code: "malformed",
      ...(file === undefined ? {} : { path: file }),
      problem: "not a model configuration",
      expected: "a JSON object",
      found: Array.isArray(json) ? "an array" : String(json),
    });
  }
  const c = new ConfigReader(json as JsonObject, "", file);
  const named = c.text("_name_or_path");
  const id = options.id ?? (named === undefined || named === "" ? "model" : named);
  const outer = c.text("model_type") ?? (c.has("ssm_cfg") ? "mamba_ssm" : undefined);
  if (outer === undefined) throw refusal(c, "no model_type");
  const wrapper = Object.hasOwn(wrappers, outer) ? wrappers[outer] : undefined;
  const text = wrapper === undefined
    ? { reader: c, type: outer, notes: [] }
    : textConfig(c, wrapper, file);
  const family = familyOf(text.type);
  if (family === undefined) throw refusal(c, text.type);
  if (c.bool("is_encoder_decoder", false)) {
    throw c.refusal(
      "encoder-decoder models are not known",
      outer,
      "profile a decoder-only or an encoder-only model",
    );
  }

  const draft = family(text.reader);
  const { towers, uncounted } = wrapper === undefined
    ? { towers: [], uncounted: [] }
    : towersOf(c, outer, wrapper, draft.hiddenSize);
  const quantization = quantizationOf(c, text.reader, options, file);
  const { kinds, order } = fold(draft.layers);
  const common = {
    dtype: dtypeOf(
      c.text("torch_dtype") ?? c.text("dtype") ??
        text.reader.text("torch_dtype") ?? text.reader.text("dtype"),
    ),
    stateDtype: dtypeOf(
      text.reader.text("mamba_ssm_cache_dtype") ?? text.reader.text("mamba_ssm_dtype"),
    ),
    activation: text.reader.text("hidden_act") ?? text.reader.text("hidden_activation") ??
      text.reader.text("activation_function") ?? text.reader.text("mlp_hidden_act") ?? null,
    maxPositions: ["max_position_embeddings", "n_positions", "max_seq_len", "seq_length"]
      .map((key) => text.reader.intOrNull(key)).find((value) => value !== null) ?? null,
  };
  const open = [
    ...judgeUnread(text.reader, text.type),
    ...(text.reader === c ? [] : judgeUnread(c, outer)),
  ];
  return {
    id,
    modelType: outer,
    hiddenSize: draft.hiddenSize,
    vocabSize: draft.vocabSize,
    ...common,
    causal: draft.causal ?? true,
    tied: draft.tied,
    layerPrefix: draft.layerPrefix,
    root: draft.root,
    layers: kinds,
    order,
    mtp: draft.mtp ?? [],
    towers,
    quantization,
    uncounted: [...draft.uncounted ?? [], ...uncounted],
    notes: [
      ...draft.notes ?? [],
      ...text.notes,
      ...(open.length === 0 ? [] : [`not read: ${open.join(", ")}`]),
      ...quantizationNote(id, quantization === null),
    ],
  };
}

function refusal(c: ConfigReader, type: string): InputError {
  const names = c.texts("architectures")?.join(", ");
  return c.refusal(
    type === "no model_type" ? "the configuration has no model_type" : "model_type is not known",
    names === undefined ? type : `${type} (architectures: ${names})`,
    `use one of the ${familyNames().length} known types, such as ` +
      "llama, mistral, qwen2, qwen3_moe, gemma2, deepseek_v3, nemotron_h or mamba2, " +
      "or describe the model's layers in a fact file",
  );
}

function quantizationOf(
  c: ConfigReader,
  text: ConfigReader,
  options: ReadModelOptions,
  file: string | undefined,
): Architecture["quantization"] {
  const beside = options.quantization;
  if (beside !== undefined && (typeof beside !== "object" || beside === null)) {
    throw new InputError({
      code: "bad-option",
      problem: "the separate quantisation description is not an object",
      found: String(beside),
    });
  }
  const q = beside === undefined
    ? c.object("quantization_config") ??
      (text === c ? undefined : text.object("quantization_config"))
    : new ConfigReader(beside as JsonObject, "quantization", file);
  return q === undefined ? null : readQuantization(q, text.text("expert_dtype"));
}

// Some checkpoints keep the description in a file of its own; the name then says more than the
// configuration.
function quantizationNote(id: string, plain: boolean): string[] {
  const named = /(?:^|[-_/])(NVFP4|FP8|FP4|MXFP4|INT8|INT4|AWQ|GPTQ|W4A16|W8A8)(?:$|[-_])/i.exec(
    id,
  );
  return plain && named !== null
    ? [
      `the name says ${named[1]}, the configuration has no quantization_config: ` +
      "pass hf_quant_config.json for the stored bytes",
    ]
    : [];
}

function dtypeOf(name: string | undefined): Dtype | null {
  switch (name?.replace(/^torch\./, "")) {
    case "bfloat16":
      return "bf16";
    case "float16":
    case "half":
      return "fp16";
    case "float32":
    case "float":
      return "fp32";
    case "float8_e4m3fn":
      return "fp8";
    default:
      return null;
  }
}
