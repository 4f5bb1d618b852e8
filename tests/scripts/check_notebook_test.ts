import assert from "node:assert/strict";
import { verdictsMediaType } from "../../lib/notebook/mod.ts";
import type { Output } from "../../scripts/notebooks/cell_outputs.ts";
import {
  checkNotebook,
  type Data,
  dataFor,
  lossOfWriting,
  withData,
} from "../../scripts/notebooks/check_notebook.ts";
import type { Notebook } from "../../scripts/notebooks/notebook_file.ts";

const asksForMirror = 'const mirror = Deno.env.get("JOULEBOOK_MIRROR");';

function show(text: string, verdicts?: Readonly<Record<string, string>>): Output {
  const list = Object.entries(verdicts ?? {}).map(([figure, verdict]) => ({ figure, verdict }));
  return {
    output_type: "execute_result",
    execution_count: 1,
    metadata: {},
    data: { "text/plain": text, ...(verdicts && { [verdictsMediaType]: list }) },
  };
}

/** A notebook of a plain cell and one tagged `verdict`. */
function notebook(data: Data, plain: Output, verdict: Output): Notebook {
  const cell = { cell_type: "code", source: asksForMirror, execution_count: 1 } as const;
  return withData({
    path: "a.ipynb",
    metadata: {},
    cells: [
      { ...cell, id: "a", metadata: {}, outputs: [plain] },
      { ...cell, id: "b", metadata: { tags: ["verdict"] }, outputs: [verdict] },
    ],
  }, data);
}

const all = { A: "reproduced", B: "shape only" };
const stored = notebook("mirror", show("1"), show("A 1, B 2", all));
const messages = (fresh: Notebook, fast: boolean, from = stored) =>
  checkNotebook(from, fresh, fast).problems.map(({ cell, message }) => `[${cell}] ${message}`);

Deno.test("on the same data every output counts", () => {
  assert.deepEqual(checkNotebook(stored, stored, false), { problems: [], note: "" });
  assert.deepEqual(messages(notebook("mirror", show("2"), show("A 1, B 3", all)), false), [
    '[1] text/plain, line 1: stored "1", now "2"',
    '[2] text/plain, line 1: stored "A 1, B 2", now "A 1, B 3"',
  ]);
});

Deno.test("in fast mode, and on other data, only verdicts count, and not their numbers", () => {
  const other = [show("2"), show("A 5, B 6", all)] as const;
  assert.deepEqual(messages(notebook("mirror", ...other), true), []);
  assert.deepEqual(messages(notebook("bundled", ...other), false), []);
  const changed = [show("2"), show("A 5, B 6", { ...all, B: "contradicted" })] as const;
  const told = ['[2] verdict of "B": stored shape only, now contradicted'];
  assert.deepEqual(messages(notebook("mirror", ...changed), true), told);
  assert.deepEqual(messages(notebook("bundled", ...changed), false), told);
  assert.deepEqual(messages(notebook("bundled", ...changed), true), told);
});

Deno.test("what a run cannot check for want of time or data is counted and no change", () => {
  const less = [show("2"), show("A -", { A: "cannot be checked", B: "shape only" })] as const;
  assert.deepEqual(checkNotebook(stored, notebook("mirror", ...less), true), {
    problems: [],
    note: "1 verdict not checked here",
  });
  assert.deepEqual(checkNotebook(stored, notebook("bundled", ...less), true), {
    problems: [],
    note: "outputs made with mirror data, only verdicts compared; 1 verdict not checked here",
  });
  // The other way about: a run with the mirror checks more than what is stored.
  const poorer = notebook("bundled", ...less);
  assert.deepEqual(messages(stored, false, poorer), []);
  assert.deepEqual(messages(stored, true, poorer), []);
  // A run that has all of it has no excuse, and neither have outputs that had.
  assert.equal(messages(notebook("mirror", ...less), false).length, 2);
  assert.deepEqual(messages(stored, true, notebook("mirror", ...less)), [
    '[2] verdict of "A": stored cannot be checked, now reproduced',
  ]);
});

Deno.test("figures that come or go are changes in every mode", () => {
  const renamed = [show("1"), show("A 1, C 2", { A: "reproduced", C: "shape only" })] as const;
  for (const [data, fast] of [["mirror", true], ["bundled", true], ["bundled", false]] as const) {
    assert.deepEqual(messages(notebook(data, ...renamed), fast), [
      '[2] figure "B" is gone; it was shape only',
      '[2] new figure "C": shape only',
    ]);
  }
});

Deno.test("a verdict table that is lost fails; other outputs of a tagged cell count on the same data", () => {
  assert.equal(messages(notebook("bundled", show("1"), show("A 1, B 2")), true).length, 1);
  const plain = notebook("mirror", show("1"), show("holds"));
  assert.deepEqual(messages(notebook("mirror", show("1"), show("fails")), true, plain), [
    '[2] text/plain, line 1: stored "holds", now "fails"',
  ]);
  assert.deepEqual(messages(notebook("bundled", show("1"), show("fails")), true, plain), []);
});

Deno.test("a notebook has the mirror's data when there is one and its code asks for it", () => {
  const silent = { ...stored, cells: stored.cells.map((cell) => ({ ...cell, source: "1" })) };
  assert.equal(dataFor(stored, "some/mirror"), "mirror");
  assert.equal(dataFor(stored, undefined), "bundled");
  assert.equal(dataFor(silent, "some/mirror"), "bundled");
});

Deno.test("a run without the mirror says that it takes the place of one with it", () => {
  const poorer = notebook("bundled", show("2"), show("A -"));
  assert.match(lossOfWriting(stored, poorer), /in place of outputs made with mirror data/);
  assert.equal(lossOfWriting(poorer, stored), "");
  assert.equal(lossOfWriting(stored, stored), "");
});
