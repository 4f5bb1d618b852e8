/** From a quantization_config (or hf_quant_config.json) to rules over modules. */

import type { Dtype, Quantization, QuantizationRule, WeightFormat } from "./architecture.ts";
import { ConfigReader, type JsonObject } from "./config_reader.ts";
import { format, fp8Block, fp8Tensor, mxfp4, nvfp4 } from "./formats.ts";

/** Heads, and the joining projection of token prediction: left alone unless a method names them. */
const heads = ["lm_head", "head", "output", "embed_out", "eh_proj"];

/**
 * Reads a quantization_config.
 *
 * @param q The object, or the one in an hf_quant_config.json.
 * @param expertDtype `expert_dtype` of the model, which overrides the method for experts.
 */
export function readQuantization(
  q: ConfigReader,
  expertDtype: string | undefined,
): Quantization {
  const inner = q.object("quantization");
  if (inner !== undefined) return readQuantization(inner, expertDtype);
  const method = q.text("quant_method") ?? q.text("quant_algo") ?? "unknown";
  const rules: QuantizationRule[] = [];
  if (expertDtype === "fp4" && !q.has("quantized_layers")) {
    rules.push({ modules: ["experts"], format: mxfp4 });
  }
  rules.push(...rulesOf(q, method));
  return { method, rules, kvCache: kvCacheOf(q) };
}

function rulesOf(q: ConfigReader, method: string): QuantizationRule[] {
  const skipped = [
    ...q.texts("modules_to_not_convert") ?? [],
    ...q.texts("ignored_layers") ?? [],
    ...q.texts("exclude_modules") ?? [],
    ...q.texts("llm_int8_skip_modules") ?? [],
  ];
  const skip = (more: readonly string[]): QuantizationRule => ({
    modules: [...skipped, ...more],
    format: null,
  });
  const all = (weights: WeightFormat): QuantizationRule => ({ modules: ["*"], format: weights });
  if (q.has("quantized_layers") || q.has("config_groups") || q.has("quant_algo")) {
    return groupedRules(q, skipped);
  }
  switch (method) {
    case "fp8":
      return [skip(heads), all(blockOf(q) ?? fp8Tensor)];
    case "fbgemm_fp8":
      return [skip(heads), all(format("fp8 rows", 8, { groupSize: 1e9, scaleBytes: 4 }))];
    case "mxfp4":
      return [skip(heads), all(mxfp4)];
    case "gptq":
    case "awq": {
      const bits = q.int(["bits", "w_bit"], 4);
      const group = q.raw(q.has("group_size") ? "group_size" : "q_group_size");
      const gptq = method === "gptq";
      const size = typeof group === "number" && group > 0 ? group : 1e9;
      return [
        skip(q.bool("lm_head", false) ? [] : heads),
        all(format(`${method} int${bits}`, bits, {
          groupSize: size,
          scaleBytes: 2,
          zeroPointBits: gptq || q.bool("zero_point", true) ? bits : 0,
          inputBytes: gptq ? 4 : 0,
        })),
      ];
    }
    case "bitsandbytes":
      if (q.bool(["load_in_4bit", "_load_in_4bit"], false)) {
        const double = q.bool("bnb_4bit_use_double_quant", false);
        // One absmax every 64; double quantisation stores it in a byte, with an FP32 every 256.
        return [
          skip(heads),
          all(format(q.text("bnb_4bit_quant_type") ?? "fp4", 4, {
            groupSize: 64,
            scaleBytes: double ? 1 + 4 / 256 : 4,
            tensorBytes: 64,
          })),
        ];
      }
      return [skip(heads), all(format("int8 rows", 8, { groupSize: 1e9, scaleBytes: 4 }))];
    default:
      throw q.refusal(
        `${q.pathOf("quant_method")} is not known`,
        method,
        "remove the quantization_config to profile the unquantised model",
      );
  }
}

function blockOf(q: ConfigReader): WeightFormat | null {
  const block = q.list("weight_block_size");
  if (block === undefined) return null;
  const [rows, columns] = block;
  if (typeof rows !== "number" || typeof columns !== "number") {
    throw q.fault("weight_block_size", "two whole numbers", block);
  }
  return fp8Block(rows, columns);
}

/** compressed-tensors and modelopt: groups of modules, each with its format. */
function groupedRules(q: ConfigReader, skipped: readonly string[]): QuantizationRule[] {
  const ignored = [...skipped, ...q.texts("ignore") ?? []];
  const layers = q.object("quantized_layers");
  const block = blockOf(q);
  if (layers !== undefined) {
    const byFormat = new Map<string, { format: WeightFormat; modules: string[] }>();
    for (const name of Object.keys(layers.json)) {
      const own = layers.object(name)!;
      const algo = own.text("quant_algo") ?? "unknown";
      const entry = byFormat.get(algo) ?? { format: algorithm(own, algo), modules: [] };
      entry.modules.push(name);
      byFormat.set(algo, entry);
    }
    const named = [...byFormat.values()];
    // A base format (FP8 blocks) covers what the listed layers leave; without one it stays as it is.
    return block === null ? named : [...named, {
      modules: heads,
      format: null,
    }, { modules: ["*"], format: block }];
  }
  const groups = q.object("config_groups");
  if (groups === undefined) {
    const algo = q.text("quant_algo") ?? "unknown";
    return [{ modules: [...ignored], format: null }, {
      modules: ["*"],
      format: algorithm(q, algo),
    }];
  }
  const rules: QuantizationRule[] = [{ modules: ignored, format: null }];
  const layout = q.text("format") ?? "";
  for (const name of Object.keys(groups.json)) {
    const group = groups.object(name)!;
    const weights = group.object("weights");
    if (weights === undefined) continue;
    const targets = group.texts("targets") ?? ["Linear"];
    rules.push({
      modules: targets.includes("Linear") ? ["*"] : targets,
      format: groupFormat(weights, group.text("format") ?? layout),
    });
  }
  return rules;
}

function algorithm(q: ConfigReader, algo: string): WeightFormat {
  const group = q.intOrNull("group_size");
  if (/NVFP4/.test(algo)) return nvfp4;
  if (/MXFP4/.test(algo)) return mxfp4;
  if (algo === "FP8" || algo === "FP8_PB_REAL") return fp8Tensor;
  if (algo === "FP8_PER_CHANNEL_PER_TOKEN") {
    return format("fp8 rows", 8, { groupSize: 1e9, scaleBytes: 4 });
  }
  if (algo === "W4A16_AWQ" || algo === "INT4_AWQ" || algo === "W4A8_AWQ") {
    return format("awq int4", 4, { groupSize: group ?? 128, scaleBytes: 2 });
  }
  if (algo === "W8A8_SQ_PER_CHANNEL" || algo === "W8A16") {
    return format("int8 rows", 8, { groupSize: 1e9, scaleBytes: 4 });
  }
  throw q.refusal(
    `${q.pathOf("quant_algo")} is not known`,
    algo,
    "remove the quantization_config to profile the unquantised model",
  );
}

function groupFormat(w: ConfigReader, layout: string): WeightFormat {
  const bits = w.int("num_bits");
  const type = w.text("type") ?? "int";
  const group = w.intOrNull("group_size");
  const strategy = w.text("strategy") ?? (group === null ? "tensor" : "group");
  const block = w.list("block_structure");
  const name = `${type === "float" ? "fp" : "int"}${bits}`;
  if (type === "float" && bits === 4) {
    return group === 32 || layout.startsWith("mxfp4") ? mxfp4 : nvfp4;
  }
  if (strategy === "tensor") return format(name, bits, { tensorBytes: 8 });
  if (strategy === "block" && block !== undefined) {
    return fp8Block(block[0] as number, block[1] as number);
  }
  const size = strategy === "channel" || group === null || group < 0 ? 1e9 : group;
  return format(`${name} ${size === 1e9 ? "rows" : `group ${size}`}`, bits, {
    groupSize: size,
    scaleBytes: 2,
    zeroPointBits: w.bool("symmetric", true) ? 0 : bits,
    // Packed weights carry their unpacked shape, two 64-bit numbers.
    tensorBytes: layout === "pack-quantized" ? 16 : 0,
  });
}

function kvCacheOf(q: ConfigReader): Dtype | null {
  const algo = q.text("kv_cache_quant_algo");
  const scheme = q.raw("kv_cache_scheme");
  const named = algo ?? (typeof scheme === "string" ? scheme : undefined);
  if (named !== undefined) {
    if (/FP8/i.test(named)) return "fp8";
    if (/NVFP4|FP4/i.test(named)) return "fp4";
    if (/INT8/i.test(named)) return "int8";
    return null;
  }
  if (typeof scheme !== "object" || scheme === null) return null;
  const s = new ConfigReader(scheme as JsonObject, q.pathOf("kv_cache_scheme"), undefined);
  const bits = s.int("num_bits", 16);
  const float = s.text("type") === "float";
  return bits === 8 ? (float ? "fp8" : "int8") : bits === 4 ? (float ? "fp4" : "int4") : null;
}
