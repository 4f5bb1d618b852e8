import {
  parseModelText,
  readModelConfig,
  readModelFacts,
  shippedModel,
} from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";

const llama = {
  model_type: "llama",
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
};
const hybrid = {
  model_type: "nemotron_h",
  vocab_size: 100,
  hidden_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  mamba_num_heads: 8,
  mamba_head_dim: 16,
  ssm_state_size: 16,
  n_groups: 1,
  intermediate_size: 128,
};

const refused: readonly [string, unknown, RegExp][] = [
  [
    "an architecture that is not known",
    { model_type: "zamba2", architectures: ["Zamba2ForCausalLM"] },
    /model_type is not known; found "zamba2 \(architectures: Zamba2ForCausalLM\)"\. Try: use one of/,
  ],
  ["a configuration without model_type", { hidden_size: 64 }, /has no model_type/],
  ["an inherited name of JavaScript", { model_type: "constructor" }, /model_type is not known/],
  [
    "an encoder-decoder",
    { ...llama, is_encoder_decoder: true },
    /encoder-decoder models are not known/,
  ],
  [
    "experts in a family that has none",
    { ...llama, num_experts: 8 },
    /num_experts adds weights that are not known for model_type llama; found "8"/,
  ],
  [
    "a low rank in a family that has none",
    { ...llama, q_lora_rank: 16 },
    /q_lora_rank adds weights/,
  ],
  [
    "a vision tower beside a text model",
    { ...llama, vision_config: { hidden_size: 8 } },
    /vision_config adds weights/,
  ],
  [
    "a kind of layer that is not known",
    { ...llama, layer_types: ["full_attention", "linear_attention"] },
    /layer_types\[1\] is a kind of layer that is not known.*found "linear_attention"/,
  ],
  [
    "a letter of a hybrid pattern that is not known",
    { ...hybrid, hybrid_override_pattern: "M-X*" },
    /hybrid_override_pattern has a block that is not known; found "X"/,
  ],
  [
    "a quantisation method that is not known",
    { ...llama, quantization_config: { quant_method: "hqq" } },
    /quantization_config\.quant_method is not known; found "hqq"/,
  ],
  [
    "layers of linear attention in MiniMax",
    {
      ...llama,
      model_type: "minimax_m2",
      head_dim: 16,
      num_local_experts: 4,
      num_experts_per_tok: 2,
      attn_type_list: [1, 0],
    },
    /attn_type_list has layers of linear attention/,
  ],
];

for (const [what, config, message] of refused) {
  Deno.test(`${what} is refused, not guessed`, () => {
    assert.throws(() => readModelConfig(config, { path: "config.json" }), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, "refused");
      assert.equal(error.location.path, "config.json");
      assert.match(error.message, message);
      return true;
    });
  });
}

const malformed: readonly [string, unknown, RegExp][] = [
  [
    "a missing key",
    { ...llama, hidden_size: undefined },
    /hidden_size is missing; expected a whole number/,
  ],
  [
    "a text for a number",
    { ...llama, num_hidden_layers: "2" },
    /num_hidden_layers cannot be used; expected a whole number, at least 0, found "2"/,
  ],
  [
    "a key inside a text_config, by its path",
    {
      model_type: "qwen3_vl",
      text_config: { ...llama, model_type: "qwen3_vl_text", vocab_size: 1.5 },
    },
    /text_config\.vocab_size cannot be used/,
  ],
  ["a list instead of an object", [], /not a model configuration; .*found "an array"/],
  [
    "a pattern that is not as long as it says",
    { ...hybrid, hybrid_override_pattern: "M-", num_hidden_layers: 3 },
    /num_hidden_layers cannot be used; expected 2, as the pattern has, found "3"/,
  ],
  [
    "too few kinds of layers",
    { ...llama, layer_types: ["full_attention"] },
    /layer_types cannot be used; expected 2 entries, one a layer, found "1"/,
  ],
];

for (const [what, config, message] of malformed) {
  Deno.test(`${what} is reported with its place`, () => {
    const json = JSON.parse(JSON.stringify(config));
    assert.throws(() => readModelConfig(json), message);
  });
}

Deno.test("a key that is not known to be harmless is named, and counts nothing", () => {
  const model = readModelConfig({ ...llama, secret_sauce: 3, rope_theta: 1e4, secret_off: 0 });
  assert.deepEqual(model.notes, ["not read: secret_sauce"]);
});

Deno.test("a name that says more than the configuration is pointed out", () => {
  const model = readModelConfig(llama, { id: "nvidia/Some-8B-NVFP4" });
  assert.match(model.notes[0]!, /the name says NVFP4.*hf_quant_config\.json/);
});

Deno.test("a tower that is not known is not counted, and said so", () => {
  const text = { ...llama, model_type: "llama" };
  const seen = readModelConfig({ model_type: "idefics3", text_config: text, vision_config: {} });
  assert.deepEqual(seen.uncounted, ["vision tower: its kind is not known (idefics3)"]);
  const blind = readModelConfig({ model_type: "llava", text_config: text });
  assert.deepEqual(blind.uncounted, ["vision tower: the configuration has no vision_config"]);
});

Deno.test("text that is not JSON is reported with line and column", () => {
  assert.throws(
    () => parseModelText('{\n  "a": 1,\n  oops\n}', "config.json"),
    /config\.json:3:3: not JSON/,
  );
});

Deno.test("Infinity inside a string stays, a bare one becomes null", () => {
  assert.deepEqual(parseModelText('{"a": "Infinity", "b": [-Infinity, NaN]}'), {
    a: "Infinity",
    b: [null, null],
  });
});

Deno.test("an id that is not shipped is answered with near ones", () => {
  assert.throws(() => shippedModel("meta-llama/Llama-3.1-9B"), /perhaps .*Llama-3\.1-8B/);
});

Deno.test("a fault in a fact file is reported with its path", () => {
  const facts = {
    id: "x",
    modelType: "own",
    hiddenSize: 8,
    vocabSize: 10,
    tied: true,
    layerPrefix: "layers.",
    root: [],
    layers: [{
      mixer: null,
      feedForward: [],
      norms: 0,
      weights: [{ name: "w", part: "mlp", shape: [8, -1] }],
    }],
    order: [0],
  };
  const with_ = (more: object) => ({ ...facts, layers: [{ ...facts.layers[0], ...more }] });
  const cases: readonly [unknown, RegExp][] = [
    [
      facts,
      /layers\[0\]\.weights\[0\]\.shape\[1\] cannot be used; expected at least 1, found "-1"/,
    ],
    [with_({ weights: [], mixer: { kind: "magic" } }), /layers\[0\]\.mixer\.kind cannot be used/],
    [{ ...with_({ weights: [] }), order: [0, 1] }, /order cannot be used; expected numbers of the/],
    [{ ...with_({ weights: [] }), colour: "red" }, /colour is not a field of a model's facts/],
  ];
  for (const [json, message] of cases) assert.throws(() => readModelFacts(json), message);
});
