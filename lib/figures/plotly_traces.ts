import { over, type Palette } from "./palette.ts";
import type { ResolvedAxis, ResolvedFigure, ResolvedMark, ResolvedPanel } from "./resolved.ts";
import { bandOpacity, colourOf, spanOpacity } from "./svg_legend.ts";

/** An object of JSON values. */
export type JsonObject = { [name: string]: unknown };

/** One trace for each mark; rules and remarks are part of the layout. */
export function plotlyTraces(figure: ResolvedFigure, palette: Palette): JsonObject[] {
  const entries = legendMarks(figure);
  return figure.panels.flatMap((panel, i) =>
    panel.marks.flatMap((mark): JsonObject[] => {
      const suffix = axisSuffix(i);
      const trace = traceOf(mark, panel, palette);
      if (trace === null) return [];
      const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
      if (!("style" in mark)) return [{ ...trace, ...axes }];
      const { name } = mark.style;
      const showlegend = name !== "" && entries.get(name) === mark;
      return [{ ...trace, ...axes, name: escapePlotly(name), legendgroup: name, showlegend }];
    })
  );
}

/** Plotly's first pair of axes has no number. */
export function axisSuffix(panel: number): string {
  return panel === 0 ? "" : String(panel + 1);
}

/** The mark of each series that shows best what it looks like. */
function legendMarks(figure: ResolvedFigure): Map<string, ResolvedMark> {
  const order = ["line", "points", "bars", "area", "span", "band", "interval"];
  const marks = new Map<string, ResolvedMark>();
  for (const mark of figure.panels.flatMap((panel) => panel.marks)) {
    if (!("style" in mark)) continue;
    const known = marks.get(mark.style.name);
    if (known === undefined || order.indexOf(mark.kind) < order.indexOf(known.kind)) {
      marks.set(mark.style.name, mark);
    }
  }
  return marks;
}

function traceOf(mark: ResolvedMark, panel: ResolvedPanel, palette: Palette): JsonObject | null {
  if (mark.kind === "rule" || mark.kind === "text") return null;
  if (mark.kind === "heat") return heatTrace(mark, panel, palette);
  const color = colourOf(mark.style, palette);
  const { x, y } = panel;
  switch (mark.kind) {
    case "line":
      return {
        type: "scatter",
        mode: "lines",
        x: gaps(mark.x),
        y: gaps(mark.y),
        line: {
          color,
          width: mark.x.length > 400 ? 1.1 : 2,
          dash: mark.style.dash.map((part) => `${part}px`).join(",") || "solid",
          shape: mark.step ? "hv" : "linear",
        },
        ...hover(x, y),
      };
    case "points":
      return {
        type: "scatter",
        mode: "markers",
        x: gaps(mark.x),
        y: gaps(mark.y),
        marker: {
          color,
          symbol: mark.style.symbol === "triangle" ? "triangle-up" : mark.style.symbol,
          size: mark.x.length > 300 ? 4 : 8,
          opacity: mark.x.length > 300 ? 0.5 : 1,
        },
        ...hover(x, y),
      };
    case "bars": {
      const length = mark.to.map((to, i) => to - mark.from[i]!);
      return {
        type: "bar",
        orientation: mark.lying ? "h" : "v",
        x: mark.lying ? length : mark.at,
        y: mark.lying ? mark.at : length,
        base: mark.from,
        width: mark.width,
        marker: { color, line: { color: palette.paper, width: 0.6 } },
        hovertemplate: `%{customdata}<extra>%{fullData.name}</extra>`,
        customdata: length.map((value, i) => barText(value, mark.at[i]!, mark.lying, panel)),
      };
    }
    case "band":
      return {
        ...outline(mark.x, mark.low, mark.high),
        fillcolor: rgba(color, bandOpacity),
        hoverinfo: "skip",
      };
    case "area":
      return {
        ...outline(mark.x, mark.low, mark.high),
        fillcolor: color,
        hoveron: "fills",
        hoverinfo: "name",
      };
    case "interval": {
      const middle = mark.low.map((low, i) => (low + mark.high[i]!) / 2);
      const reach = mark.high.map((high, i) => high - middle[i]!);
      const bar = {
        type: "data",
        array: reach,
        width: 0,
        thickness: 1.5,
        color: mark.style.shows.has("fill") ? palette.ink : color,
      };
      return {
        type: "scatter",
        mode: "markers",
        marker: { color, size: 0.1 },
        x: mark.lying ? middle : mark.at,
        y: mark.lying ? mark.at : middle,
        [mark.lying ? "error_x" : "error_y"]: bar,
        hoverinfo: "skip",
      };
    }
    case "span": {
      const [low, high] = y.domain;
      return {
        type: "scatter",
        mode: "lines",
        x: mark.from.flatMap((from, i) => [from, from, mark.to[i]!, mark.to[i]!, null]),
        y: mark.from.flatMap(() => [low, high, high, low, null]),
        fill: "toself",
        fillcolor: rgba(color, spanOpacity),
        line: { width: 0, color: over(color, palette.paper, spanOpacity) },
        hoveron: "fills",
        hoverinfo: "name",
      };
    }
  }
}

function heatTrace(
  mark: Extract<ResolvedMark, { kind: "heat" }>,
  panel: ResolvedPanel,
  palette: Palette,
): JsonObject {
  const last = palette.heat.length - 1;
  return {
    type: "heatmap",
    x: mark.x,
    y: mark.y,
    z: gaps(mark.value),
    zmin: mark.range[0],
    zmax: mark.range[1],
    colorscale: palette.heat.map((colour, i) => [i / last, colour]),
    colorbar: { thickness: 10, outlinewidth: 0 },
    xgap: 1,
    ygap: 1,
    ...(mark.text.length > 0 && { text: mark.text, texttemplate: "%{text}" }),
    customdata: mark.x.map((x, i) => `${nameAt(panel.x, x)}, ${nameAt(panel.y, mark.y[i]!)}`),
    hovertemplate: "%{customdata}: %{z:.4~g}<extra></extra>",
  };
}

/** A closed line around a band, piece by piece between gaps, so that it can be filled. */
function outline(
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
): JsonObject {
  const [xs, ys]: [(number | null)[], (number | null)[]] = [[], []];
  let start = 0;
  for (let i = 0; i <= x.length; i++) {
    const whole = i < x.length && [x[i]!, low[i]!, high[i]!].every(Number.isFinite);
    if (whole) continue;
    if (i > start) {
      xs.push(...x.slice(start, i), ...x.slice(start, i).reverse(), null);
      ys.push(...high.slice(start, i), ...low.slice(start, i).reverse(), null);
    }
    start = i + 1;
  }
  return {
    type: "scatter",
    mode: "lines",
    x: xs,
    y: ys,
    fill: "toself",
    line: { width: 0 },
  };
}

function barText(value: number, at: number, lying: boolean, panel: ResolvedPanel): string {
  const [along, across] = lying ? [panel.y, panel.x] : [panel.x, panel.y];
  return `${nameAt(along, at)}<br>${escapePlotly(across.title)}: ${Number(value.toPrecision(4))}`;
}

/** What stands at a place of an axis; a shifted bar belongs to the nearest name. */
function nameAt(axis: ResolvedAxis, at: number): string {
  if (axis.scale !== "category") return String(Number(at.toPrecision(6)));
  return escapePlotly((axis.ticks[Math.round(at)]?.label ?? "").replaceAll("\n", " "));
}

function hover(x: ResolvedAxis, y: ResolvedAxis): JsonObject {
  const part = (axis: ResolvedAxis, letter: string) =>
    axis.scale === "category" ? "" : `${escapePlotly(axis.title)}: %{${letter}:.6~g}`;
  const template = [part(x, "x"), part(y, "y")].filter((text) => text !== "").join("<br>");
  return { hovertemplate: template };
}

function gaps(values: readonly number[]): (number | null)[] {
  return values.map((value) => (Number.isFinite(value) ? value : null));
}

function rgba(colour: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}

/** Plotly reads a little HTML in its texts; names from logs must stay text. */
export function escapePlotly(text: string): string {
  return text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]!);
}
