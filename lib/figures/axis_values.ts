import { InputError } from "../errors.ts";
import type { Axis, Figure, Mark, Panel, Positions } from "./figure.ts";

/** Names of a category axis in order: as given, or as the marks of all panels that share it bring. */
export function categoriesOf(figure: Figure, panel: Panel, side: "x" | "y"): readonly string[] {
  const axis = panel[side];
  if (axis.categories !== undefined) return axis.categories;
  const names = new Set<string>();
  for (const sharing of panelsSharing(figure, axis, side)) {
    for (const mark of sharing.marks) {
      for (const value of positionsOf(mark, side, isLying(sharing))) {
        if (typeof value === "string") names.add(value);
      }
    }
  }
  return [...names];
}

/** Panels whose axis on that side has the same label, unit and scale. */
export function panelsSharing(figure: Figure, axis: Axis, side: "x" | "y"): readonly Panel[] {
  const key = (a: Axis) => JSON.stringify([a.label, a.unit, a.scale ?? "linear"]);
  return figure.panels.filter((panel) =>
    key(panel[side]) === key(axis) && panel[side].domain === undefined
  );
}

/** Whether bars and intervals of a panel lie: where its y axis has names. */
export function isLying(panel: Panel): boolean {
  return panel.y.scale === "category" && panel.x.scale !== "category";
}

/** The positions that a mark puts on a side, where it has any. */
function positionsOf(mark: Mark, side: "x" | "y", lying: boolean): Iterable<number | string> {
  switch (mark.mark) {
    case "interval":
      return (side === "y") === lying ? list(mark.at) : [];
    case "points":
    case "bars":
    case "heat":
      return list(mark[side]);
    case "line":
    case "step":
      return list(mark[side]);
    case "text":
      return [mark[side]];
    default:
      return [];
  }
}

function list(positions: Positions): Iterable<number | string> {
  return Array.from(positions as ArrayLike<number | string>);
}

/**
 * Positions as numbers: a name becomes its index.
 *
 * @throws {InputError} When a name meets an axis of numbers or is not in the axis's list.
 */
export function toNumbers(
  positions: Positions,
  axis: Axis,
  categories: readonly string[],
  what: string,
): ArrayLike<number> {
  if (axis.scale !== "category") {
    for (let i = 0; i < positions.length; i++) {
      const value = positions[i];
      if (typeof value === "number") continue;
      throw badFigure(`${what}: a name on an axis of numbers`, "numbers", String(value));
    }
    return positions as ArrayLike<number>;
  }
  const index = new Map(categories.map((name, i) => [name, i]));
  return Array.from(positions as ArrayLike<number | string>, (value) => {
    const at = index.get(String(value));
    if (at === undefined) {
      throw badFigure(`${what}: a name that the axis lacks`, categories.join(", "), String(value));
    }
    return at;
  });
}

/** Refuses a figure. */
export function badFigure(problem: string, expected: string, found: string): InputError {
  return new InputError({ code: "bad-option", path: "figure", problem, expected, found });
}
