import type { Figure, Look } from "./figure.ts";
import { fontSize, marginsOf, namesBelow, space } from "./layout.ts";
import { type Palette, paletteOf } from "./palette.ts";
import { panelAnnotations, ruleShape } from "./plotly_remarks.ts";
import { axisSuffix, escapePlotly, type JsonObject, plotlyTraces } from "./plotly_traces.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedAxis, ResolvedFigure } from "./resolved.ts";
import { legendOf } from "./svg_legend.ts";
import { fontFamily } from "./svg_text.ts";
import { wrapText } from "./text_width.ts";

/** A figure as Plotly takes it: `application/vnd.plotly.v1+json`. */
export interface PlotlyFigure {
  /** Traces. */
  readonly data: readonly JsonObject[];
  /** Axes, titles, annotations; `meta` holds origin, caption and notes. */
  readonly layout: JsonObject;
}

/** Options of {@linkcode toPlotly}. */
export interface PlotlyOptions {
  /** Colours; default `light`. */
  readonly look?: Look;
}

/**
 * A figure as Plotly JSON: the same data, colours and axis ends as {@linkcode toSvg}, to zoom in and
 * to switch series off. It is as wide as its page.
 *
 * @param figure The figure; it is not changed.
 * @param options The look.
 * @return Traces and layout; only JSON values, a gap is null.
 * @throws {InputError} `bad-option` when the figure contradicts itself.
 *
 * @example
 * ```ts
 * import { toPlotly } from "@joulebook/joulebook/figures";
 * import assert from "node:assert/strict";
 *
 * const { data, layout } = toPlotly({
 *   title: "A line with a gap",
 *   caption: "Made up",
 *   origin: "generated",
 *   panels: [{
 *     x: { label: "Time", unit: "s" },
 *     y: { label: "Power", unit: "W" },
 *     marks: [{ mark: "line", series: "GPU", x: [0, 1, 2], y: [90, NaN, 95] }],
 *   }],
 * });
 * assert.deepEqual(data[0]?.["y"], [90, null, 95]);
 * assert.deepEqual(layout["meta"], { origin: ["generated"], caption: "Generated. Made up.", notes: [] });
 * ```
 */
export function toPlotly(figure: Figure, options: PlotlyOptions = {}): PlotlyFigure {
  const resolved = resolve(figure);
  const palette = paletteOf(options.look ?? "light");
  const { title, caption, notes, origins } = resolved;
  const inner = resolved.width - 2 * space.edge;
  const titleLines = wrapText(title, fontSize.title, inner, "bold");
  const captionLines = wrapText(caption, fontSize.text, inner);
  const rows = Math.ceil(resolved.panels.length / resolved.columns);
  const named = resolved.series.length > 1;
  const legend = legendOf(resolved, palette);
  const frame = marginsOf(resolved, 12);
  const titleHeight = space.edge + titleLines.length * space.titleLine;
  const axisHeight = frame.bottom + 10;
  const margin = {
    l: space.edge + frame.left,
    r: space.edge + frame.right,
    t: titleHeight + legend.height * 1.2 + 8 + frame.top,
    b: axisHeight + captionLines.length * space.captionLine + space.edge,
  };
  const height = rows * resolved.panelHeight + margin.t + margin.b - frame.top - frame.bottom;
  const shares = panelShares(resolved, height - margin.t - margin.b);
  const layout: JsonObject = {
    title: {
      text: `<b>${titleLines.map(escapePlotly).join("<br>")}</b>`,
      font: { size: fontSize.title, color: palette.ink },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { l: space.edge, t: space.edge },
    },
    height,
    autosize: true,
    margin,
    font: { family: fontFamily, size: fontSize.text, color: palette.faint },
    paper_bgcolor: palette.paper,
    plot_bgcolor: palette.paper,
    showlegend: named,
    ...(named && {
      legend: {
        orientation: "h",
        x: 0.01,
        xanchor: "left",
        xref: "container",
        y: 1 - titleHeight / height,
        yref: "container",
        yanchor: "top",
        itemsizing: "constant",
        font: { size: fontSize.label, color: palette.ink },
        bgcolor: "rgba(0,0,0,0)",
      },
    }),
    // Places of bars are settled; without this Plotly would place them again.
    barmode: "overlay",
    hovermode: "closest",
    annotations: [
      ...resolved.panels.flatMap((panel, i) => panelAnnotations(panel, axisSuffix(i), palette)),
      {
        text: captionLines.map(escapePlotly).join("<br>"),
        xref: "paper",
        yref: "paper",
        x: 0,
        y: 0,
        xanchor: "left",
        yanchor: "top",
        xshift: space.edge - margin.l,
        yshift: -axisHeight,
        align: "left",
        showarrow: false,
        font: { size: fontSize.text, color: palette.faint },
      },
    ],
    shapes: resolved.panels.flatMap((panel, i) =>
      panel.marks.filter((mark) => mark.kind === "rule")
        .map((mark) => ruleShape(mark, axisSuffix(i), palette))
    ),
    meta: { origin: [...origins], caption, notes: [...notes] },
  };
  resolved.panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    layout[`xaxis${suffix}`] = {
      ...axisLayout(panel.x, palette),
      ...namesLayout(panel.x, inner / resolved.columns - frame.left - frame.right),
      zeroline: panel.y.scale === "category" && crossesZero(panel.x),
      showline: panel.y.scale !== "category",
      domain: shares[i]!.x,
      anchor: `y${suffix}`,
      title: { text: escapePlotly(panel.x.title), standoff: 6 },
      showgrid: panel.y.scale === "category" && panel.x.scale !== "category",
    };
    layout[`yaxis${suffix}`] = {
      ...axisLayout(panel.y, palette),
      zeroline: panel.y.scale !== "category" && crossesZero(panel.y),
      showline: panel.y.scale === "category" && panel.x.scale !== "category",
      // Invisible: they hold the numbers off the frame.
      ticks: "outside",
      tickcolor: "rgba(0,0,0,0)",
      domain: shares[i]!.y,
      anchor: `x${suffix}`,
      showgrid: panel.y.scale !== "category",
    };
  });
  return { data: plotlyTraces(resolved, palette), layout };
}

/** Names below an axis as the SVG has them: wrapped, thinned or slanted. */
function namesLayout(axis: ResolvedAxis, width: number): JsonObject {
  if (axis.scale !== "category") return {};
  const { labels, rotate } = namesBelow(axis, width);
  return { ticktext: labels.map(tickText), tickangle: rotate };
}

function tickText(label: string): string {
  return escapePlotly(label).replaceAll("\n", "<br>");
}

function crossesZero({ domain, scale }: ResolvedAxis): boolean {
  return scale === "linear" && domain[0] < 0 && domain[1] > 0;
}

/** The part of the plot area that each panel takes, with room for its titles and axes. */
function panelShares(
  figure: ResolvedFigure,
  height: number,
): { x: [number, number]; y: [number, number] }[] {
  const { columns, panels } = figure;
  const rows = Math.ceil(panels.length / columns);
  const gapX = 0.09;
  const gapY = Math.min(0.5, 96 / height);
  const width = (1 - gapX * (columns - 1)) / columns;
  const tall = (1 - gapY * (rows - 1)) / rows;
  return panels.map((_, i) => {
    const left = (i % columns) * (width + gapX);
    const bottom = (rows - 1 - Math.floor(i / columns)) * (tall + gapY);
    return { x: [left, left + width], y: [bottom, bottom + tall] };
  });
}

function axisLayout(axis: ResolvedAxis, palette: Palette): JsonObject {
  // Linear ticks are left to Plotly, which makes finer ones when a reader zooms in.
  const given = axis.scale !== "linear" && {
    tickmode: "array",
    tickvals: axis.ticks.map(({ at }) => at),
    ticktext: axis.ticks.map(({ label }) => tickText(label)),
  };
  return {
    type: axis.scale === "log" ? "log" : "linear",
    // On a logarithmic axis Plotly counts the range in powers of ten.
    range: axis.domain.map((end) => axis.scale === "log" ? Math.log10(end) : end),
    ...(given || { nticks: axis.ticks.length + 2 }),
    gridcolor: palette.grid,
    gridwidth: 1,
    zerolinecolor: palette.axis,
    zerolinewidth: 1,
    linecolor: palette.axis,
    ticks: axis.scale === "category" ? "" : "outside",
    tickcolor: palette.axis,
    ticklen: 4,
    exponentformat: "SI",
    separatethousands: true,
  };
}
