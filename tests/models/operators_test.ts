import {
  type Architecture,
  cacheSize,
  countParameters,
  operators,
  shippedModel,
  shippedModelIds,
  sumOperators,
} from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import fc from "fast-check";

const causal = shippedModelIds().map(shippedModel).filter((model) => model.causal);
const anyModel = fc.constantFrom(...causal);
const products = (list: ReturnType<typeof operators>) =>
  list.filter((op) => op.kind === "gemm" || op.kind === "grouped-gemm");

/** Parameters of a model's linear maps that one token multiplies with, without the head. */
function linearParameters(model: Architecture): number {
  let sum = 0;
  for (const kind of model.order) {
    for (const w of model.layers[kind]!.weights) {
      if (w.shape.length !== 2 || w.lookup) continue;
      sum += w.shape[0]! * w.shape[1]! * (w.active ?? w.copies ?? 1);
    }
  }
  return sum;
}

Deno.test("matrix products of the layers take two FLOPs a used parameter and token", () => {
  fc.assert(fc.property(
    anyModel,
    fc.constantFrom("prefill" as const, "decode" as const),
    fc.integer({ min: 1, max: 64 }),
    fc.integer({ min: 1, max: 3000 }),
    (model, phase, batch, length) => {
      const list = products(operators(model, { phase, batch, length, precision: "bf16" }));
      const flops = list.filter((op) => op.part !== "head")
        .reduce((sum, op) => sum + op.count * op.flops, 0);
      const tokens = phase === "prefill" ? batch * length : batch;
      assert.ok(Math.abs(flops / (2 * tokens * linearParameters(model)) - 1) < 1e-9, model.id);
    },
  ));
});

Deno.test("a product's FLOPs are 2 m n k over its batch", () => {
  for (const model of causal) {
    for (const op of products(operators(model, { phase: "prefill", batch: 3, length: 77 }))) {
      const expected = 2 * op.batch * op.m * op.n * op.k;
      assert.ok(Math.abs(op.flops / expected - 1) < 1e-12, `${model.id} ${op.name}`);
    }
  }
});

Deno.test("a large batch reads every weight of the layers once, and no step reads more", () => {
  for (const model of causal) {
    const read = (batch: number) =>
      sumOperators(operators(model, { phase: "decode", batch, length: 10, precision: "bf16" }))
        .weightBytes;
    const { total, towers, byPart } = countParameters(model);
    const looked = model.tied ? 0 : byPart.embedding ?? 0;
    const most = 2 * (total - towers - looked);
    assert.ok(read(1) < read(4096) * 1.0001, model.id);
    assert.ok(read(1_000_000) <= most * 1.001, model.id);
    assert.ok(read(1_000_000) >= most * 0.95, `${model.id}: ${read(1_000_000) / most}`);
  }
});

Deno.test("experts touched follow E (1 - (1 - k/E)^T)", () => {
  const model = shippedModel("mistralai/Mixtral-8x7B-v0.1");
  const [up] = operators(model, { phase: "decode", batch: 3, length: 5 })
    .filter((op) => op.kind === "grouped-gemm");
  assert.equal(up!.batch, 8 * (1 - 0.75 ** 3));
  assert.ok(Math.abs(up!.m * up!.batch - 3 * 2) < 1e-12);
});

Deno.test("a decoding step reads the whole cache and writes one token", () => {
  fc.assert(fc.property(
    fc.constantFrom("meta-llama/Llama-3.1-8B", "Qwen/Qwen3-235B-A22B", "bigscience/bloom"),
    fc.integer({ min: 1, max: 32 }),
    fc.integer({ min: 1, max: 9000 }),
    (id, batch, length) => {
      const model = shippedModel(id);
      const { kvBytes } = sumOperators(operators(model, { phase: "decode", batch, length }));
      const one = cacheSize(model, { length: 1, batch }).bytes;
      assert.equal(kvBytes, cacheSize(model, { length, batch }).bytes + one);
    },
  ));
});

Deno.test("prefill in two pieces has the scores of prefill in one", () => {
  fc.assert(fc.property(
    anyModel,
    fc.integer({ min: 1, max: 6000 }),
    fc.integer({ min: 1, max: 6000 }),
    (model, first, second) => {
      const scores = (length: number, cached: number) =>
        operators(model, { phase: "prefill", length, cached })
          .filter((op) => op.kind === "attention")
          .reduce((sum, op) => sum + op.count * op.elements, 0);
      const whole = scores(first + second, 0);
      const parts = scores(first, 0) + scores(second, first);
      assert.ok(Math.abs(whole - parts) <= 1e-9 * whole, `${model.id}: ${whole} ${parts}`);
    },
  ));
});

Deno.test("prefill of a prompt and its decoding step by step have the same scores", () => {
  for (const model of causal) {
    const length = 300;
    const scores = (list: ReturnType<typeof operators>) =>
      list.filter((op) => op.kind === "attention" && op.name === "attention")
        .reduce((sum, op) => sum + op.count * op.elements, 0);
    let steps = 0;
    for (let i = 1; i <= length; i++) {
      steps += scores(operators(model, { phase: "decode", length: i }));
    }
    const whole = scores(operators(model, { phase: "prefill", length }));
    assert.ok(Math.abs(whole / steps - 1) < 1e-9 || steps === 0, model.id);
  }
});

Deno.test("tensor parallelism deals out the work: the devices together do what one did", () => {
  const model = shippedModel("meta-llama/Llama-3.1-70B");
  const sums = (tensorParallel: number) =>
    sumOperators(operators(model, { phase: "decode", batch: 16, length: 2048, tensorParallel }));
  const alone = sums(1);
  for (const tp of [2, 4, 8]) {
    const share = sums(tp);
    assert.ok(Math.abs(share.flops * tp / alone.flops - 1) < 1e-9);
    assert.ok(Math.abs(share.weightBytes * tp / alone.weightBytes - 1) < 1e-9);
    assert.ok(Math.abs(share.kvBytes * tp / alone.kvBytes - 1) < 1e-9);
  }
  // Two all-reduces a layer and one after the embedding, and the logits gathered.
  const payload = 16 * 8192 * 2;
  assert.equal(
    sums(4).commBytes,
    (2 * 80 + 1) * 2 * 3 / 4 * payload + 16 * 128256 * 2 * 3 / 4,
  );
  assert.equal(alone.commBytes, 0);
});

Deno.test("more devices than KV heads keep a whole head each", () => {
  const model = shippedModel("Qwen/Qwen2.5-7B"); // four KV heads
  const kv = (tensorParallel: number) =>
    sumOperators(operators(model, { phase: "decode", length: 100, tensorParallel })).kvBytes;
  assert.equal(kv(4) * 4, kv(1));
  assert.equal(kv(8), kv(4));
});

Deno.test("pipeline stages add sends and nothing else", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B");
  const list = (pipelineParallel: number) =>
    operators(model, { phase: "prefill", batch: 2, length: 64, pipelineParallel });
  const sends = list(4).filter((op) => op.kind === "send");
  assert.deepEqual(sends.map((op) => [op.count, op.commBytes]), [[3, 2 * 64 * 4096 * 2]]);
  assert.deepEqual(list(4).filter((op) => op.kind !== "send"), list(1));
  assert.throws(() => list(33), /more pipeline stages than layers.*at most 32/);
});

Deno.test("logits are made for the last position unless all are asked for", () => {
  const model = shippedModel("meta-llama/Llama-3.1-8B");
  const head = (logits: "last" | "all") =>
    operators(model, { phase: "prefill", batch: 2, length: 100, logits })
      .find((op) => op.part === "head" && op.kind === "gemm")!;
  assert.equal(head("last").m, 2);
  assert.equal(head("all").m, 200);
});

Deno.test("narrower caches and weights change their own bytes and no FLOPs", () => {
  fc.assert(fc.property(anyModel, fc.integer({ min: 1, max: 2000 }), (model, length) => {
    const at = (options: object) =>
      sumOperators(operators(model, { phase: "decode", length, precision: "bf16", ...options }));
    const wide = at({}), cache = at({ kvPrecision: "fp8" }), weights = at({ precision: "fp4" });
    assert.equal(cache.flops, wide.flops);
    assert.equal(weights.flops, wide.flops);
    assert.ok(cache.kvBytes <= wide.kvBytes);
    assert.ok(weights.weightBytes < wide.weightBytes);
    assert.equal(weights.kvBytes, wide.kvBytes);
  }));
});

Deno.test("an encoder sees both ways and does not decode", () => {
  const bert = shippedModel("google-bert/bert-large-uncased");
  const attention = operators(bert, { phase: "prefill", batch: 2, length: 128 })
    .find((op) => op.kind === "attention")!;
  assert.equal(attention.elements, 2 * 16 * 128 * 128);
  assert.equal(attention.kvBytes, 0);
  assert.throws(() => operators(bert, { phase: "decode", length: 5 }), /does not decode/);
});
