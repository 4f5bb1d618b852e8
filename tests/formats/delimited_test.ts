import assert from "node:assert/strict";
import { forEachRow } from "../../lib/formats/delimited.ts";
import { readJsonDocuments } from "../../lib/formats/json_documents.ts";
import { sourceOf } from "../../lib/formats/source.ts";

async function rowsOf(text: string): Promise<(readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  await forEachRow(sourceOf(text), ",", ({ cells }) => void rows.push(cells));
  return rows;
}

Deno.test("cells in quotes hold delimiters, doubled quotes and line feeds", async () => {
  assert.deepEqual(await rowsOf('a,"b, c"\n"d\n\ne ""f""",g\n'), [
    ["a", "b, c"],
    ['d\n\ne "f"', "g"],
  ]);
});

Deno.test("a quote that is never closed in a long file is reported, where it begins", async () => {
  const lines = "1,2,3\n".repeat(300_000);
  await assert.rejects(rowsOf(`a,b,"c\n${lines}`), /1: a quoted cell .* never closed/);
});

Deno.test("JSON documents follow one another, amid other text, and the last may be cut", async () => {
  const read = (text: string): Promise<unknown> => readJsonDocuments(sourceOf(text));
  assert.deepEqual(await read('{"a":1}\n{"a":"}"}\n'), {
    documents: [{ a: 1 }, { a: "}" }],
    cut: false,
  });
  assert.deepEqual(await read('warning [x\n[{"a":1},{"a":2},{"a":'), {
    documents: [{ a: 1 }, { a: 2 }],
    cut: true,
  });
  await assert.rejects(read("[".repeat(200_000)), /no whole JSON object/);
});
