import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { InputError } from "../../lib/errors.ts";
import { type Figure, type Mark, toPlotly, toPng, toSvg } from "../../lib/figures/mod.ts";
import { allFigures } from "./all_figures.ts";

function figureOf(...marks: Mark[]): Figure {
  return {
    title: "T",
    caption: "C",
    origin: "generated",
    panels: [{ x: { label: "X", unit: "s" }, y: { label: "Y", unit: "W" }, marks }],
  };
}

Deno.test("the caption begins with where the numbers come from", () => {
  const captionOf = (origin: Figure["origin"]) =>
    /<desc>([^<]*)</.exec(toSvg({ ...figureOf({ mark: "text", x: 0, y: 0, text: "" }), origin }))
      ?.[1];
  assert.equal(captionOf("measured"), "Measured. C.");
  assert.equal(captionOf(["modelled", "measured"]), "Modelled and measured. C.");
  assert.equal(
    captionOf(["published", "modelled", "simulated"]),
    "Published, modelled and simulated. C.",
  );
  assert.throws(() => captionOf([]), InputError);
});

Deno.test("one sample in a million that is a peak is drawn, and the caption says what is not", () => {
  const n = 1_000_000;
  const x = Float64Array.from({ length: n }, (_, i) => i / 1000);
  const y = new Float64Array(n).fill(100);
  y[654_321] = 700;
  const { data, layout } = toPlotly(figureOf({ mark: "line", series: "GPU", x, y }));
  const [xs, ys] = [data[0]!["x"] as number[], data[0]!["y"] as number[]];
  assert.equal(xs[ys.indexOf(700)], 654.321);
  assert.ok(xs.length < 4000);
  const { notes } = layout["meta"] as { notes: string[] };
  assert.match(notes[0]!, /^GPU: [\d,]+ of 1,000,000 samples drawn, every peak kept$/);
});

Deno.test("text from a log is text in every exit", () => {
  const hostile = `</text><script>alert("1")</script><a href='javascript:x'>&\u0000\ud83d`;
  const svg = toSvg({
    ...figureOf(
      { mark: "line", series: hostile, x: [0, 1], y: [0, 1] },
      { mark: "line", series: "b", x: [0, 1], y: [1, 0] },
      { mark: "rule", axis: "y", at: 0.5, text: hostile },
    ),
    title: hostile,
    caption: hostile,
  });
  assert.ok(!/<script|<a /.test(svg));
  assert.ok(!svg.includes("\u0000"));
  const { data, layout } = toPlotly(figureOf(
    { mark: "line", series: hostile, x: [0, 1], y: [0, 1] },
    { mark: "text", x: 0, y: 0, text: hostile },
  ));
  assert.ok(!JSON.stringify([data[0]!["name"], layout["annotations"]]).includes("<script"));
});

Deno.test("a figure that contradicts itself is refused with what was expected", () => {
  const refused = (figure: Figure, pattern: RegExp) =>
    assert.throws(() => toSvg(figure), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, "bad-option");
      assert.match(error.message, pattern);
      return true;
    });
  refused(
    figureOf({ mark: "line", series: "a", x: [0, 1], y: [1] }),
    /line: columns of different length; expected 2 values, found "1"/,
  );
  refused(
    figureOf({ mark: "line", series: "a", x: ["one"], y: [1] }),
    /a name on an axis of numbers/,
  );
  refused(figureOf({ mark: "line", series: "a", x: [], y: [] }), /x axis "X" has no range/);
  refused(
    figureOf(
      { mark: "area", series: "a", x: [0, 1], y: [1, 1] },
      { mark: "area", series: "b", x: [0, 2], y: [1, 1] },
    ),
    /area "b" has another x than "a"/,
  );
  refused(
    figureOf({ mark: "heat", x: ["a"], y: ["b"], value: [1], label: "v", unit: null }),
    /a heat map needs names on both axes/,
  );
  const bars = figureOf({ mark: "bars", series: "a", x: [1, 2], y: [1, 2] });
  const [panel] = bars.panels;
  refused(
    { ...bars, panels: [{ ...panel!, y: { ...panel!.y, scale: "log" } }] },
    /no zero to stand on/,
  );
  refused({ ...bars, panels: [] }, /no panels/);
});

Deno.test("a figure is not changed by drawing it", () => {
  for (const [, figure] of allFigures) {
    const before = structuredClone(figure);
    toSvg(figure);
    toPlotly(figure);
    assert.deepEqual(figure, before);
  }
});

Deno.test("two figures on one page do not share names of clip paths", () => {
  const clipped = (top: number): Figure => {
    const figure = figureOf({ mark: "line", series: "a", x: [0, 1], y: [0, 1] });
    const [panel] = figure.panels;
    return { ...figure, panels: [{ ...panel!, y: { ...panel!.y, domain: [0, top] } }] };
  };
  const idOf = (svg: string) => /clipPath id="([^"]+)"/.exec(svg)?.[1];
  assert.ok(idOf(toSvg(clipped(0.5))));
  assert.notEqual(idOf(toSvg(clipped(0.5))), idOf(toSvg(clipped(0.6))));
  assert.equal(toSvg(clipped(0.5)), toSvg(clipped(0.5)));
});

/** Width, height and distinct colours of a PNG of 8-bit RGB(A) pixels. */
function readPng(png: Uint8Array): { width: number; height: number; colours: number } {
  const view = new DataView(png.buffer, png.byteOffset);
  const idat: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === "IDAT") idat.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const pixels = inflateSync(Uint8Array.from(idat.flatMap((piece) => [...piece])));
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    colours: new Set(pixels).size,
  };
}

Deno.test("a PNG has the asked size, is not blank, and is the same bytes each time", async () => {
  const figure = allFigures.find(([name]) => name === "errorHeat")![1];
  const [svg, png] = [toSvg(figure), await toPng(figure)];
  const { width, height, colours } = readPng(png);
  assert.equal(width, 2 * Number(/width="(\d+)"/.exec(svg)![1]));
  assert.equal(height, 2 * Number(/height="(\d+)"/.exec(svg)![1]));
  assert.ok(colours > 50);
  assert.deepEqual(await toPng(figure), png);
  const dark = readPng(await toPng(figure, { look: "dark", scale: 1 }));
  assert.equal(dark.width, width / 2);
});
