import { fontSize } from "./layout.ts";
import type { Palette } from "./palette.ts";
import { escapePlotly, type JsonObject } from "./plotly_traces.ts";
import type { ResolvedAxis, ResolvedFigure, ResolvedMark } from "./resolved.ts";

/** Title of a panel, title of its y axis above it, texts of rules, remarks. */
export function panelAnnotations(
  panel: ResolvedFigure["panels"][number],
  suffix: string,
  palette: Palette,
): JsonObject[] {
  const above = (text: string, shift: number, font: JsonObject): JsonObject => ({
    text,
    xref: `x${suffix} domain`,
    yref: `y${suffix} domain`,
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    yshift: shift,
    showarrow: false,
    font,
  });
  const annotations: JsonObject[] = [];
  if (panel.title !== "") {
    const font = { size: fontSize.panel, color: palette.ink };
    annotations.push(above(`<b>${escapePlotly(panel.title)}</b>`, 20, font));
  }
  if (panel.y.title !== "") {
    annotations.push(above(escapePlotly(panel.y.title), 2, { color: palette.faint }));
  }
  for (const mark of panel.marks) {
    if (mark.kind === "heat") {
      const right = { x: 1, xanchor: "right" };
      annotations.push({
        ...above(escapePlotly(mark.title), 2, { color: palette.faint }),
        ...right,
      });
    }
    const annotation = remark(mark, panel, suffix, palette);
    if (annotation !== null) annotations.push(annotation);
  }
  return annotations;
}

function remark(
  mark: ResolvedMark,
  panel: ResolvedFigure["panels"][number],
  suffix: string,
  palette: Palette,
): JsonObject | null {
  const at = (value: number, axis: ResolvedAxis) =>
    axis.scale === "log" ? Math.log10(value) : value;
  const base = { showarrow: false, font: { color: palette.ink } };
  if (mark.kind === "text") {
    return {
      ...base,
      text: escapePlotly(mark.text),
      xref: `x${suffix}`,
      yref: `y${suffix}`,
      x: at(mark.x, panel.x),
      y: at(mark.y, panel.y),
    };
  }
  if (mark.kind !== "rule" || mark.text === "") return null;
  const text = { ...base, text: escapePlotly(mark.text) };
  return mark.axis === "y"
    ? {
      ...text,
      xref: `x${suffix} domain`,
      yref: `y${suffix}`,
      x: 1,
      y: at(mark.at, panel.y),
      xanchor: "right",
      yanchor: "bottom",
    }
    : {
      ...text,
      xref: `x${suffix}`,
      yref: `y${suffix} domain`,
      x: at(mark.at, panel.x),
      y: 1,
      xanchor: "left",
      yanchor: "top",
    };
}

/** Shapes, unlike annotations, take data values on logarithmic axes too. */
export function ruleShape(
  mark: Extract<ResolvedMark, { kind: "rule" }>,
  suffix: string,
  palette: Palette,
): JsonObject {
  const line = { color: palette.ink, width: 1, dash: "4px,3px" };
  return mark.axis === "y"
    ? {
      type: "line",
      xref: `x${suffix} domain`,
      yref: `y${suffix}`,
      x0: 0,
      x1: 1,
      y0: mark.at,
      y1: mark.at,
      line,
    }
    : {
      type: "line",
      xref: `x${suffix}`,
      yref: `y${suffix} domain`,
      x0: mark.at,
      x1: mark.at,
      y0: 0,
      y1: 1,
      line,
    };
}
