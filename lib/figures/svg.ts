import type { Figure, Look } from "./figure.ts";
import { endLabels, fontSize, marginsOf, space } from "./layout.ts";
import { type Palette, paletteOf, rampColour } from "./palette.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedFigure } from "./resolved.ts";
import { colourOf, legendOf } from "./svg_legend.ts";
import { drawPanel } from "./svg_panel.ts";
import { escapeXml, fontFamily, round, textElement } from "./svg_text.ts";
import { textWidth, wrapText } from "./text_width.ts";

/** Options of {@linkcode toSvg}. */
export interface SvgOptions {
  /** Colours; default `light`. */
  readonly look?: Look;
}

/**
 * A figure as an SVG document of its own: title, legend, panels, and a caption that begins with
 * where the numbers come from. The same figure gives the same bytes everywhere.
 *
 * @param figure The figure; it is not changed.
 * @param options The look.
 * @return SVG text.
 * @throws {InputError} `bad-option` when the figure contradicts itself.
 *
 * @example
 * ```ts
 * import { toSvg } from "@joulebook/joulebook/figures";
 * import assert from "node:assert/strict";
 *
 * const svg = toSvg({
 *   title: "Power falls when the batch ends",
 *   caption: "A made-up trace",
 *   origin: "generated",
 *   panels: [{
 *     x: { label: "Time", unit: "s" },
 *     y: { label: "Board power", unit: "W" },
 *     marks: [{ mark: "line", series: "GPU", x: [0, 1, 2], y: [300, 310, 80] }],
 *   }],
 * });
 * assert.match(svg, /^<svg /);
 * assert.match(svg, /Generated\. A made-up trace\./);
 * ```
 */
export function toSvg(figure: Figure, options: SvgOptions = {}): string {
  const resolved = resolve(figure);
  const palette = paletteOf(options.look ?? "light");
  const { width, columns, panelHeight } = resolved;
  const inner = width - 2 * space.edge;
  const parts: string[] = [];
  let y = space.edge;

  for (const line of wrapText(resolved.title, fontSize.title, inner, "bold")) {
    const style = { colour: palette.ink, size: fontSize.title, weight: "bold" as const };
    parts.push(textElement(line, space.edge, y + 12, style));
    y += space.titleLine;
  }

  const plain = marginsOf(resolved, 8);
  const labels = endLabels(resolved, panelHeight - plain.top - plain.bottom);
  const labelWidth = Math.max(
    0,
    ...(labels ?? []).map(({ style }) => textWidth(style.name, fontSize.label) + 10),
  );
  const margins = labels === null ? plain : marginsOf(resolved, labelWidth);
  if (labels === null) {
    const legend = legendOf(resolved, palette);
    if (legend.height > 0) parts.push(legend.draw(space.edge, y + 2));
    y += legend.height + (legend.height > 0 ? 6 : 0);
  }

  const panelWidth = (inner - (columns - 1) * space.between) / columns;
  resolved.panels.forEach((panel, i) => {
    const left = space.edge + (i % columns) * (panelWidth + space.between);
    const top = y + Math.floor(i / columns) * (panelHeight + 10);
    const size = { width: panelWidth, height: panelHeight, margins };
    const drawn = drawPanel(panel, size, palette);
    parts.push(`<g transform="translate(${round(left)},${round(top)})">${drawn}`);
    parts.push(panelTexts(panel, size, palette), "</g>");
    for (const label of labels ?? []) {
      const x = left + panelWidth - margins.right + 6;
      // Mixed with ink, a light colour can be read as text.
      const colour = rampColour([colourOf(label.style, palette), palette.ink], 0.3);
      const at = top + margins.top + label.y + 4;
      parts.push(textElement(label.style.name, x, at, { colour, size: fontSize.label }));
    }
  });
  y += Math.ceil(resolved.panels.length / columns) * (panelHeight + 10);

  for (const line of wrapText(resolved.caption, fontSize.text, inner)) {
    y += space.captionLine;
    parts.push(textElement(line, space.edge, y, { colour: palette.faint }));
  }
  const height = Math.ceil(y + space.edge - 4);
  return nameClips(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" role="img">` +
      `<title>${escapeXml(resolved.title)}</title><desc>${escapeXml(resolved.caption)}</desc>` +
      `<rect width="${width}" height="${height}" fill="${palette.paper}"/>` +
      parts.join("\n") + "</svg>\n",
  );
}

/** Titles of a panel and of its axes: the vertical one lies above its axis, easy to read. */
function panelTexts(
  panel: ResolvedFigure["panels"][number],
  size: { width: number; height: number; margins: { top: number; right: number; left: number } },
  palette: Palette,
): string {
  const { margins, width, height } = size;
  const texts: string[] = [];
  if (panel.title !== "") {
    const style = { colour: palette.ink, size: fontSize.panel, weight: "bold" as const };
    texts.push(textElement(panel.title, 0, 13, style));
  }
  const faint = { colour: palette.faint };
  if (panel.y.title !== "") texts.push(textElement(panel.y.title, 0, margins.top - 10, faint));
  if (panel.x.title !== "") {
    const right = width - margins.right;
    texts.push(textElement(panel.x.title, right, height - 4, { ...faint, anchor: "end" }));
  }
  return texts.join("");
}

/** Clip paths are numbered by the page in Plot; here by the figure, so that bytes repeat. */
function nameClips(svg: string): string {
  const names = new Map<string, string>();
  const plain = svg.replace(/plot-clip-\d+/g, (name) => {
    if (!names.has(name)) names.set(name, `clip-${names.size + 1}`);
    return names.get(name)!;
  });
  if (names.size === 0) return plain;
  // Figures on one page must not share names: the content tells them apart (FNV-1a).
  let hash = 0x811c9dc5;
  for (let i = 0; i < plain.length; i++) {
    hash = Math.imul(hash ^ plain.charCodeAt(i), 0x01000193);
  }
  return plain.replace(/clip-(\d+)/g, `clip-${(hash >>> 0).toString(36)}-$1`);
}
