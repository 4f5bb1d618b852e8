import assert from "node:assert/strict";
import { pickRequests, requestLog, windows } from "../../lib/requests/mod.ts";
import { columnsOf, toTable } from "../../lib/tables/mod.ts";

const log = requestLog({
  submitS: Float64Array.of(0, 1, 2),
  outputTokens: Float64Array.of(1, 2, 3),
  success: Uint8Array.of(1, 0, 1),
  replica: Uint16Array.of(1, 0, 1),
  replicas: ["a", "b"],
  ids: ["x", "y", "z"],
});

Deno.test("a log's table names its replicas and says success in words", () => {
  const rows = toTable(log);
  assert.deepEqual(rows.array("replica"), ["b", "a", "b"]);
  assert.deepEqual(rows.array("success"), [true, false, true]);
  assert.equal(rows.columnNames().includes("cachedTokens"), false);
});

Deno.test("windows and results have their own columns", () => {
  const spans = windows({
    names: ["load", "load"],
    startS: Float64Array.of(0, 5),
    endS: Float64Array.of(1, 7),
  });
  assert.deepEqual(Object.keys(columnsOf(spans)), ["name", "startS", "endS", "referenceJ"]);
  const results = { name: "runs", columns: { model: ["8b"], energyJ: [null] }, units: {} };
  assert.equal(toTable(results).get("energyJ", 0), null);
});

Deno.test("requests picked from a log keep their server, order and repetition", () => {
  const picked = pickRequests(log, [2, 0, 2]);
  assert.deepEqual(picked.ids, ["z", "x", "z"]);
  assert.deepEqual([...picked.replica!], [1, 1, 1]);
  assert.throws(() => pickRequests(log, [3]), RangeError);
});
