import assert from "node:assert/strict";
import { orderRows, pickRows, type RowQuery } from "../../lib/report/page/pick_rows.ts";

const columns = {
  names: ["load/0", "load/1", null, "Warm-up/2"],
  startS: Float64Array.of(0, 10, 20, 30),
  endS: Float64Array.of(5, 15, NaN, 35),
  energyJ: Float64Array.of(3, 1, NaN, 2),
};
const all: RowQuery = { text: "", energy: "all", leastJ: 0, span: null };

function pick(query: Partial<RowQuery>, largestFirst = false): number[] {
  return [...pickRows(orderRows(columns.energyJ, largestFirst), columns, { ...all, ...query })];
}

Deno.test("rows are ordered by a key, those without it last", () => {
  assert.deepEqual(pick({}), [1, 3, 0, 2]);
  assert.deepEqual(pick({}, true), [0, 3, 1, 2]);
  assert.deepEqual([...orderRows(Float64Array.of(1, 2, 2), false)], [0, 1, 2]);
});

Deno.test("rows are found by a part of their name, whatever its case", () => {
  assert.deepEqual(pick({ text: "warm" }), [3]);
  assert.deepEqual(pick({ text: "LOAD" }), [1, 0]);
});

Deno.test("rows are found by their energy, or because they have none", () => {
  assert.deepEqual(pick({ energy: "with" }), [1, 3, 0]);
  assert.deepEqual(pick({ energy: "without" }), [2]);
  assert.deepEqual(pick({ leastJ: 2 }), [3, 0]);
});

Deno.test("rows are found when they touch a span; one without an end has a start", () => {
  assert.deepEqual(pick({ span: { fromS: 4, toS: 11 } }), [1, 0]);
  assert.deepEqual(pick({ span: { fromS: 20, toS: 21 } }), [2]);
});
