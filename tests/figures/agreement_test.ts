import assert from "node:assert/strict";
import { type JsonObject, toPlotly, toSvg } from "../../lib/figures/mod.ts";
import { allFigures } from "./all_figures.ts";

/** Texts of an SVG, one after the other, unescaped. */
function textsOf(svg: string): string {
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)]
    .map(([, text]) => text!)
    .join(" ")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** A text of Plotly as a reader sees it. */
function plain(text: string): string {
  return text.replaceAll("<br>", " ").replace(/<\/?b>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** The value at a path of names in JSON. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as JsonObject)?.[name], value);
}

for (const [name, figure] of allFigures) {
  Deno.test(`Plotly and SVG of ${name} say the same words`, () => {
    const words = textsOf(toSvg(figure));
    const { data, layout } = toPlotly(figure);
    const texts = [
      at(layout, "title", "text"),
      ...(layout["annotations"] as JsonObject[]).map(({ text }) => text),
      ...data.filter(({ showlegend }) => showlegend).map(({ name }) => name),
      ...figure.panels.map((_, i) => at(layout, `xaxis${i === 0 ? "" : i + 1}`, "title", "text")),
    ].map((text) => plain(String(text)));
    const missing = texts.flatMap((text) => text.split(/\s+/)).filter((word) =>
      !words.includes(word)
    );
    // A series that stands alone needs no legend in the SVG.
    const alone = new Set(data.map(({ name }) => name)).size === 1
      ? [String(data[0]!["name"])]
      : [];
    assert.deepEqual(missing.filter((word) => !alone.includes(word)), []);
  });

  Deno.test(`Plotly and SVG of ${name} use the same colours`, () => {
    const svg = toSvg(figure);
    const { data } = toPlotly(figure);
    const colours = data.flatMap((trace): unknown[] => [
      trace["type"] === "scatter" && trace["mode"] === "lines" && trace["fill"] === undefined
        ? at(trace, "line", "color")
        : undefined,
      at(trace, "marker", "color"),
      at(trace, "fillcolor"),
    ]).filter((colour) => typeof colour === "string");
    for (const colour of colours) {
      const rgb = /^rgba\((\d+),(\d+),(\d+)/.exec(colour)?.slice(1);
      const hex = rgb === undefined
        ? colour
        : `#${rgb.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
      assert.ok(svg.includes(`"${hex}"`), `${hex} is not in the SVG`);
    }
  });
}

/** Fits a straight line through pairs and says how far the worst lies off it. */
function worstResidual(pairs: readonly (readonly [number, number])[]): number {
  const [first, last] = [pairs[0]!, pairs.at(-1)!];
  const slope = (last[1] - first[1]) / (last[0] - first[0]);
  return Math.max(...pairs.map(([x, y]) => Math.abs(y - (first[1] + slope * (x - first[0])))));
}

Deno.test("a line's points lie at the same places of the same axes in both exits", () => {
  const figure = allFigures.find(([name]) => name === "forecast")![1];
  const svg = toSvg(figure);
  const { data, layout } = toPlotly(figure);
  const trace = data.find((trace) => trace["mode"] === "lines" && trace["name"] === "A100")!;
  const colour = String(at(trace, "line", "color"));
  const path = new RegExp(`stroke="${colour}"[^>]*><path d="([^"]+)"`).exec(svg)?.[1] ?? "";
  const pixels = [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map((m) => [+m[1]!, +m[2]!] as const);
  const [xs, ys] = [trace["x"] as number[], trace["y"] as number[]];
  assert.equal(pixels.length, xs.length);
  const share = (value: number, axis: string) => {
    const [from, to] = at(layout, axis, "range") as [number, number];
    return (Math.log10(value) - from) / (to - from);
  };
  assert.ok(worstResidual(pixels.map(([px], i) => [share(xs[i]!, "xaxis"), px])) < 0.01);
  assert.ok(worstResidual(pixels.map(([, py], i) => [share(ys[i]!, "yaxis"), py])) < 0.01);

  // The grid spans the frame: its ends are the ends of Plotly's axis.
  const [, x2, x1] = /<line y2="[^"]*" y1="[^"]*" x2="([^"]+)" x1="([^"]+)"/.exec(svg)!.map(Number);
  assert.ok(Math.abs(pixels[0]![0] - (x1! + share(xs[0]!, "xaxis") * (x2! - x1!))) < 0.01);
});

Deno.test("bars of a group stand side by side at the same places in both exits", () => {
  const figure = allFigures.find(([name]) => name === "groupedBars")![1];
  const { data } = toPlotly(figure);
  const bars = data.filter(({ type }) => type === "bar");
  const [prefill, decode] = bars.map((bar) => bar["x"] as number[]);
  const width = Number(bars[0]!["width"]);
  prefill!.forEach((x, i) => {
    assert.ok(Math.abs(decode![i]! - x - width) < 1e-12);
    assert.ok(Math.abs((x + decode![i]!) / 2 - i) < 1e-12);
  });
  const intervals = data.filter((trace) => "error_y" in trace);
  assert.deepEqual(intervals[1]!["x"], decode);
});

Deno.test("Plotly JSON holds nothing but JSON", () => {
  for (const [, figure] of allFigures) {
    const plotly = toPlotly(figure);
    assert.deepEqual(JSON.parse(JSON.stringify(plotly)), plotly);
  }
});
