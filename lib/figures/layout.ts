import type { ResolvedAxis, ResolvedFigure, ResolvedPanel, SeriesStyle } from "./resolved.ts";
import { cutText, textWidth, wrapText } from "./text_width.ts";

/** Font sizes in pixels. */
export const fontSize = { title: 15, panel: 12, text: 11, label: 11.5 } as const;

/** Space around the figure and between panels, in pixels. */
export const space = { edge: 16, between: 26, legendRow: 19, captionLine: 15, titleLine: 20 };

/** Space inside a panel's box around its plot area, in pixels. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** How names stand below a category axis. */
export interface NameStyle {
  /** The names, with line ends where they are wrapped. */
  readonly labels: readonly string[];
  /** Degrees. */
  readonly rotate: number;
  /** Pixels below the axis. */
  readonly height: number;
}

/** A place of a value along pixels from `from` to `to`. */
export function place(axis: ResolvedAxis, value: number, from: number, to: number): number {
  const [a, b] = axis.domain;
  const share = axis.scale === "log"
    ? Math.log(value / a) / Math.log(b / a)
    : (value - a) / (b - a);
  return from + share * (to - from);
}

/** The space around the plot areas: the same for all panels, so that they line up. */
export function marginsOf(figure: ResolvedFigure, right: number): Margins {
  const widest = (axis: ResolvedAxis) =>
    Math.max(
      0,
      ...axis.ticks.flatMap(({ label }) => label.split("\n"))
        .map((line) => textWidth(line, fontSize.text)),
    );
  const plain = Math.max(24, ...figure.panels.map(({ y }) => widest(y) + 12));
  // The last number of a horizontal axis reaches over its end.
  const reach = Math.max(
    0,
    ...figure.panels.filter(({ x }) => x.scale !== "category").map(({ x }) =>
      textWidth(x.ticks.at(-1)?.label ?? "", fontSize.text) / 2
    ),
  );
  const titled = figure.panels.some(({ title }) => title !== "");
  const named = figure.panels.some(({ y }) => y.title !== "");
  const top = (titled ? 20 : 0) + (named ? 18 : 4) + 4;
  const box = (figure.width - 2 * space.edge - (figure.columns - 1) * space.between) /
    figure.columns;
  const slanted = figure.panels.filter(({ x }) =>
    x.scale === "category" && namesBelow(x, box - plain - right).rotate !== 0
  );
  // The first slanted name reaches to the left of its place.
  const left = Math.max(
    plain,
    ...slanted.map(({ x }) =>
      Math.min(widest(x), longestSlanted) * 0.82 - (box - plain) / x.ticks.length / 2
    ),
  );
  const inner = box - left - Math.max(right, reach + 2);
  const bottom = Math.max(
    ...figure.panels.map(({ x }) =>
      (x.scale === "category" ? namesBelow(x, inner).height : 20) + (x.title === "" ? 2 : 18)
    ),
  );
  return { top, right: Math.max(right, reach + 2), bottom, left };
}

/** Pixels that a slanted name may take. */
const longestSlanted = 150;

/** Names below an axis: straight where they fit, else wrapped, else slanted; thinned when crowded. */
export function namesBelow(axis: ResolvedAxis, width: number): NameStyle {
  const labels = axis.ticks.map(({ label }) => label);
  const room = width / Math.max(1, labels.length) - 5;
  const widest = Math.max(0, ...labels.map((label) => textWidth(label, fontSize.text)));
  if (widest <= room) return { labels, rotate: 0, height: 20 };
  const wrapped = labels.map((label) => wrapText(label, fontSize.text, room));
  const lines = Math.max(...wrapped.map(({ length }) => length));
  if (lines <= 3 && !wrapped.flat().some((line) => line.endsWith("…"))) {
    return { labels: wrapped.map((line) => line.join("\n")), rotate: 0, height: 8 + lines * 13 };
  }
  // Short names, such as hours, are better left out than slanted.
  const every = widest <= 30 ? Math.ceil(widest / Math.max(1, room)) : Math.ceil(13 / (room + 5));
  const thinned = labels.map((label, i) => (i % every === 0 ? label : ""));
  if (widest <= 30) return { labels: thinned, rotate: 0, height: 20 };
  return {
    labels: thinned.map((label) => cutText(label, fontSize.text, longestSlanted)),
    rotate: -35,
    height: 14 + Math.min(widest, longestSlanted) * 0.58,
  };
}

/** A name at the end of its line. */
export interface EndLabel {
  readonly style: SeriesStyle;
  /** Pixels from the top of the plot area. */
  readonly y: number;
}

/** Pixels that a name at the end of a line may be moved away from it. */
const mostShift = 16;

/**
 * Names at the ends of lines instead of a legend, where each line reaches the right edge and the
 * names have room; null where a legend reads better.
 */
export function endLabels(figure: ResolvedFigure, plotHeight: number): EndLabel[] | null {
  const [panel] = figure.panels;
  const { series } = figure;
  const simple = figure.panels.length === 1 && panel!.x.scale !== "category" &&
    series.length >= 2 && series.length <= 6 &&
    series.every(({ shows }) => shows.has("line") && !shows.has("fill") && !shows.has("span")) &&
    series.every(({ name }) => textWidth(name, fontSize.label) <= figure.width / 4);
  if (!simple) return null;
  const ends: (EndLabel & { wanted: number })[] = [];
  for (const style of series) {
    const y = lastY(panel!, style, plotHeight);
    if (y === null) return null;
    ends.push({ style, y, wanted: y });
  }
  return spread(ends, plotHeight);
}

function lastY(panel: ResolvedPanel, style: SeriesStyle, plotHeight: number): number | null {
  const line = panel.marks.findLast((mark) => mark.kind === "line" && mark.style === style);
  if (line?.kind !== "line") return null;
  const last = line.y.findLastIndex((value) => Number.isFinite(value));
  if (last < 0 || place(panel.x, line.x[last]!, 0, 1) < 0.97) return null;
  const y = place(panel.y, line.y[last]!, plotHeight, 0);
  return y >= 0 && y <= plotHeight ? y : null;
}

/** Moves labels apart, each as little as possible from above to below; null when it is too much. */
function spread(
  ends: readonly (EndLabel & { wanted: number })[],
  plotHeight: number,
): EndLabel[] | null {
  const gap = 14;
  const sorted = ends.toSorted((a, b) => a.wanted - b.wanted).map((end) => ({ ...end }));
  for (let round = 0; round < 20; round++) {
    for (let i = 1; i < sorted.length; i++) {
      const lack = gap - (sorted[i]!.y - sorted[i - 1]!.y);
      if (lack <= 0) continue;
      sorted[i - 1]!.y -= lack / 2;
      sorted[i]!.y += lack / 2;
    }
  }
  const fits = sorted.every(({ y, wanted }) =>
    Math.abs(y - wanted) <= mostShift && y > -8 && y < plotHeight + 8
  );
  return fits ? sorted : null;
}
