import {
  type Architecture,
  cacheSize,
  shippedModel,
  shippedModelIds,
} from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import fc from "fast-check";

// Bytes a token, worked out by hand from the published shapes (two bytes a number).
const perToken: Record<string, number> = {
  "meta-llama/Llama-3.1-8B": 2 * 32 * 8 * 128 * 2,
  "Qwen/Qwen2.5-7B": 2 * 28 * 4 * 128 * 2,
  "meta-llama/Llama-2-7b-hf": 2 * 32 * 32 * 128 * 2,
  "tiiuae/falcon-7b": 2 * 32 * 1 * 64 * 2,
  "deepseek-ai/DeepSeek-V3": 61 * (512 + 64) * 2,
  "deepseek-ai/DeepSeek-V3.2": 61 * (512 + 64 + 128) * 2,
  "nvidia/Nemotron-H-8B-Base-8K": 2 * 4 * 8 * 128 * 2,
  "Qwen/Qwen3.5-35B-A3B": 2 * 10 * 2 * 256 * 2,
  "state-spaces/mamba-2.8b-hf": 0,
};

Deno.test("bytes a token follow the closed form of each kind of attention", () => {
  for (const [id, bytes] of Object.entries(perToken)) {
    const { byKind } = cacheSize(shippedModel(id), { length: 16 });
    assert.equal(byKind.reduce((sum, kind) => sum + kind.longRunBytesPerToken, 0), bytes, id);
  }
});

Deno.test("a Mamba-2 layer keeps its state and its convolution, whatever the length", () => {
  const model = shippedModel("nvidia/Nemotron-H-8B-Base-8K");
  const layer = 2 * (128 * 64 * 128 + (128 * 64 + 2 * 8 * 128) * 4);
  for (const length of [1, 1000, 100_000]) {
    assert.equal(cacheSize(model, { length, batch: 3 }).stateBytes, 3 * 24 * layer);
  }
});

Deno.test("the state has the number type that the configuration names", () => {
  // 23 layers: state in FP32, convolution in the type of the activations.
  const model = shippedModel("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16");
  const layer = 4 * 64 * 64 * 128 + 2 * (64 * 64 + 2 * 8 * 128) * 4;
  assert.equal(cacheSize(model, { length: 1 }).stateBytes, 23 * layer);
});

Deno.test("a sliding window bounds its layers and no others", () => {
  const model = shippedModel("google/gemma-3-27b-it"); // 62 layers, five of six slide over 1024
  const full = model.order.filter((kind) => {
    const mixer = model.layers[kind]!.mixer;
    return mixer?.kind === "attention" && mixer.window === null;
  }).length;
  assert.equal(full, 10);
  const token = 2 * 16 * 128 * 2;
  const at = (length: number) => cacheSize(model, { length }).bytes;
  assert.equal(at(1024), 62 * 1024 * token);
  assert.equal(at(5000), (10 * 5000 + 52 * 1024) * token);
});

Deno.test("DeepSeek-V4 keeps a window and one entry every 4 or 128 tokens", () => {
  const model = shippedModel("deepseek-ai/DeepSeek-V4-Flash");
  const { byKind, kvBytes } = cacheSize(model, { length: 4096 });
  const window = 128 * 512;
  assert.equal(
    kvBytes,
    2 * (2 * window + 21 * (window + 1024 * (512 + 128)) + 20 * (window + 32 * 512)),
  );
  assert.deepEqual(byKind.map((kind) => kind.layers), [2, 21, 20]);
});

Deno.test("an encoder keeps nothing", () => {
  const bert = shippedModel("google-bert/bert-large-uncased");
  assert.deepEqual(cacheSize(bert, { length: 512 }), {
    bytes: 0,
    kvBytes: 0,
    stateBytes: 0,
    byKind: [],
  });
});

const anyModel = fc.constantFrom(...shippedModelIds()).map(shippedModel);

Deno.test("the cache is proportional to the batch and never shrinks with length", () => {
  fc.assert(fc.property(
    anyModel,
    fc.integer({ min: 1, max: 64 }),
    fc.integer({ min: 1, max: 20_000 }),
    fc.integer({ min: 0, max: 20_000 }),
    (model: Architecture, batch, length, more) => {
      const one = cacheSize(model, { length }).bytes;
      assert.equal(cacheSize(model, { length, batch }).bytes, batch * one);
      assert.ok(cacheSize(model, { length: length + more }).bytes >= one);
    },
  ));
});

Deno.test("half the bits make half the keys and values and leave a named state alone", () => {
  fc.assert(fc.property(anyModel, fc.integer({ min: 1, max: 5000 }), (model, length) => {
    const wide = cacheSize(model, { length, precision: "bf16" });
    const narrow = cacheSize(model, { length, precision: "fp8" });
    assert.equal(narrow.kvBytes, wide.kvBytes / 2);
    if (model.stateDtype !== null) assert.equal(narrow.stateBytes, wide.stateBytes);
  }));
});

Deno.test("a length that is no whole number is refused", () => {
  const model = shippedModel("openai-community/gpt2");
  for (const length of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => cacheSize(model, { length }), /length cannot be used/);
  }
});
