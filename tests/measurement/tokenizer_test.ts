import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../lib/measurement/load_tokenizer.ts";
import { put, testFolder } from "./fake_sink.ts";

/** Byte-level BPE of 340 tokens, trained for this test; it puts one token before each prompt. */
const path = fileURLToPath(new URL("tokenizer.json", import.meta.url));

Deno.test("a tokenizer counts as the reference implementation does", async () => {
  const tokenizer = await loadTokenizer(path);
  assert.equal(tokenizer.name, "tokenizer.json");
  assert.equal(tokenizer.sha256.length, 64);
  // Counted by Hugging Face's tokenizers 0.23.3 (Rust) with the same file.
  const counted: [string, number][] = [
    ["a joule is a watt for a second", 8],
    [" word word é€ word", 12],
    ["tokens, 123 watts!", 8],
    ["é€😀", 9],
  ];
  for (const [text, tokens] of counted) {
    assert.equal(tokenizer.answer(text), tokens, text);
    assert.equal(tokenizer.prompt(text), tokens + 1, text);
  }
  assert.equal(tokenizer.answer(""), 0);
});

Deno.test("what is no tokenizer is refused with its path", async () => {
  const dir = testFolder();
  put(join(dir, "a.json"), "{}");
  put(join(dir, "b.json"), "not JSON");
  await assert.rejects(loadTokenizer(join(dir, "a.json")), /has no model of a tokenizer/);
  await assert.rejects(loadTokenizer(join(dir, "b.json")), /this is no JSON/);
  await assert.rejects(loadTokenizer(join(dir, "c.json")), /there is no such file/);
  rmSync(dir, { recursive: true });
});
