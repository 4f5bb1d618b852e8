import {
  countParameters,
  readModelFacts,
  shippedModel,
  shippedModelIds,
  writeModelFacts,
} from "@joulebook/joulebook/models";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../datasets/models/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

Deno.test("every fact file is shipped, names its source and reads back as it was written", () => {
  assert.equal(files.length, shippedModelIds().length);
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const json = JSON.parse(text) as { id: string; source: string; aliases?: string[] };
    assert.ok(json.source.length > 20, file);
    const model = readModelFacts(json, { path: file });
    const { source, aliases = [] } = json;
    assert.equal(writeModelFacts(model, { source, aliases }), text, file);
    assert.deepEqual(shippedModel(json.id), model);
  }
});

Deno.test("a name without its organisation is enough, when it means one model", () => {
  assert.equal(shippedModel("llama-3.1-8b").id, "meta-llama/Llama-3.1-8B");
  const bare = new Map<string, string>();
  for (const id of shippedModelIds()) {
    const name = id.toLowerCase().replace(/^.*\//, "");
    assert.equal(bare.get(name), undefined, id);
    bare.set(name, id);
  }
});

Deno.test("no two shipped models share a name", () => {
  const names = files.flatMap((file) => {
    const { id, aliases = [] } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
      id: string;
      aliases?: string[];
    };
    return [id, ...aliases].map((name) => name.toLowerCase());
  });
  assert.equal(new Set(names).size, names.length);
});

Deno.test("a model found by another name carries that name", () => {
  const model = shippedModel("Meta-Llama/llama-3.3-70b-instruct");
  assert.equal(model.id, "meta-llama/Llama-3.3-70B-Instruct");
  assert.equal(countParameters(model).total, 70_553_706_496);
});
