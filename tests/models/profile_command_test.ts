import type { ModelProfile } from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../../scripts/commands/profile.ts";

async function run(...args: string[]): Promise<string> {
  let out = "";
  const status = await command.run(args, {
    out: (text) => void (out += text),
    err: () => {},
    interactive: false,
  });
  assert.equal(status, 0);
  return out;
}

function inFolder(body: (dir: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = mkdtempSync(join(tmpdir(), "profile-"));
    try {
      await body(dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

const config = {
  model_type: "llama",
  vocab_size: 1000,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  torch_dtype: "bfloat16",
};

Deno.test("a shipped model is profiled in SI and binary units", async () => {
  const out = await run("meta-llama/Llama-3.1-8B", "--batch", "128");
  assert.match(out, /8\.030 billion +8 030 261 248/);
  assert.match(out, /16\.06 GB +14\.96 GiB/);
  assert.match(out, /cache, 128 x 1024 tokens +17\.18 GB +16\.00 GiB/);
});

Deno.test("--json is one document with the documented keys", async () => {
  const profile = JSON.parse(
    await run("Qwen/Qwen2.5-7B", "--batch", "128", "--input", "2048", "--output", "1", "--json"),
  ) as ModelProfile;
  assert.equal(profile.parameters, 7_615_616_512);
  assert.equal(profile.cacheBytesPerToken, 57_344);
  assert.equal(profile.cacheBytes, 128 * 2048 * 57_344);
  assert.equal(profile.cacheBytesAtEnd, 128 * 2049 * 57_344);
  assert.equal(profile.stateBytes, 0);
  assert.ok(profile.prefill.flops > 2 * 6.5e9 * 128 * 2048);
});

Deno.test("precision, cache precision and parallelism reach the result", async () => {
  const at = async (...more: string[]) =>
    JSON.parse(await run("Qwen/Qwen3-8B", "--json", ...more)) as ModelProfile;
  const plain = await at();
  assert.equal((await at("--kv-precision", "fp8")).cacheBytes, plain.cacheBytes / 2);
  assert.ok((await at("--precision", "nvfp4")).weightBytes < plain.weightBytes / 2);
  const shared = await at("--tp", "4", "--pp", "2");
  assert.ok(shared.prefill.commBytes > 0);
  assert.ok(Math.abs(shared.decode!.flops * 4 / plain.decode!.flops - 1) < 1e-9);
});

Deno.test(
  "a config.json, its folder and a fact file made from it give the same profile",
  inFolder(async (dir) => {
    const file = join(dir, "config.json");
    writeFileSync(file, JSON.stringify(config));
    const fromFile = JSON.parse(await run(file, "--json")) as ModelProfile;
    assert.deepEqual(JSON.parse(await run(dir, "--json")), fromFile);
    const facts = join(dir, "facts.json");
    writeFileSync(facts, await run(file, "--facts"));
    assert.deepEqual(JSON.parse(await run(facts, "--json")), fromFile);
  }),
);

Deno.test(
  "a quantisation described beside the configuration is honoured",
  inFolder(async (dir) => {
    writeFileSync(join(dir, "config.json"), JSON.stringify(config));
    const plain = JSON.parse(await run(dir, "--json")) as ModelProfile;
    const description = { quantization: { quant_algo: "FP8", exclude_modules: ["lm_head"] } };
    writeFileSync(join(dir, "hf_quant_config.json"), JSON.stringify(description));
    const narrow = JSON.parse(await run(dir, "--json")) as ModelProfile;
    assert.ok(narrow.weightBytes < plain.weightBytes);
    assert.equal(narrow.parameters, plain.parameters);
  }),
);

Deno.test("what cannot be used is said before anything is computed", () => {
  const fails = (message: RegExp, ...args: string[]) =>
    assert.throws(
      () => void command.run(args, { out: () => {}, err: () => {}, interactive: false }),
      (
        error: unknown,
      ) => {
        assert.match((error as Error).message, message);
        return true;
      },
    );
  fails(/give one MODEL/);
  fails(/--batch must be a whole number of at least 1, not 0/, "Qwen/Qwen3-8B", "--batch", "0");
  fails(/--precision must be one of published, .*not fp3/, "Qwen/Qwen3-8B", "--precision", "fp3");
  fails(/no such file/, "nowhere/config.json");
  fails(/not shipped; .*perhaps .*Qwen\/Qwen3-8B/, "Qwen/Qwen3-9B");
});
