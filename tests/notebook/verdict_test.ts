import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import {
  judge,
  type Verdict,
  type VerdictRow,
  verdictsMediaType,
  verdictTable,
} from "../../lib/notebook/mod.ts";

const row = { figure: "Table 2", unit: "J", basis: "measured" } as const;

const cases: readonly (readonly [Omit<VerdictRow, "figure" | "unit" | "basis">, string])[] = [
  [{ published: 100, ours: 104, within: 0.05 }, "reproduced within 5 %"],
  [{ published: 100, ours: 104, within: 0.05, holds: true }, "reproduced within 5 %"],
  [{ published: 1, ours: 1.01, within: 0.01 }, "reproduced within 1 %"],
  [{ published: -100, ours: -104, within: 0.05 }, "reproduced within 5 %"],
  [{ published: 22, ours: 22, within: 0 }, "reproduced exactly"],
  [{ published: 0, ours: 0, within: 0.05 }, "reproduced within 5 %"],
  [{ published: 0, ours: 1, within: 0.05 }, "contradicted (outside 5 %)"],
  [{ published: 100, ours: 106, within: 0.05 }, "contradicted (outside 5 %)"],
  [{ published: 100, ours: -100, within: 0.05 }, "contradicted (outside 5 %)"],
  [{ published: 100, ours: 106, within: 0.05, reason: "why" }, "contradicted (outside 5 %)"],
  [{ published: 100, ours: 106, within: 0.05, holds: true }, "shape only (outside 5 %)"],
  [
    { published: 100, ours: 100, within: 0.05, holds: false },
    "contradicted (the claim, not the number)",
  ],
  [{ published: 100, ours: 106, within: 0.05, holds: false }, "contradicted (outside 5 %)"],
  [{ published: 100, ours: 106, holds: true }, "shape only (no tolerance declared)"],
  [{ published: "about 3x", ours: 1.4, holds: true }, "shape only (no two numbers to compare)"],
  [{ published: null, ours: null, holds: true }, "shape only (no two numbers to compare)"],
  [{ published: "about 3x", ours: 1.4, holds: false }, "contradicted"],
  [{ published: 3, ours: null, within: 0.1, holds: false }, "contradicted"],
  [{ published: "about 3x", ours: 1.4, reason: "too noisy" }, "undecided"],
  [{ published: 100, ours: 104, reason: "other batch size" }, "undecided"],
  [{ published: 100, ours: null, reason: "needs the mirror" }, "cannot be checked"],
  [{ published: 100, ours: null, within: 0.1, reason: "needs the mirror" }, "cannot be checked"],
  [{ published: null, ours: 100, reason: "the figure could not be read" }, "cannot be checked"],
];

for (const [given, text] of cases) {
  Deno.test(`${JSON.stringify(given)} is ${text}`, () => {
    const judged = judge({ ...row, ...given });
    assert.equal(judged.text, text);
    assert.equal(judged.verdict, text.replace(/ (within|exactly|\().*/, ""));
  });
}

Deno.test("rows that cannot be decided, or contradict themselves, are refused by name", () => {
  const refused: readonly (readonly [Partial<VerdictRow>, RegExp])[] = [
    [{ published: null, ours: null }, /"Table 2": nothing decides it; expected holds .*reason/],
    [{ published: 1, ours: 2 }, /nothing decides it; expected within .*holds .*reason/],
    [{ published: null, ours: 2, within: 0.1 }, /nothing decides it/],
    [{ published: "3x", ours: 2, within: 0.1, holds: true }, /a tolerance beside a text/],
    [{ published: NaN, ours: 2, within: 0.1 }, /published is no number.*found "NaN"/],
    [{ published: 1, ours: Infinity, within: 0.1 }, /ours is no number/],
    [{ published: 1, ours: 1, within: -0.1 }, /within is no tolerance/],
    [{ published: 1, ours: 1, within: NaN }, /within is no tolerance/],
  ];
  for (const [given, message] of refused) {
    assert.throws(
      () => judge({ ...row, published: 1, ours: 1, ...given }),
      (error) => error instanceof InputError && message.test(error.message),
      JSON.stringify(given),
    );
  }
});

Deno.test("two numbers and a tolerance are reproduced exactly when they differ by no more", () => {
  const number = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  const sign = fc.constantFrom(-1, 1);
  fc.assert(fc.property(
    number,
    sign,
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.double({
      min: 0.001,
      max: 2,
      noNaN: true,
    }),
    (size, side, off, within) => {
      fc.pre(Math.abs(Math.abs(off) - within) > 1e-9);
      const published = side * size;
      const judged = judge({ ...row, published, ours: published + off * size, within });
      assert.equal(judged.verdict, Math.abs(off) < within ? "reproduced" : "contradicted");
      assert.ok(Math.abs(judged.difference! - off) < 1e-9);
    },
  ));
});

Deno.test("a claim that does not hold is contradicted, whatever else a row says", () => {
  const side = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));
  fc.assert(
    fc.property(side, side, fc.option(fc.double({ min: 0, max: 9, noNaN: true })), (a, b, w) => {
      const { verdict } = judge({
        ...row,
        published: a,
        ours: b,
        holds: false,
        ...(w !== null && { within: w }),
      });
      assert.equal(verdict satisfies Verdict, "contradicted");
    }),
  );
});

const rows: readonly VerdictRow[] = [
  { ...row, figure: "A", published: 17.18, ours: 17.2, unit: "GB", within: 0.01 },
  { ...row, figure: "B", published: "about 3x", ours: "1.4x", unit: null, holds: true },
  { ...row, figure: "C", published: 0.1, ours: 3.5, within: 0.05 },
  { ...row, figure: "D", published: 1, ours: null, reason: `no run of it <b>${"x".repeat(80)}` },
];

Deno.test("the table tells published, ours, the difference, the basis and the verdict of each row", async () => {
  const bundle = await verdictTable(rows, { title: "Paper" })[Symbol.for("Jupyter.display")]!();
  const lines = String(bundle["text/plain"]).split("\n");
  assert.equal(
    lines[0],
    "Paper: 4 figures, 1 reproduced, 1 shape only, 1 contradicted, 1 cannot be checked",
  );
  assert.match(lines[4]!, /^A +17\.2 GB +17\.2 GB +\+0\.1 % +measured +reproduced within 1 %$/);
  assert.match(lines[5]!, /^B +about 3x +1\.4x +– +measured +shape only/);
  assert.match(
    lines[6]!,
    /^C +0\.100 J +3\.50 J +\+3,400 % +measured +contradicted \(outside 5 %\)$/,
  );
  assert.match(lines[7]!, /^D +1\.00 J +– +– +– +cannot be checked +no run of it <b>x{80}$/);
  const html = String(bundle["text/html"]);
  assert.match(html, /white-space:normal">no run of it &lt;b&gt;x{80}</);
  assert.deepEqual(bundle[verdictsMediaType], [
    { figure: "A", verdict: "reproduced" },
    { figure: "B", verdict: "shape only" },
    { figure: "C", verdict: "contradicted" },
    { figure: "D", verdict: "cannot be checked" },
  ]);
});

Deno.test("a table without reasons has no column for them; one name for two figures is refused", async () => {
  const bundle = await verdictTable(rows.slice(0, 1))[Symbol.for("Jupyter.display")]!();
  assert.match(String(bundle["text/plain"]), /^1 figure, 1 reproduced\n1 × 6\n/);
  const fine = await verdictTable(rows.slice(0, 1), {
    digits: 4,
  })[Symbol.for("Jupyter.display")]!();
  assert.match(String(fine["text/plain"]), / 17\.18 GB +17\.20 GB /);
  assert.throws(() => verdictTable([rows[0]!, rows[0]!]), /one name.*found "A"/);
});
