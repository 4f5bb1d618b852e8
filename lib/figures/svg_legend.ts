import { fontSize, space } from "./layout.ts";
import { over, type Palette, rampColour } from "./palette.ts";
import type { ResolvedFigure, ResolvedMark, SeriesStyle } from "./resolved.ts";
import { round, textElement } from "./svg_text.ts";
import { textWidth } from "./text_width.ts";
import { formatNumber } from "../number_text.ts";

/** Width of a sample of a look, in pixels. */
const sampleWidth = 22;

/** A legend: its height, and itself with its top left corner at the origin. */
export interface Legend {
  readonly height: number;
  draw(x: number, y: number): string;
}

/** The colour of a series. */
export function colourOf(style: SeriesStyle, palette: Palette): string {
  return style.colour === "quiet"
    ? palette.quiet
    : palette.series[style.colour % palette.series.length]!;
}

/** Entries in rows, then the ramp of a heat map; nothing where there is nothing to tell apart. */
export function legendOf(figure: ResolvedFigure, palette: Palette): Legend {
  const width = figure.width - 2 * space.edge;
  const rows: { style: SeriesStyle; x: number }[][] = [];
  let x = 0;
  for (const style of figure.series.length > 1 ? figure.series : []) {
    const needs = sampleWidth + 6 + textWidth(style.name, fontSize.label);
    if (rows.length === 0 || x + needs > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)!.push({ style, x });
    x += needs + 18;
  }
  const heat = figure.panels.flatMap(({ marks }) => marks).find((mark) => mark.kind === "heat");
  const heatRow = heat === undefined ? 0 : 1;
  return {
    height: (rows.length + heatRow) * space.legendRow,
    draw: (left, top) => {
      const entries = rows.flatMap((row, i) =>
        row.map(({ style, x }) => entry(style, left + x, top + i * space.legendRow, palette))
      );
      if (heat !== undefined) {
        entries.push(ramp(heat, left, top + rows.length * space.legendRow, palette));
      }
      return entries.join("");
    },
  };
}

function entry(style: SeriesStyle, x: number, y: number, palette: Palette): string {
  const middle = y + 8;
  return sample(style, x, middle, palette) +
    textElement(style.name, x + sampleWidth + 6, middle + 4, {
      colour: palette.ink,
      size: fontSize.label,
    });
}

/** What a series looks like, small. */
function sample(style: SeriesStyle, x: number, middle: number, palette: Palette): string {
  const colour = colourOf(style, palette);
  const { shows } = style;
  const parts: string[] = [];
  const box = (fill: string, height: number) =>
    `<rect x="${round(x)}" y="${round(middle - height / 2)}" width="${sampleWidth}" ` +
    `height="${height}" fill="${fill}"/>`;
  if (shows.has("span")) parts.push(box(over(colour, palette.paper, spanOpacity), 12));
  if (shows.has("band")) parts.push(box(over(colour, palette.paper, bandOpacity), 12));
  if (shows.has("fill")) parts.push(box(colour, 11));
  if (shows.has("line")) {
    const dash = style.dash.length === 0 ? "" : ` stroke-dasharray="${style.dash.join(" ")}"`;
    parts.push(
      `<path d="M${round(x)},${round(middle)}h${sampleWidth}" stroke="${colour}" ` +
        `stroke-width="2"${dash}/>`,
    );
  }
  const centre = x + sampleWidth / 2;
  if (shows.has("interval") && !shows.has("fill")) {
    parts.push(
      `<path d="M${round(centre)},${round(middle - 6)}v12" stroke="${colour}" stroke-width="1.5"/>`,
    );
  }
  if (shows.has("points")) parts.push(symbolElement(style.symbol, centre, middle, colour));
  return parts.join("");
}

/** Opacity of a shaded stretch. */
export const spanOpacity = 0.2;
/** Opacity of a band. */
export const bandOpacity = 0.22;

function symbolElement(
  symbol: SeriesStyle["symbol"],
  x: number,
  y: number,
  colour: string,
): string {
  const r = 4;
  const shapes: Record<SeriesStyle["symbol"], string> = {
    circle: `m${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
    square: `m${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    triangle: `m0,${-r}l${r},${1.75 * r}h${-2 * r}z`,
    diamond: `m0,${-1.2 * r}l${0.8 * r},${1.2 * r}l${-0.8 * r},${1.2 * r}l${-0.8 * r},${-1.2 * r}z`,
    cross: `m-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z`,
    star: `m0,-5l1.3,3.3h3.5l-2.8,2.2l1,3.5l-3,-2l-3,2l1,-3.5l-2.8,-2.2h3.5z`,
  };
  return `<path d="M${round(x)},${round(y)}${shapes[symbol]}" fill="${colour}"/>`;
}

/** The colours of a heat map from its least to its greatest value. */
function ramp(
  heat: Extract<ResolvedMark, { kind: "heat" }>,
  x: number,
  y: number,
  palette: Palette,
): string {
  const style = { colour: palette.faint, size: fontSize.label };
  const [low, high] = heat.range.map((value) => formatNumber(value));
  const steps = 24;
  const title = `${heat.title}  ${low}`;
  const start = Math.ceil(x + textWidth(title, fontSize.label) + 8);
  const boxes = Array.from({ length: steps }, (_, i) => {
    const colour = rampColour(palette.heat, i / (steps - 1));
    return `<rect x="${start + i * 5}" y="${round(y + 3)}" width="5" height="10" ` +
      `fill="${colour}"/>`;
  });
  return textElement(title, x, y + 12, style) + boxes.join("") +
    textElement(high!, start + steps * 5 + 6, y + 12, style);
}
