/** What every notebook of the repository must be before anybody opens it. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { verdictsMediaType } from "../../lib/notebook/mod.ts";
import { type Cell, parseNotebook, tagsOf } from "../../scripts/notebooks/notebook_file.ts";

const folder = fileURLToPath(new URL("../../notebooks/", import.meta.url));
const paths = readdirSync(folder, { recursive: true }).map(String)
  .filter((path) => path.endsWith(".ipynb") && !path.includes(".ipynb_checkpoints")).sort();

/** Colours of a PNG of 8 bits a channel, as the figures' exit writes it, with how often each is there. */
function coloursOf(png: Uint8Array): Map<string, number> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height, bits, kind] = [view.getUint32(16), view.getUint32(20), png[24], png[25]];
  assert.deepEqual([bits, kind], [8, 6], "RGBA of 8 bits");
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const name = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (name === "IDAT") parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * 4;
  assert.equal(raw.length, height * (stride + 1));
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const left = x >= 4 ? pixels[y * stride + x - 4]! : 0;
      const up = y > 0 ? pixels[(y - 1) * stride + x]! : 0;
      const corner = x >= 4 && y > 0 ? pixels[(y - 1) * stride + x - 4]! : 0;
      const add = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      pixels[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + add;
    }
  }
  const counts = new Map<string, number>();
  const words = new Uint32Array(pixels.buffer);
  for (const word of words) counts.set(String(word), (counts.get(String(word)) ?? 0) + 1);
  return counts;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs);
  return a! <= b! && a! <= c! ? left : b! <= c! ? up : corner;
}

Deno.test("the notebooks are found", () => {
  assert.ok(paths.includes(join("quickstart", "quickstart.ipynb")), paths.join());
});

for (const path of paths) {
  const notebook = parseNotebook(path, readFileSync(join(folder, path), "utf8"));
  const code: Cell[] = notebook.cells.filter((cell) => cell.cell_type === "code");
  const outputs = code.flatMap((cell) => cell.outputs ?? []);

  Deno.test(`${path} has run from its first cell to its last without an error`, () => {
    assert.deepEqual(code.map((cell) => cell.execution_count), code.map((_, i) => i + 1));
    for (const cell of code) {
      const failed = (cell.outputs ?? []).some((output) => output.output_type === "error");
      assert.ok(!failed || tagsOf(cell).includes("raises-exception"), cell.source);
    }
  });

  Deno.test(`${path} says which data it ran on, and has a page beside it`, () => {
    const { data } = notebook.metadata["joulebook"] as { data: string };
    assert.ok(["bundled", "mirror"].includes(data), data);
    assert.ok(existsSync(join(folder, dirname(path), "README.md")));
  });

  Deno.test(`${path}: pictures are no blank paper, and their titles stand in the text`, () => {
    for (const output of outputs) {
      const data = "data" in output ? output.data : {};
      if (!("image/png" in data)) continue;
      const colours = coloursOf(
        Uint8Array.fromBase64(String(data["image/png"]).replace(/\s/g, "")),
      );
      const drawn = [...colours.values()].toSorted((a, b) => b - a);
      const paper = drawn[0]! / drawn.reduce((a, b) => a + b, 0);
      assert.ok(colours.size > 20 && paper < 0.99, `${colours.size} colours, ${paper} paper`);
      const plotly = JSON.stringify(data["application/vnd.plotly.v1+json"]);
      const title = String(data["text/plain"]).split("\n")[0]!;
      assert.ok(plotly.includes(JSON.stringify(title).slice(1, 20)), title);
    }
  });

  Deno.test(`${path}: verdict tables stand in cells that every check compares`, () => {
    for (const cell of code) {
      const shows = (cell.outputs ?? []).some((output) =>
        "data" in output && verdictsMediaType in output.data
      );
      if (shows) assert.ok(tagsOf(cell).includes("verdict"), cell.source);
    }
  });
}
