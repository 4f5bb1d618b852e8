import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { fontSize, type Margins, namesBelow } from "./layout.ts";
import { luminance, type Palette, rampColour } from "./palette.ts";
import type { ResolvedMark, ResolvedPanel } from "./resolved.ts";
import { bandOpacity, colourOf, spanOpacity } from "./svg_legend.ts";
import { fontFamily } from "./svg_text.ts";

/** Draws the axes and marks of a panel as an SVG element of the given size. */
export function drawPanel(
  panel: ResolvedPanel,
  size: { readonly width: number; readonly height: number; readonly margins: Margins },
  palette: Palette,
): string {
  const { document } = parseHTML("<html></html>") as unknown as {
    document: NonNullable<Plot.PlotOptions["document"]>;
  };
  const { margins } = size;
  const plot = Plot.plot({
    document,
    width: size.width,
    height: size.height,
    marginTop: margins.top,
    marginRight: margins.right,
    marginBottom: margins.bottom,
    marginLeft: margins.left,
    className: "panel",
    style: { fontFamily, fontSize: `${fontSize.text}px`, color: palette.ink },
    x: { type: panel.x.scale === "log" ? "log" : "linear", domain: [...panel.x.domain] },
    y: { type: panel.y.scale === "log" ? "log" : "linear", domain: [...panel.y.domain] },
    marks: [
      ...axes(panel, size.width - margins.left - margins.right, palette),
      ...panel.marks.flatMap((mark) => drawMark(mark, panel, palette)),
    ],
  });
  // The style sheet is for pages; what counts stands in attributes, which every renderer reads.
  plot.querySelector("style")?.remove();
  return plot.outerHTML;
}

function axes(panel: ResolvedPanel, plotWidth: number, palette: Palette): Plot.Markish[] {
  const { x, y } = panel;
  const [xAt, yAt] = [x.ticks.map(({ at }) => at), y.ticks.map(({ at }) => at)];
  const label = (ticks: ResolvedPanel["x"]["ticks"]) => (at: number) =>
    ticks.find((tick) => tick.at === at)?.label ?? "";
  const marks: Plot.Markish[] = [];
  const grid = { stroke: palette.grid, strokeOpacity: 1, strokeWidth: 1 };
  const heat = panel.marks.some(({ kind }) => kind === "heat");
  if (y.scale !== "category") marks.push(Plot.gridY(yAt, grid));
  else if (!heat) marks.push(Plot.gridX(xAt, grid));
  const text = { fill: palette.faint, fontSize: fontSize.text, tickSize: 0, label: null };
  marks.push(
    Plot.axisY({ ...text, ticks: yAt, tickFormat: label(y.ticks), tickPadding: 7 }),
  );
  if (x.scale === "category") {
    const names = namesBelow(x, plotWidth);
    const tickFormat = (at: number) => names.labels[at] ?? "";
    marks.push(
      Plot.axisX({ ...text, ticks: xAt, tickFormat, tickRotate: names.rotate, tickPadding: 6 }),
    );
  } else {
    marks.push(
      Plot.axisX({
        ...text,
        ticks: xAt,
        tickFormat: label(x.ticks),
        tickSize: 4,
        tickPadding: 3,
        stroke: palette.axis,
      }),
    );
  }
  if (heat) return marks;
  // Bars stand on zero; other data on the frame's lower edge.
  const crosses = (axis: ResolvedPanel["x"]) => axis.domain[0] < 0 && axis.domain[1] > 0;
  if (y.scale === "category") {
    marks.push(Plot.ruleX([crosses(x) ? 0 : x.domain[0]], { stroke: palette.axis }));
  } else {
    marks.push(Plot.ruleY([y.domain[0]], { stroke: palette.axis }));
    if (crosses(y)) marks.push(Plot.ruleY([0], { stroke: palette.axis }));
  }
  return marks;
}

function drawMark(mark: ResolvedMark, panel: ResolvedPanel, palette: Palette): Plot.Markish[] {
  const clip = panel.clipped;
  switch (mark.kind) {
    case "line": {
      const dense = mark.x.length > 400;
      return [Plot.line({ length: mark.x.length }, {
        x: mark.x,
        y: mark.y,
        stroke: colourOf(mark.style, palette),
        strokeWidth: dense ? 1.1 : 2,
        strokeDasharray: mark.style.dash.join(" ") || "none",
        curve: mark.step ? "step-after" : "linear",
        clip,
      })];
    }
    case "points": {
      const dense = mark.x.length > 300;
      return [Plot.dot({ length: mark.x.length }, {
        x: mark.x,
        y: mark.y,
        fill: colourOf(mark.style, palette),
        fillOpacity: dense ? 0.5 : 1,
        stroke: dense ? "none" : palette.paper,
        strokeWidth: 0.8,
        symbol: mark.style.symbol,
        r: dense ? 2 : 3.8,
        clip,
      })];
    }
    case "bars": {
      const half = mark.width / 2;
      const [low, high] = [mark.at.map((at) => at - half), mark.at.map((at) => at + half)];
      return [Plot.rect({ length: mark.at.length }, {
        ...(mark.lying
          ? { x1: mark.from, x2: mark.to, y1: low, y2: high, insetTop: 0.5, insetBottom: 0.5 }
          : { x1: low, x2: high, y1: mark.from, y2: mark.to, insetLeft: 0.5, insetRight: 0.5 }),
        fill: colourOf(mark.style, palette),
        // A line of paper keeps the parts of a stack apart.
        stroke: palette.paper,
        strokeWidth: 0.6,
        clip,
      })];
    }
    case "band":
    case "area":
      return [Plot.areaY({ length: mark.x.length }, {
        x: mark.x,
        y1: mark.low,
        y2: mark.high,
        fill: colourOf(mark.style, palette),
        fillOpacity: mark.kind === "band" ? bandOpacity : 1,
        clip,
      })];
    case "interval": {
      // Over its own bar the series colour could not be seen.
      const onBar = mark.style.shows.has("fill");
      const stroke = { stroke: onBar ? palette.ink : colourOf(mark.style, palette) };
      const data = { length: mark.at.length };
      const look = { ...stroke, strokeWidth: 1.5, clip };
      return [
        mark.lying
          ? Plot.ruleY(data, { y: mark.at, x1: mark.low, x2: mark.high, ...look })
          : Plot.ruleX(data, { x: mark.at, y1: mark.low, y2: mark.high, ...look }),
      ];
    }
    case "span":
      return [Plot.rect({ length: mark.from.length }, {
        x1: mark.from,
        x2: mark.to,
        fill: colourOf(mark.style, palette),
        fillOpacity: spanOpacity,
        clip,
      })];
    case "heat":
      return drawHeat(mark, palette);
    case "rule":
      return drawRule(mark, panel, palette);
    case "text":
      return [Plot.text([mark.text], { x: [mark.x], y: [mark.y], ...remark(palette) })];
  }
}

function drawHeat(
  mark: Extract<ResolvedMark, { kind: "heat" }>,
  palette: Palette,
): Plot.Markish[] {
  const [low, high] = mark.range;
  const colours = mark.value.map((value) =>
    Number.isFinite(value)
      ? rampColour(palette.heat, high > low ? (value - low) / (high - low) : 0.5)
      : "none"
  );
  const cells = Plot.rect({ length: mark.x.length }, {
    x1: mark.x.map((x) => x - 0.5),
    x2: mark.x.map((x) => x + 0.5),
    y1: mark.y.map((y) => y - 0.5),
    y2: mark.y.map((y) => y + 0.5),
    inset: 0.5,
    fill: { value: colours, scale: null },
  });
  if (mark.text.length === 0) return [cells];
  const ink = colours.map((colour) =>
    colour !== "none" && luminance(colour) > 0.22 ? "#15171c" : "#ffffff"
  );
  return [
    cells,
    Plot.text({ length: mark.x.length }, {
      x: mark.x,
      y: mark.y,
      text: mark.text,
      fill: { value: ink, scale: null },
      fontSize: fontSize.text,
    }),
  ];
}

/** A rule says what it is at its end, inside the frame. */
function drawRule(
  mark: Extract<ResolvedMark, { kind: "rule" }>,
  panel: ResolvedPanel,
  palette: Palette,
): Plot.Markish[] {
  const look = { stroke: palette.ink, strokeWidth: 1, strokeDasharray: "4 3" };
  const { x, y } = panel;
  if (mark.axis === "y") {
    return [
      Plot.ruleY([mark.at], look),
      Plot.text([mark.text], {
        x: [x.domain[1]],
        y: [mark.at],
        ...remark(palette),
        textAnchor: "end",
        dx: -2,
        dy: -8,
      }),
    ];
  }
  const right = x.scale !== "log" && (mark.at - x.domain[0]) / (x.domain[1] - x.domain[0]) > 0.6;
  return [
    Plot.ruleX([mark.at], look),
    Plot.text([mark.text], {
      x: [mark.at],
      y: [y.domain[1]],
      ...remark(palette),
      textAnchor: right ? "end" : "start",
      dx: right ? -5 : 5,
      dy: 7,
    }),
  ];
}

/** Text over data, with a rim of paper that keeps it readable. */
function remark(palette: Palette) {
  return {
    fill: palette.ink,
    stroke: palette.paper,
    strokeWidth: 3,
    fontSize: fontSize.text,
  };
}
