/** What the parts of a page share. */

import type { Palette } from "../../figures/palette.ts";
import type { Column, PageData } from "./data.ts";
import { decodeColumn } from "./decode.ts";
import type { PlotlyLibrary } from "./plotly.ts";

/** The state of an open page. */
export interface Page {
  readonly data: PageData;
  readonly plotly: PlotlyLibrary;
  /** The look in use. */
  look: "light" | "dark";
  /** The span of time that is shown, in seconds on the clock of the tables. */
  span: { fromS: number; toS: number };
  /** Areas that are switched off: indices of layers, `idle`, `rest`, `readings`. */
  readonly hidden: Set<string>;
  /** A column of a table, decoded once; null when there is none of that name. */
  column(table: string, name: string): Promise<Column | null>;
  /** Draws again what depends on the look. */
  readonly onLook: (() => void)[];
  /** Draws again what depends on the span. */
  readonly onSpan: (() => void)[];
}

/** The state at the start. */
export function openPage(data: PageData, plotly: PlotlyLibrary): Page {
  const known = new Map<string, Promise<Column | null>>();
  return {
    data,
    plotly,
    look: "light",
    span: { fromS: data.time.startS, toS: data.time.endS },
    hidden: new Set(),
    onLook: [],
    onSpan: [],
    column(table, name) {
      const key = `${table}/${name}`;
      let column = known.get(key);
      if (column === undefined) {
        const stored = data.tables.find(({ id }) => id === table);
        const found = stored?.columns.find((one) => one.name === name);
        column = found === undefined ? Promise.resolve(null) : decodeColumn(found, stored!.rows);
        known.set(key, column);
      }
      return column;
    },
  };
}

/** The colours in use. */
export function paletteNow(page: Page): Palette {
  return page.data.palettes[page.look];
}

/** Seconds on the clock of the tables as a position on a time axis. */
export function axisTime(page: Page, timeS: number): number {
  const { startS, unit } = page.data.time;
  return (timeS - startS) / (unit === "h" ? 3600 : 1);
}

/** A position on a time axis as seconds on the clock of the tables. */
export function clockTime(page: Page, position: number): number {
  const { startS, unit } = page.data.time;
  return startS + position * (unit === "h" ? 3600 : 1);
}

/** An element by its id. */
export function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
