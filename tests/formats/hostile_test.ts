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

Deno.test("UTF-16 is named, with its mark or without, and how to convert it", async () => {
  const text = "timestamp, power.draw [W]\n2024/03/29 08:43:09.805, 25.09 W\n";
  const little = new Uint8Array(new Uint16Array([...text].map((c) => c.charCodeAt(0))).buffer);
  const big = little.map((_, i) => little[i ^ 1]!);
  for (const bytes of [little, big, [0xff, 0xfe, ...little], [0xfe, 0xff, ...big]]) {
    await assert.rejects(readInput(sourceOf(Uint8Array.from(bytes))), {
      code: "malformed",
      message: /this is UTF-16.*Out-File -Encoding utf8/,
    });
  }
});

Deno.test("a trace of nothing but losses is empty, and says what was lost", async () => {
  const text = "timestamp, index, power.draw [W]\n" +
    "2024/03/29 08:43:09.805, 0, [N/A]\n2024/03/29 08:43:10.805, 0, [N/A]\n";
  await assert.rejects(readInput(sourceOf(text)), { code: "empty", message: /2 x not-available/ });
});

Deno.test("times whose unit is not given or wrong are refused, not read as seconds", async () => {
  const table = sourceOf("t,p\n1711699200000,100\n1711699201000,100\n");
  const columns = { time: "t", value: "p", unit: "W" };
  await assert.rejects(readInput(table, { columns: { ...columns, timeFormat: "iso" } }), {
    code: "bad-option",
    message: /give timeFormat=/,
  });
  await assert.rejects(readInput(table, { columns: { ...columns, timeFormat: "s" } }), {
    code: "refused",
    message: /look like milliseconds/,
  });
  const { series } = await readInput(table, { columns: { ...columns, timeFormat: "ms" } });
  assert.equal(series[0]!.timeS[0], 1711699200);
  await assert.rejects(
    readInput(sourceOf("phase,start_s,end_s\na,1711699200000,1711699201000\n")),
    { code: "refused", message: /look like milliseconds/ },
  );
});

Deno.test("windows on another clock than most are counted and left out, negative energies are none", async () => {
  const { windows, dropped } = await readInput(sourceOf(
    "phase,start,end,energy_per_token_j,energy_j\n" +
      "a,2024-03-29T08:00:00Z,2024-03-29T08:00:10Z,1,1000\n" +
      "b,2024-03-29T08:00:10,2024-03-29T08:00:20,1,1000\n" +
      "c,2024-03-29T08:00:20Z,2024-03-29T08:00:30,1,1000\n" +
      "d,2024-03-29T08:00:30Z,2024-03-29T08:00:40Z,1,-5\n",
  ));
  assert.equal(windows[0]!.clock, "epoch");
  assert.deepEqual(windows[0]!.names, ["a", "d"]);
  assert.equal(windows[0]!.reference!.column, "energy_j");
  assert.deepEqual([...windows[0]!.referenceJ!], [1000, NaN]);
  assert.equal(dropped.find(({ reason }) => reason === "other-clock")?.count, 2);
});
