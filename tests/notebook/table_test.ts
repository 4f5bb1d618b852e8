import * as aq from "arquero";
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatHtmlTable, formatTable } from "../../lib/notebook/mod.ts";

const phases = [
  { phase: "prefill", energyJ: 14.234, meanPowerW: 371.2 },
  { phase: "decode", energyJ: 1031.25, meanPowerW: 268 },
  { phase: "tail", energyJ: 0.0521, meanPowerW: NaN },
];

Deno.test("shape on top, units in the head, points in line, a dash for what is missing", () => {
  assert.equal(
    formatTable(phases, { title: "Energy by phase" }),
    `Energy by phase
3 × 3
phase    energy (J)  mean power (W)
───────  ──────────  ──────────────
prefill     14.2                371
decode   1,031                  268
tail         0.0521               –
`,
  );
});

Deno.test("rows, columns and Arquero tables give the same table", () => {
  const columns = {
    phase: phases.map(({ phase }) => phase),
    energyJ: Float64Array.from(phases, ({ energyJ }) => energyJ),
    meanPowerW: Float64Array.from(phases, ({ meanPowerW }) => meanPowerW),
  };
  assert.equal(formatTable(columns), formatTable(phases));
  assert.equal(formatTable(aq.from(phases)), formatTable(phases));
  const sorted = aq.from(phases).filter("d => d.energyJ > 1").orderby("energyJ");
  assert.match(formatTable(sorted), /^2 × 3\n.*\n.*\nprefill .*\ndecode /);
});

Deno.test("a long table shows both ends and says how much lies between", () => {
  const text = formatTable({ i: Array.from({ length: 200 }, (_, i) => i) });
  assert.match(text, /^200 × 1\n/);
  assert.match(text, /\n +9\n… 180 more\n190\n/);
  assert.equal(text.split("\n").length, 1 + 2 + 21 + 1);
  assert.ok(!formatTable({ i: [1, 2] }, { maxRows: 2 }).includes("more"));
});

Deno.test("a wide table shows both ends and says how much lies between", () => {
  const row = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, i]));
  const text = formatTable([row]);
  assert.match(text, /^1 × 30\n/);
  assert.ok(text.includes("c6  … 16 more  c23"));
});

Deno.test("an interval and a reason stand with their value and not alone", () => {
  const rows = [
    { name: "a", energyJ: 26, low: 25.6, high: 26.4, why: null },
    { name: "b", energyJ: 26, low: 25.1, high: 28.3, why: null },
    { name: "c", energyJ: null, low: null, high: null, why: "a gap of 3 s" },
  ];
  const columns = { energyJ: { interval: ["low", "high"], reason: "why" } } as const;
  assert.equal(
    formatTable(rows, { columns }),
    `3 × 2
name            energy (J)
────  ────────────────────
a     26.00 ± 0.40
b     26.0  (25.1 to 28.3)
c      – (a gap of 3 s)
`,
  );
  const html = formatHtmlTable(rows, { columns });
  assert.ok(html.includes("26.0\u2007 (25.1 to 28.3)"));
  assert.ok(html.includes("– <small>(a gap of 3 s)</small>"));
});

Deno.test("heads, units, digits and decimals are as asked", () => {
  const text = formatTable({ energyJ: [1.23456], share: [12.3456], n: [1000.5] }, {
    columns: {
      energyJ: { label: "Energy", unit: "J", digits: 5 },
      share: { unit: "%", decimals: 1 },
      n: { unit: null, digits: 6 },
    },
  });
  assert.ok(text.includes("Energy (J)  share (%)"));
  assert.match(text, /1\.2346 +12\.3 +1,000\.50/);
});

Deno.test("text from a log stays on its line, in its cell, and is no markup", () => {
  const hostile = "<script>alert(1)</script>\u001b[2J\n'\"&";
  const text = formatTable([{ model: hostile }]);
  assert.equal(text.split("\n").length, 5);
  assert.ok(!text.includes("\u001b"));
  const html = formatHtmlTable([{ [hostile]: hostile }], { title: hostile });
  assert.ok(!html.includes("<script") && !html.includes("\u001b"));
  assert.match(formatTable([{ m: "x".repeat(500) }]), /\nx{59}…\n/);
});

Deno.test("a table of nothing has its shape", () => {
  assert.equal(formatTable([]), "0 × 0\n");
  assert.equal(formatTable({ energyJ: [] }), "0 × 1\nenergy (J)\n──────────\n");
  assert.match(formatHtmlTable([]), /0 × 0/);
});

Deno.test("all lines of numbers have their points at one place, whatever the numbers", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 15 }), (values) => {
    const lines = formatTable({ x: values }).split("\n").slice(3, -1);
    const places = lines.filter((line) => line.includes(".")).map((line) => line.indexOf("."));
    assert.ok(new Set(places).size <= 1);
  }));
});
