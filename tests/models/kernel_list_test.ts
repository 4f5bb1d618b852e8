import { kernelList, type ListedKernel, shippedModel } from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mirrorTest } from "../mirror.ts";

const traced: Record<string, string> = {
  qwen2model: "Qwen/Qwen2-1.5B",
  gpt2model: "openai-community/gpt2",
  bertmodel: "google-bert/bert-large-uncased",
  optmodel: "facebook/opt-1.3b",
};

/** Products on the tensor cores by shape; a product and its transpose are the same work. */
function products(list: readonly ListedKernel[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [dims, [op]] of list) {
    if (op !== "gemm" || dims["useTensorCore"] !== true) continue;
    const sides = [dims["dimM"] as number, dims["dimN"] as number].sort((a, b) => a - b);
    const key = [dims["batch"], ...sides, dims["dimK"]].join(" ");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

mirrorTest(
  "the products of a list are those of EnergAIzer's trace, every shape and count",
  (dir) => {
    const folder = join(dir, "prediction/energaizer/workloads/all");
    let checked = 0;
    for (const file of readdirSync(folder)) {
      const [, family, batch, length] = /^(\w+model)_.*_b(\d+)_s(\d+)_/.exec(file) ?? [];
      const id = family === undefined ? undefined : traced[family];
      if (id === undefined) continue;
      const real = JSON.parse(readFileSync(join(folder, file), "utf8")) as ListedKernel[];
      const ours = kernelList(shippedModel(id), { batch: Number(batch), length: Number(length) });
      assert.deepEqual(
        [...products(ours)].sort(),
        [...products(real)].sort(),
        file,
      );
      // Elementwise passes differ from family to family by a pass or two a layer.
      assert.ok(Math.abs(ours.length / real.length - 1) < 0.16, `${file}: ${ours.length}`);
      checked++;
    }
    assert.ok(checked > 70, String(checked));
  },
);

Deno.test("fused attention is one kernel a layer instead of two products and a softmax", () => {
  const model = shippedModel("openai-community/gpt2");
  const count = (list: readonly ListedKernel[], op: string) =>
    list.filter(([, [name]]) => name === op).length;
  const eager = kernelList(model, { length: 64 });
  const flash = kernelList(model, { length: 64, attention: "flash" });
  assert.equal(count(eager, "softmax"), 12);
  assert.equal(count(flash, "softmax"), 0);
  assert.equal(count(flash, "flash_attention"), 12);
  assert.equal(count(eager, "gemm") - count(flash, "gemm"), 24);
});

Deno.test("logits are one product more, over the asked positions", () => {
  const model = shippedModel("openai-community/gpt2");
  const at = (logits: "last" | "all") =>
    kernelList(model, { batch: 2, length: 8, logits }).at(-1)![0];
  assert.equal(at("last")["dimN"], 2);
  assert.equal(at("all")["dimN"], 16);
});

Deno.test("what a kernel list cannot express is refused", () => {
  for (
    const id of ["Qwen/Qwen3-30B-A3B", "deepseek-ai/DeepSeek-V3", "state-spaces/mamba-2.8b-hf"]
  ) {
    assert.throws(() => kernelList(shippedModel(id), { length: 8 }), /cannot express/);
  }
});
