import { formatFixed, formatNumber } from "../number_text.ts";
import { badFigure, isLying, toNumbers } from "./axis_values.ts";
import { placeBars, type PlacedBars } from "./bars.ts";
import { joinSpans, peakIndices, pointIndices } from "./decimate.ts";
import type { AreaMark, Mark, Panel } from "./figure.ts";
import type { AxisScale, NumbersOn } from "./resolve_axis.ts";
import type { ResolvedMark, SeriesStyle } from "./resolved.ts";

/** What marks are resolved with. */
export interface MarkContext {
  readonly x: AxisScale;
  readonly y: AxisScale;
  readonly series: ReadonlyMap<string, SeriesStyle>;
  readonly size: { readonly width: number; readonly height: number };
  /** Takes what the caption must say. */
  readonly notes: string[];
}

/** A bucket of a long line per pixel and a half: finer cannot be seen. */
const bucketPixels = 1.5;

/** Turns the marks of a panel into numbers, fit for its size. */
export function resolveMarks(panel: Panel, context: MarkContext): ResolvedMark[] {
  const numbers: NumbersOn = (positions, side, what) =>
    toNumbers(positions, context[side].source, context[side].categories, `${what} on ${side}`);
  const bars = placeBars(panel, numbers);
  const areas = stackAreas(panel, context);
  let nextBars = 0;
  let nextArea = 0;
  return panel.marks.map((mark): ResolvedMark => {
    switch (mark.mark) {
      case "bars":
        refuseLog(panel, bars[nextBars]!);
        return resolvedBars(bars[nextBars++]!, context);
      case "area":
        return areas[nextArea++]!;
      case "line":
      case "step":
      case "points":
        return points(mark, numbers, context);
      case "band":
        return band(mark, context);
      case "interval":
        return interval(panel, mark, bars, numbers, context);
      case "span": {
        const style = context.series.get(mark.series)!;
        sameLength("span", mark.from, mark.to);
        const [from, to] = context.x.axis.domain;
        const reach = (to - from) / context.size.width / 2;
        const joined = joinSpans(mark.from, mark.to, reach);
        const tidy = rounder(context.x);
        return { kind: "span", style, from: joined.from.map(tidy), to: joined.to.map(tidy) };
      }
      case "heat":
        return heat(mark, numbers, context);
      case "rule":
        return { kind: "rule", axis: mark.axis, at: mark.at, text: mark.text ?? "" };
      case "text": {
        const x = numbers([mark.x] as string[], "x", "text")[0]!;
        const y = numbers([mark.y] as string[], "y", "text")[0]!;
        return { kind: "text", x, y, text: mark.text };
      }
    }
  });
}

function points(
  mark: Extract<Mark, { mark: "line" | "step" | "points" }>,
  numbers: NumbersOn,
  context: MarkContext,
): ResolvedMark {
  const style = context.series.get(mark.series)!;
  const x = hideUnplaceable(numbers(mark.x, "x", mark.mark), context.x, mark.series, context);
  const y = hideUnplaceable(numbers(mark.y, "y", mark.mark), context.y, mark.series, context);
  sameLength(mark.mark, x, y);
  const [tidyX, tidyY] = [rounder(context.x), rounder(context.y)];
  const pick = (values: ArrayLike<number>, kept: readonly number[], tidy: (v: number) => number) =>
    kept.map((i) => tidy(values[i]!));
  if (mark.mark === "points") {
    const kept = pointIndices(x.length, gridCell(x, y, context), 2000);
    say(context, mark.series, kept.length, x.length, "points", "those left out lie under others");
    return { kind: "points", style, x: pick(x, kept, tidyX), y: pick(y, kept, tidyY) };
  }
  const kept = peakIndices(y, Math.ceil(context.size.width / bucketPixels));
  say(context, mark.series, kept.length, x.length, "samples", "every peak kept");
  const line = { x: pick(x, kept, tidyX), y: pick(y, kept, tidyY) };
  if (mark.mark === "line") return { kind: "line", style, step: false, ...line };
  return { kind: "line", style, step: true, ...holdToGaps(line) };
}

/** A step holds its value until the gap begins: a point there, before the gap. */
function holdToGaps({ x, y }: { x: number[]; y: number[] }): { x: number[]; y: number[] } {
  const held: { x: number[]; y: number[] } = { x: [], y: [] };
  y.forEach((value, i) => {
    const before = y[i - 1] ?? NaN;
    if (Number.isNaN(value) && !Number.isNaN(before)) {
      held.x.push(x[i]!);
      held.y.push(before);
    }
    held.x.push(x[i]!);
    held.y.push(value);
  });
  return held;
}

function band(mark: Extract<Mark, { mark: "band" }>, context: MarkContext): ResolvedMark {
  sameLength("band", mark.x, mark.low);
  sameLength("band", mark.x, mark.high);
  const style = context.series.get(mark.series)!;
  const low = hideUnplaceable(mark.low, context.y, mark.series, context);
  const high = hideUnplaceable(mark.high, context.y, mark.series, context);
  const buckets = Math.ceil(context.size.width / bucketPixels);
  const kept = [...new Set([...peakIndices(low, buckets), ...peakIndices(high, buckets)])]
    .sort((a, b) => a - b);
  const [tidyX, tidyY] = [rounder(context.x), rounder(context.y)];
  return {
    kind: "band",
    style,
    x: kept.map((i) => tidyX(mark.x[i]!)),
    low: kept.map((i) => tidyY(low[i]!)),
    high: kept.map((i) => tidyY(high[i]!)),
  };
}

/** Areas on each other; all keep the samples that the top line needs. */
function stackAreas(panel: Panel, context: MarkContext): ResolvedMark[] {
  const areas: readonly AreaMark[] = panel.marks.filter((mark) => mark.mark === "area");
  const first = areas[0];
  if (first === undefined) return [];
  if (panel.y.scale === "log") throw onLog("an area");
  for (const area of areas) {
    sameLength("area", area.x, area.y);
    if (area.x.length !== first.x.length || !Array.from(area.x).every((x, i) => x === first.x[i])) {
      throw badFigure(
        `area "${area.series}" has another x than "${first.series}"`,
        "the same x for all areas of a panel",
        `${area.x.length} and ${first.x.length} positions`,
      );
    }
  }
  const tops: Float64Array[] = [new Float64Array(first.x.length)];
  for (const area of areas) tops.push(tops.at(-1)!.map((sum, i) => sum + area.y[i]!));
  const kept = peakIndices(tops.at(-1)!, Math.ceil(context.size.width / bucketPixels));
  say(context, "stack", kept.length, first.x.length, "samples", "every peak of the sum kept");
  const [tidyX, tidyY] = [rounder(context.x), rounder(context.y)];
  return areas.map((area, k) => ({
    kind: "area",
    style: context.series.get(area.series)!,
    x: kept.map((i) => tidyX(area.x[i]!)),
    low: kept.map((i) => tidyY(tops[k]![i]!)),
    high: kept.map((i) => tidyY(tops[k + 1]![i]!)),
  }));
}

function resolvedBars(bars: PlacedBars, context: MarkContext): ResolvedMark {
  const { series, ...places } = bars;
  const tidy = rounder(bars.lying ? context.x : context.y);
  return {
    kind: "bars",
    style: context.series.get(series)!,
    ...places,
    from: places.from.map(tidy),
    to: places.to.map(tidy),
  };
}

function interval(
  panel: Panel,
  mark: Extract<Mark, { mark: "interval" }>,
  bars: readonly PlacedBars[],
  numbers: NumbersOn,
  context: MarkContext,
): ResolvedMark {
  sameLength("interval", mark.at, mark.low);
  sameLength("interval", mark.at, mark.high);
  const lying = isLying(panel);
  const at = Array.from(numbers(mark.at, lying ? "y" : "x", "interval"));
  const own = bars.find(({ series }) => series === mark.series);
  const slots = new Set(bars.map(({ series }) => series)).size;
  const order = [...new Set(bars.map(({ series }) => series))].indexOf(mark.series);
  const shift = own === undefined || panel.stacked === true
    ? 0
    : (order - (slots - 1) / 2) * own.width;
  const kept = at.map((_, i) => i)
    .filter((i) => Number.isFinite(mark.low[i]!) && Number.isFinite(mark.high[i]!));
  const tidy = rounder(lying ? context.x : context.y);
  return {
    kind: "interval",
    style: context.series.get(mark.series)!,
    lying,
    at: kept.map((i) => at[i]! + shift),
    low: kept.map((i) => tidy(mark.low[i]!)),
    high: kept.map((i) => tidy(mark.high[i]!)),
  };
}

function heat(
  mark: Extract<Mark, { mark: "heat" }>,
  numbers: NumbersOn,
  context: MarkContext,
): ResolvedMark {
  sameLength("heat", mark.x, mark.y);
  sameLength("heat", mark.x, mark.value);
  const value = Array.from(mark.value);
  const finite = value.filter(Number.isFinite);
  if (finite.length === 0) throw badFigure("a heat map without values", "finite values", "none");
  const wide = (context.size.width - 80) / Math.max(1, context.x.categories.length);
  const tall = (context.size.height - 50) / Math.max(1, context.y.categories.length);
  return {
    kind: "heat",
    title: mark.unit === null || mark.unit === "" ? mark.label : `${mark.label} (${mark.unit})`,
    x: Array.from(numbers(mark.x, "x", "heat")),
    y: Array.from(numbers(mark.y, "y", "heat")),
    value,
    range: [Math.min(...finite), Math.max(...finite)],
    text: wide >= 36 && tall >= 16 ? value.map((v) => Number.isNaN(v) ? "" : formatNumber(v)) : [],
  };
}

/** On a logarithmic axis what is not positive has no place: it becomes a gap and is counted. */
function hideUnplaceable(
  values: ArrayLike<number>,
  { axis }: AxisScale,
  series: string,
  context: MarkContext,
): ArrayLike<number> {
  if (axis.scale !== "log") return values;
  let hidden = 0;
  const placeable = Array.from(values, (value) => {
    if (!(value <= 0)) return value;
    hidden++;
    return NaN;
  });
  if (hidden === 0) return values;
  const name = series === "" ? "" : `${series}: `;
  context.notes.push(
    `${name}${hidden} ${hidden === 1 ? "value" : "values"} at or below zero not shown on the ` +
      `logarithmic axis`,
  );
  return placeable;
}

/** Cells of two pixels: points in one lie on each other. */
function gridCell(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  context: MarkContext,
): (i: number) => number {
  const place = ({ axis }: AxisScale, value: number, pixels: number) => {
    const [a, b] = axis.domain;
    const share = axis.scale === "log"
      ? Math.log(value / a) / Math.log(b / a)
      : (value - a) / (b - a);
    return Math.floor(share * pixels);
  };
  const [columns, rows] = [context.size.width / 2, context.size.height / 2];
  return (i) => place(context.x, x[i]!, columns) * 4 * rows + place(context.y, y[i]!, rows);
}

function say(
  context: MarkContext,
  series: string,
  shown: number,
  all: number,
  what: string,
  how: string,
): void {
  if (shown === all) return;
  const name = series === "" ? "" : `${series}: `;
  context.notes.push(
    `${name}${formatFixed(shown, 0)} of ${formatFixed(all, 0)} ${what} drawn, ${how}`,
  );
}

/** Rounds to a millionth of the axis: less than can be seen, and files stay small. */
function rounder({ axis }: AxisScale): (value: number) => number {
  if (axis.scale === "log") return (value) => Number(value.toPrecision(7));
  const span = Math.abs(axis.domain[1] - axis.domain[0]);
  const decimals = Math.min(20, Math.max(0, 6 - Math.floor(Math.log10(span))));
  return (value) => Number(value.toFixed(decimals));
}

function refuseLog(panel: Panel, bars: PlacedBars): void {
  if ((bars.lying ? panel.x : panel.y).scale === "log") throw onLog("a bar");
}

function onLog(what: string): Error {
  return badFigure(`${what} on a logarithmic axis has no zero to stand on`, "points", what);
}

function sameLength(mark: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length === b.length) return;
  throw badFigure(`${mark}: columns of different length`, `${a.length} values`, `${b.length}`);
}
