import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { toPlotly, toPng } from "../../lib/figures/mod.ts";
import { display, table } from "../../lib/notebook/mod.ts";
import { allFigures } from "../figures/all_figures.ts";

const show = Symbol.for("Jupyter.display");
const figure = allFigures.find(([name]) => name === "groupedBars")![1];

Deno.test("a figure comes as picture, Plotly JSON and text in one bundle", async () => {
  const bundle = await display(figure, { look: "dark", scale: 1 })[show]!();
  assert.deepEqual(
    Uint8Array.fromBase64(String(bundle["image/png"])),
    await toPng(figure, { look: "dark", scale: 1 }),
  );
  assert.deepEqual(
    bundle["application/vnd.plotly.v1+json"],
    toPlotly(figure, { look: "dark" }),
  );
  assert.match(String(bundle["text/plain"]), /^Decode takes most.*\nGenerated\. Mean of 100/);
});

Deno.test("a figure that cannot be drawn says so when it is shown", async () => {
  await assert.rejects(display({ ...figure, panels: [] })[show]!(), InputError);
});

Deno.test("a table comes as HTML and text", async () => {
  const bundle = await table([{ energyJ: 1 }], { title: "One" })[show]!();
  assert.deepEqual(Object.keys(bundle), ["text/html", "text/plain"]);
  assert.match(String(bundle["text/plain"]), /^One\n1 × 1\n/);
});
