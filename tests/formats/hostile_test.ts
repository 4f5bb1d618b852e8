import assert from "node:assert/strict";
import { candidates } from "../../lib/formats/detect.ts";
import { headOf } from "../../lib/formats/head.ts";
import { headerName } from "../../lib/formats/header_names.ts";
import { readInput } from "../../lib/formats/read.ts";
import { unitOfName } from "../../lib/formats/result_units.ts";
import { sourceOf } from "../../lib/formats/source.ts";

Deno.test("a header cell of 300,000 brackets is no header, and is not searched", async () => {
  // Searched, each of these would take minutes: the test would not end.
  const brackets = "[".repeat(300_000);
  assert.equal(headerName(brackets).unit, null);
  assert.equal(unitOfName(brackets), undefined);
  assert.deepEqual(
    candidates(headOf("x", new TextEncoder().encode(brackets))).filter(({ confidence }) =>
      confidence === 3
    ),
    [],
  );
  const table = `phase,${brackets},start_s,end_s\na,1,0,1\n`;
  const { windows } = await readInput(sourceOf(table), { format: "windows-csv" });
  assert.deepEqual(windows[0]!.names, ["a"]);
});

Deno.test("values nested beyond reason are refused, not followed until the stack ends", async () => {
  const deep = `[{"gpu": 0, "socket_power": 1, "x": ${"[".repeat(20_000)}${"]".repeat(20_000)}}]`;
  await assert.rejects(
    readInput(sourceOf(deep), { format: "amd-smi-json" }),
    { name: "InputError", message: /nested/ },
  );
});
