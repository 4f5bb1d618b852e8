import { badFigure } from "./axis_values.ts";
import { cleanTexts } from "./clean_texts.ts";
import type { Figure, Origin, Panel } from "./figure.ts";
import { dashes, symbols } from "./palette.ts";
import { type AxisScale, resolveAxis } from "./resolve_axis.ts";
import { resolveMarks } from "./resolve_marks.ts";
import type { ResolvedFigure, SeriesStyle } from "./resolved.ts";

const kinds = {
  line: "line",
  step: "line",
  points: "points",
  bars: "fill",
  area: "fill",
  band: "band",
  interval: "interval",
  span: "span",
} as const;

const originWords: Record<Origin, string> = {
  measured: "Measured",
  published: "Published",
  modelled: "Modelled",
  simulated: "Simulated",
  generated: "Generated",
};

/**
 * Makes every choice that the figure leaves open: looks of series, ends and ticks of axes, stacks,
 * places of bars, samples to draw.
 *
 * @param source The figure; it is not changed.
 * @throws {InputError} `bad-option` when the figure contradicts itself.
 */
export function resolve(source: Figure): ResolvedFigure {
  const figure = cleanTexts(source);
  const origins = [figure.origin].flat();
  if (origins.length === 0) throw badFigure("no origin", Object.keys(originWords).join(", "), "[]");
  if (figure.panels.length === 0) throw badFigure("no panels", "at least one", "0");
  for (const { x, y, marks } of figure.panels) {
    const named = x.scale === "category" && y.scale === "category";
    if (!named && marks.some(({ mark }) => mark === "heat")) {
      throw badFigure("a heat map needs names on both axes", "category axes", "an axis of numbers");
    }
  }
  const width = figure.width ?? 720;
  const count = figure.panels.length;
  const columns = Math.min(
    count,
    figure.columns ?? (count === 1 ? 1 : count % 2 === 0 && count <= 4 ? 2 : 3),
  );
  const series = stylesOf(figure);
  const notes: string[] = [];
  const panelWidth = width / columns;
  const shared = new Map<string, AxisScale>();
  const axisOf = (panel: Panel, side: "x" | "y", size: { width: number; height: number }) => {
    const key = JSON.stringify([side, panel[side]]);
    const scale = shared.get(key) ?? resolveAxis(figure, panel, side, size);
    shared.set(key, scale);
    return scale;
  };
  const panelHeight = figure.panelHeight ?? defaultHeight(figure, columns);
  const panels = figure.panels.map((panel) => {
    const size = { width: panelWidth, height: panelHeight };
    const [x, y] = [axisOf(panel, "x", size), axisOf(panel, "y", size)];
    const marks = resolveMarks(panel, { x, y, series, size, notes });
    const clipped = panel.x.domain !== undefined || panel.y.domain !== undefined;
    return { title: panel.title ?? "", x: x.axis, y: y.axis, marks, clipped };
  });
  const caption = [captionStart(origins), figure.caption, ...notes].filter((text) => text !== "");
  return {
    title: figure.title,
    caption: caption.map((text) => text.replace(/(?<![.!?])$/, ".")).join(" "),
    origins,
    notes,
    width,
    columns,
    panelHeight,
    panels,
    series: [...series.values()].filter(({ name }) => name !== ""),
  };
}

function captionStart(origins: readonly Origin[]): string {
  const words = origins.map((origin, i) =>
    i === 0 ? originWords[origin] : originWords[origin].toLowerCase()
  );
  const last = words.pop()!;
  return words.length === 0 ? last : `${words.join(", ")} and ${last}`;
}

/**
 * Looks in order of appearance. Grey series use up no colour, and what lies shaded behind the data
 * takes what the data leaves. Lines and points count their dashes and symbols by themselves, so
 * that the first line is solid whatever else there is.
 */
function stylesOf(figure: Figure): Map<string, SeriesStyle> {
  const marks = figure.panels.flatMap((panel) => panel.marks).filter((mark) => "series" in mark);
  const names = [...new Set(marks.map(({ series }) => series))];
  const shown = new Map(names.map((name) => {
    const own = marks.filter(({ series }) => series === name);
    return [name, {
      quiet: own.some(({ quiet }) => quiet === true),
      // The short sides of a step would fall apart into dashes.
      dashed: own.some(({ mark }) => mark === "line"),
      shows: new Set(own.map(({ mark }) => kinds[mark])),
    }];
  }));
  const isBehind = (name: string) => [...shown.get(name)!.shows].every((kind) => kind === "span");
  const next = { colour: 0, dash: 0, symbol: 0 };
  const styles = new Map<string, SeriesStyle>();
  for (const name of [...names.filter((n) => !isBehind(n)), ...names.filter(isBehind)]) {
    const { quiet, dashed, shows } = shown.get(name)!;
    styles.set(name, {
      name,
      colour: quiet ? "quiet" : next.colour++,
      dash: dashed && !quiet ? dashes[next.dash++ % dashes.length]! : [],
      symbol: symbols[shows.has("points") ? next.symbol++ % symbols.length : 0]!,
      shows,
    });
  }
  return new Map(names.map((name) => [name, styles.get(name)!]));
}

/** Lying bars and heat maps need room for each row; else a calm ratio. */
function defaultHeight(figure: Figure, columns: number): number {
  const rows = Math.max(
    0,
    ...figure.panels.map(({ y, marks }) => {
      if (y.scale !== "category") return 0;
      const names = y.categories ??
        [...new Set(marks.flatMap((m) => ("y" in m ? Array.from(m.y as ArrayLike<unknown>) : [])))];
      const bars = new Set(marks.flatMap((m) => (m.mark === "bars" ? [m.series] : []))).size;
      return names.length * Math.max(1, bars * 0.6);
    }),
  );
  if (rows > 0) return Math.max(120, rows * 24 + 56);
  return figure.panels.length === 1 ? 320 : columns === 1 ? 250 : 230;
}
