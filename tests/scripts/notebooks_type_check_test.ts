import assert from "node:assert/strict";
import { failingLine } from "../../scripts/notebooks/failing_line.ts";
import type { Cell, Notebook } from "../../scripts/notebooks/notebook_file.ts";
import { moduleOf, parseReport } from "../../scripts/notebooks/type_check.ts";

function notebook(...sources: string[]): Notebook {
  const cells = sources.map((source, i): Cell => ({
    cell_type: source.startsWith("# ") ? "markdown" : "code",
    id: String(i),
    source,
    metadata: {},
  }));
  return { path: "/books/power/n.ipynb", cells, metadata: {} };
}

Deno.test("relative imports of a cell keep starting at the notebook's folder", () => {
  const { code } = moduleOf(notebook(
    'import { a } from "../mod.ts";\nconst b = await import("./b.ts");\nimport "arquero";',
  ));
  assert.match(code, /from "file:\/\/\/books\/mod.ts"/);
  assert.match(code, /import\("file:\/\/\/books\/power\/b.ts"\)/);
  assert.match(code, /import "arquero"/);
});

Deno.test("a fault is found in its cell, counted as Jupyter counts code cells", () => {
  const { origin } = moduleOf(notebook("# title", "const a = 1;", "\nconst b: string = a;"));
  const report = `Check file:///t/cells.ts
TS2322 [ERROR]: Type 'number' is not assignable to type 'string'.
const b: string = a;
      ~
    at file:///t/cells.ts:5:7

error: Type checking failed.`;
  assert.deepEqual(parseReport(report, "file:///t/cells.ts", origin), [
    { cell: 2, line: 2, message: "Type 'number' is not assignable to type 'string'. (TS2322)" },
  ]);
});

Deno.test("a fault in a module that the notebook imports is told with its place", () => {
  const report = `TS1 [ERROR]: Broken.
x
~
    at file:///lib/x.ts:7:1

`;
  assert.deepEqual(parseReport(report, "file:///t/cells.ts", [null]), [
    { cell: null, line: null, message: "file:///lib/x.ts:7: Broken. (TS1)" },
  ]);
});

Deno.test("the failing line is found behind types, comments and imports", async () => {
  const source = `// why
import {
  join,
} from "node:path";
import type { Stats } from "node:fs";

interface Reading {
  powerW: number;
}
const text: string = \`

\`;
boom();`;
  // The kernel's code: comment, import, text in three lines, boom.
  assert.equal(await failingLine(source, ["Error", "  at <anonymous>:6:1"]), 13);
});

Deno.test("a stack that names no line of the cell gives none", async () => {
  assert.equal(await failingLine("boom();", ["Error: boom"]), null);
});
