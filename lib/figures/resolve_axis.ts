import { badFigure, categoriesOf, isLying, panelsSharing, toNumbers } from "./axis_values.ts";
import { placeBars } from "./bars.ts";
import type { Axis, Figure, Mark, Panel } from "./figure.ts";
import type { ResolvedAxis } from "./resolved.ts";
import { cutText, wrapText } from "./text_width.ts";
import { linearScale, logScale } from "./ticks.ts";

/** An axis with what is needed to place values on it. */
export interface AxisScale {
  readonly axis: ResolvedAxis;
  readonly source: Axis;
  readonly categories: readonly string[];
}

/** Makes an axis of a panel: ends, ticks, title. */
export function resolveAxis(
  figure: Figure,
  panel: Panel,
  side: "x" | "y",
  size: { readonly width: number; readonly height: number },
): AxisScale {
  const source = panel[side];
  const title = source.unit === null || source.unit === ""
    ? source.label
    : `${source.label} (${source.unit})`;
  const scale = source.scale ?? "linear";
  if (scale === "category") {
    const categories = categoriesOf(figure, panel, side);
    return { axis: categoryAxis(title, categories, side), source, categories };
  }
  const sharing = source.domain === undefined ? panelsSharing(figure, source, side) : [panel];
  const { low, high, tight, whole } = extent(figure, sharing, side, scale === "log");
  const [from, to] = source.domain ?? [low, high];
  const fixed = source.domain !== undefined || (tight && side === "x");
  if (!(from <= to) || (scale === "log" && !(from > 0))) {
    throw badFigure(
      `${side} axis "${source.label}" has no range`,
      scale === "log" ? "positive values" : "values",
      from > to && source.domain === undefined ? "none" : `${from} to ${to}`,
    );
  }
  const ends = scale === "log"
    ? logScale(from, to, fixed)
    : linearScale(from, to, tickCount(side, size), {
      fixed: source.domain !== undefined,
      tight: fixed,
      whole,
    });
  return { axis: { title, scale, ...ends }, source, categories: [] };
}

/** About how many ticks have room. */
export function tickCount(
  side: "x" | "y",
  size: { readonly width: number; readonly height: number },
): number {
  return side === "x"
    ? Math.max(2, Math.min(10, Math.round((size.width - 70) / 62)))
    : Math.max(2, Math.min(8, Math.round((size.height - 50) / 48)));
}

/** Names at whole numbers, the first at the left or on top; long ones are cut. */
function categoryAxis(title: string, names: readonly string[], side: "x" | "y"): ResolvedAxis {
  const ticks = names.map((name, at) => ({
    at,
    label: side === "y" ? besideAxis(name) : name,
  }));
  const end = Math.max(names.length, 1) - 0.5;
  return { title, scale: "category", domain: side === "y" ? [end, -0.5] : [-0.5, end], ticks };
}

/** A name beside an axis: at most two lines. */
function besideAxis(name: string): string {
  const [first, ...rest] = wrapText(name, 11, 190);
  return rest.length === 0 ? name : `${first}\n${cutText(rest.join(" "), 11, 190)}`;
}

/**
 * Least and greatest value on a side over panels; `tight` when continuous marks fill the axis,
 * `whole` when all values are whole numbers, such as counts.
 */
function extent(
  figure: Figure,
  panels: readonly Panel[],
  side: "x" | "y",
  positive: boolean,
): { low: number; high: number; tight: boolean; whole: boolean } {
  let [low, high, tight, whole] = [Infinity, -Infinity, false, true];
  const see = (values: ArrayLike<number>) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value) || (positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      whole &&= Number.isInteger(value);
    }
  };
  for (const panel of panels) {
    if (panel[side].zero === true) see([0]);
    for (const mark of panel.marks) {
      if (isContinuous(mark)) tight = true;
      for (const values of valuesOn(figure, panel, mark, side)) see(values);
    }
    for (const bars of placeBars(panel, numbersIn(figure, panel))) {
      const standing = side === "x" ? !bars.lying : bars.lying;
      if (standing) {
        see(bars.at.map((at) => at - bars.width / 2));
        see(bars.at.map((at) => at + bars.width / 2));
      } else {
        see([0]);
        see(bars.to);
      }
    }
    if (side === "y") see(stackTop(panel));
  }
  return { low, high, tight, whole };
}

function isContinuous(mark: Mark): boolean {
  return ["line", "step", "area", "band", "span"].includes(mark.mark);
}

/** What a mark puts on a side, bars and areas apart. */
function valuesOn(
  figure: Figure,
  panel: Panel,
  mark: Mark,
  side: "x" | "y",
): readonly ArrayLike<number>[] {
  const numbers = numbersIn(figure, panel);
  switch (mark.mark) {
    case "line":
    case "step":
    case "points":
      return [numbers(mark[side], side, mark.mark)];
    case "area":
      return side === "x" ? [mark.x] : [];
    case "band":
      return side === "x" ? [mark.x] : [mark.low, mark.high];
    case "span":
      return side === "x" ? [mark.from, mark.to] : [];
    case "interval":
      return (side === "y") === isLying(panel)
        ? [numbers(mark.at, side, mark.mark)]
        : [mark.low, mark.high];
    case "rule":
      return mark.axis === side ? [[mark.at]] : [];
    case "text":
      return [numbers([mark[side]] as string[], side, mark.mark)];
    default:
      return [];
  }
}

/** Turns positions of a panel into numbers. */
export function numbersIn(figure: Figure, panel: Panel): NumbersOn {
  const categories = {
    x: panel.x.scale === "category" ? categoriesOf(figure, panel, "x") : [],
    y: panel.y.scale === "category" ? categoriesOf(figure, panel, "y") : [],
  };
  return (positions, side, what) =>
    toNumbers(positions, panel[side], categories[side], `${what} on ${side}`);
}

/** Positions on a side as numbers. */
export type NumbersOn = (
  positions: ArrayLike<number> | readonly string[],
  side: "x" | "y",
  what: string,
) => ArrayLike<number>;

/** Zero and the tops of stacked areas. */
function stackTop(panel: Panel): number[] {
  const areas = panel.marks.filter((mark) => mark.mark === "area");
  if (areas.length === 0) return [];
  const top = [0];
  for (let i = 0; i < areas[0]!.x.length; i++) {
    top.push(areas.reduce((sum, area) => sum + (Number.isNaN(area.y[i]!) ? 0 : area.y[i]!), 0));
  }
  return top;
}
