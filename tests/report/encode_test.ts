import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeColumn, encodeTable } from "../../lib/report/encode.ts";
import { decodeColumn } from "../../lib/report/page/decode.ts";

Deno.test("any column of numbers comes back from a page bit by bit", async () => {
  const decimal = fc.tuple(fc.integer({ min: -1e9, max: 2e9 }), fc.integer({ min: 0, max: 6 }))
    .map(([whole, decimals]) => whole / 10 ** decimals);
  const columns = fc.oneof(
    fc.array(fc.double()),
    fc.array(fc.oneof(decimal, fc.constant(NaN))),
    fc.array(fc.integer({ min: 1_700_000_000_000_000, max: 1_800_000_000_000_000 }))
      .map((micros) => micros.map((of) => of / 1e6)),
    fc.array(fc.constantFrom(0, -0, 2 ** 51, -(2 ** 51), 2 ** 53, Infinity, -Infinity, 5e-324)),
  );
  await fc.assert(fc.asyncProperty(columns, async (values) => {
    const column = Float64Array.from(values);
    const back = await decodeColumn(encodeColumn("x", column), column.length);
    assert.ok(back instanceof Float64Array);
    assert.equal(back.length, column.length);
    for (let i = 0; i < column.length; i++) {
      assert.ok(Object.is(back[i], column[i]), `${column[i]} came back as ${back[i]}`);
    }
  }));
});

Deno.test("any texts come back from a page", async () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constant(null)));
  await fc.assert(fc.asyncProperty(texts, async (column) => {
    const back = await decodeColumn(encodeColumn("x", column), column.length);
    assert.deepEqual(back, column);
  }));
});

Deno.test("times of readings at a steady pace take about a byte each", () => {
  const timeS = Float64Array.from({ length: 10_000 }, (_, i) => 1_772_000_000 + i / 10);
  const { type, data } = encodeColumn("timeS", timeS);
  assert.equal(type, "decimal");
  assert.ok(data.length < 1000, `${data.length} characters`);
});

Deno.test("a table says how many rows it has, also when it has none", () => {
  const table = encodeTable({ id: "a", file: "a.csv", columns: { x: new Float64Array(0) } });
  assert.equal(table.rows, 0);
});
