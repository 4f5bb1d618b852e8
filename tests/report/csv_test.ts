import assert from "node:assert/strict";
import fc from "fast-check";
import { csvCell, csvPieces } from "../../lib/report/page/csv.ts";
import { hostileTexts } from "./generated_report.ts";

/** Cells of CSV text, by RFC 4180 and nothing more. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += c;
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === ",") {
      row.push(cell);
      cell = "";
    } else if (c === "\r" && text[i + 1] === "\n") {
      rows.push([...row, cell]);
      row = [];
      cell = "";
      i++;
    } else cell += c;
  }
  return rows;
}

Deno.test("numbers of a CSV read back exactly, a missing one is empty", () => {
  fc.assert(fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
    const column = Float64Array.from(values);
    const [, ...rows] = parseCsv(csvPieces(["x"], [column]).join(""));
    assert.equal(rows.length, column.length);
    rows.forEach(([cell], i) => {
      if (Number.isNaN(column[i]!)) assert.equal(cell, "");
      // Text has no minus zero.
      else assert.equal(Number(cell), column[i]! + 0);
    });
  }));
});

Deno.test("texts of a CSV read back, but for the apostrophe before a formula", () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...hostileTexts)));
  fc.assert(fc.property(texts, (column) => {
    const [, ...rows] = parseCsv(csvPieces(["x", "y"], [column, column]).join(""));
    assert.equal(rows.length, column.length);
    rows.forEach((cells, i) => {
      for (const cell of cells) assert.ok(cell === column[i] || cell === `'${column[i]}`);
    });
  }));
});

Deno.test("no cell of text begins as a formula", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "\uff1d"]) {
    const cell = csvCell(`${start}1+1`);
    assert.match(cell, /^"?'/, JSON.stringify(cell));
  }
  assert.equal(csvCell("a=1"), "a=1");
  assert.equal(csvCell(-1.5), "-1.5");
});

Deno.test("a part of the rows is written in the order asked for", () => {
  const pieces = csvPieces(["n", "x"], [["a", "b", "c"], Float64Array.of(1, 2, 3)], [2, 0]);
  assert.equal(pieces.join(""), "n,x\r\nc,3\r\na,1\r\n");
});
