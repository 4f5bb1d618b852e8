import assert from "node:assert/strict";
import { candidates, detectFormat } from "../../lib/formats/detect.ts";
import { headOf } from "../../lib/formats/head.ts";
import { firstBytes, sourceOf } from "../../lib/formats/source.ts";
import { formats } from "../../lib/formats/table.ts";
import { openFile } from "../../lib/formats/open.ts";
import { fixtureCases } from "./fixture_cases.ts";

Deno.test("formats have distinct ids in kebab case", () => {
  const ids = formats.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[a-z0-9]+(-[a-z0-9.]+)*$/);
});

Deno.test("every fixture is claimed by its own format and by no other as surely", async () => {
  for (const { name, input } of fixtureCases()) {
    const id = name.split("/")[0]!;
    if (id === "unknown" || id === "table" || !formats.some((format) => format.id === id)) continue;
    const found = candidates(headOf(input, await firstBytes(openFile(input), 16_384)));
    const best = found.filter(({ confidence }) => confidence === found[0]!.confidence);
    assert.deepEqual(best.map(({ format }) => format.id), [id], name);
  }
});

Deno.test("no format claims nonsense, and none throws on it", () => {
  const nonsense = ["", "\n\n", "a,b,c", "{", "[", "null", "{}", "[]", "1\n2\n3\n", "\u0000\u0001"];
  for (const text of nonsense) {
    const head = headOf("x", new TextEncoder().encode(text));
    assert.deepEqual(candidates(head).filter(({ confidence }) => confidence === 3), [], text);
  }
});

Deno.test("an unknown id names the ids there are", async () => {
  await assert.rejects(
    detectFormat(sourceOf("x"), "csv"),
    /no format has this id.*nvidia-smi-query/,
  );
});
