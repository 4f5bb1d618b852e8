import { readModelConfig, weightBytes } from "@joulebook/joulebook/models";
import assert from "node:assert/strict";

// Two layers small enough to count by hand: 4 x (64 x 64) of attention, 3 x (128 x 64) of mlp.
const base = {
  model_type: "llama",
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};
const attention = 4 * 64 * 64, mlp = 3 * 128 * 64, norms = 2 * 64;
const outside = 2 * (2 * 100 * 64) + 2 * 64; // embedding, head and final norm at two bytes

function bytes(quantization_config: object, layers = 2): number {
  const config = { ...base, num_hidden_layers: layers, quantization_config };
  return weightBytes(readModelConfig(config)).bytes - outside - layers * 2 * norms;
}

Deno.test("without quantisation every weight has two bytes", () => {
  const model = readModelConfig(base);
  assert.equal(weightBytes(model).bytes, outside + 2 * 2 * (attention + mlp + norms));
});

Deno.test("block FP8 has one FP32 scale a block, rounded up at the edges", () => {
  // Blocks of 128 x 128: one for each attention map, one for each mlp map.
  const q = { quant_method: "fp8", weight_block_size: [128, 128] };
  assert.equal(bytes(q), 2 * (attention + mlp + 4 * 7));
  // 64 x 64 maps in blocks of 48: two by two. 128 x 64: three by two; 64 x 128: two by three.
  const odd = { quant_method: "fp8", weight_block_size: [48, 48] };
  assert.equal(bytes(odd), 2 * (attention + mlp + 4 * (4 * 4 + 3 * 6)));
});

Deno.test("GPTQ has FP16 scales, packed zero points and a group index a channel", () => {
  const q = { quant_method: "gptq", bits: 4, group_size: 32 };
  const groups = (attention + mlp) / 32;
  const channels = 4 * (4 * 64 + 2 * 64 + 128);
  assert.equal(bytes(q), 2 * ((attention + mlp) / 2 + groups * 2.5 + channels));
});

Deno.test("AWQ has scales and zero points but no group index", () => {
  const q = { quant_method: "awq", bits: 4, group_size: 64, zero_point: true };
  const groups = (attention + mlp) / 64;
  assert.equal(bytes(q), 2 * ((attention + mlp) / 2 + groups * 2.5));
});

Deno.test("NVFP4 has an FP8 scale every 16 and two FP32 scales a tensor", () => {
  const q = {
    quant_algo: "NVFP4",
    quant_method: "modelopt",
    ignore: ["lm_head"],
    config_groups: {
      group_0: { targets: ["Linear"], weights: { num_bits: 4, type: "float", group_size: 16 } },
    },
  };
  const linear = attention + mlp;
  assert.equal(bytes(q), 2 * (linear / 2 + linear / 16 + 7 * 8));
});

Deno.test("packed INT4 of compressed-tensors carries scales and its unpacked shape", () => {
  const weights = { num_bits: 4, type: "int", strategy: "group", group_size: 32, symmetric: true };
  const q = {
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    ignore: ["lm_head", "re:.*self_attn.*"],
    config_groups: { group_0: { targets: ["Linear"], weights } },
  };
  assert.equal(bytes(q), 2 * (2 * attention + mlp / 2 + mlp / 32 * 2 + 3 * 16));
});

Deno.test("modules that are left out are found by name, by glob, by layer and by regular expression", () => {
  const fp8 = (modules: string[]) =>
    bytes(
      { quant_method: "fp8", weight_block_size: [128, 128], modules_to_not_convert: modules },
      12,
    );
  const scale = 4;
  const all = 12 * (attention + mlp + 7 * scale);
  assert.equal(fp8([]), all);
  // A layer by number: the first, and not the tenth and eleventh with it.
  const kept = attention + mlp - 7 * scale; // two bytes instead of one, without the scales
  assert.equal(fp8(["model.layers.1"]), all + kept);
  assert.equal(fp8(["model.layers.1.*"]), all + kept);
  assert.equal(fp8(["model.layers.1*"]), all + 3 * kept);
  assert.equal(fp8(["language_model.model.layers.0.mlp.up_proj"]), all + 128 * 64 - scale);
  assert.equal(fp8(["self_attn"]), all + 12 * (attention - 4 * scale));
  assert.equal(fp8(["model.layers.*.self_attn"]), all + 12 * (attention - 4 * scale));
  assert.equal(fp8(["re:.*layers\\.[0-3]\\.mlp.*"]), all + 4 * (mlp - 3 * scale));
  // "gate" is a module of its own, not a part of gate_proj.
  assert.equal(fp8(["gate"]), all);
});

Deno.test("a list of quantised layers leaves the others as they are", () => {
  const q = {
    quant_algo: "MIXED_PRECISION",
    quant_method: "modelopt",
    quantized_layers: {
      "model.layers.0.mlp.up_proj": { quant_algo: "W4A16_NVFP4", group_size: 16 },
      "model.layers.1.self_attn.o_proj": { quant_algo: "FP8" },
      "lm_head": { quant_algo: "FP8" },
    },
  };
  const up = 128 * 64, out = 64 * 64;
  const saved = (2 * up - (up / 2 + up / 16 + 8)) + (2 * out - (out + 8)) +
    (2 * 6400 - (6400 + 8));
  assert.equal(bytes(q), 2 * 2 * (attention + mlp) - saved);
});

Deno.test("routers stay wide unless they are named", () => {
  const moe = {
    ...base,
    model_type: "mixtral",
    num_local_experts: 4,
    num_experts_per_tok: 2,
    num_key_value_heads: 4,
    quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
  };
  const parts = weightBytes(readModelConfig(moe)).byPart;
  assert.equal(parts.router, 2 * 2 * 4 * 64);
  assert.equal(parts.experts, 2 * 4 * (mlp + 3 * 4));
});

Deno.test("a description beside the configuration counts as the one inside", () => {
  const quantization = {
    producer: { name: "modelopt" },
    quantization: {
      quant_algo: "NVFP4",
      kv_cache_quant_algo: "FP8",
      group_size: 16,
      exclude_modules: ["lm_head"],
    },
  };
  const model = readModelConfig(base, { quantization });
  const linear = attention + mlp;
  assert.equal(model.quantization!.kvCache, "fp8");
  assert.equal(
    weightBytes(model).bytes,
    outside + 2 * (2 * norms + linear / 2 + linear / 16 + 7 * 8),
  );
});

Deno.test("chosen precisions: scales of int4, none of fp4, both halves of int8", () => {
  const model = readModelConfig(base);
  const linear = 2 * (attention + mlp);
  const rest = outside + 2 * 2 * norms;
  const at = (options: Parameters<typeof weightBytes>[1]) =>
    weightBytes(model, options).bytes - rest;
  assert.equal(at({ precision: "fp8" }), linear);
  assert.equal(at({ precision: "fp4" }), linear / 2);
  assert.equal(at({ precision: "mxfp4" }), linear / 2 + linear / 32);
  assert.equal(at({ precision: "int4", groupSize: 32 }), linear / 2 + linear / 32 * 2);
  assert.equal(
    at({ precision: "int4", groupSize: 32, zeroPoints: true }),
    linear / 2 + linear / 32 * 2.5,
  );
  // One scale a row of each map.
  const rows = 2 * (4 * 64 + 2 * 128 + 64);
  assert.equal(at({ precision: "int8" }), linear + 2 * rows);
  assert.equal(weightBytes(model, { precision: "fp32" }).bytes, 2 * weightBytes(model).bytes);
});

Deno.test("bytes as published are refused when the configuration names no number type", () => {
  const { torch_dtype: _, ...unsaid } = base;
  assert.throws(
    () => weightBytes(readModelConfig(unsaid)),
    /does not say how its weights are stored/,
  );
});
