import type { Origin } from "./figure.ts";
import type { SymbolName } from "./palette.ts";
import type { Tick } from "./ticks.ts";

/** A figure with every choice made, so that all exits draw the same: numbers and names only. */
export interface ResolvedFigure {
  readonly title: string;
  readonly caption: string;
  readonly origins: readonly Origin[];
  /** What was left out, and how. */
  readonly notes: readonly string[];
  readonly width: number;
  readonly columns: number;
  readonly panelHeight: number;
  readonly panels: readonly ResolvedPanel[];
  /** Named series in order of appearance. */
  readonly series: readonly SeriesStyle[];
}

/** How marks of a series look; the colour is `quiet` or an index into the palette. */
export interface SeriesStyle {
  readonly name: string;
  readonly colour: number | "quiet";
  readonly dash: readonly number[];
  readonly symbol: SymbolName;
  /** What the series is drawn as, for its entry in the legend. */
  readonly shows: ReadonlySet<"line" | "points" | "fill" | "band" | "span" | "interval">;
}

export interface ResolvedAxis {
  /** Label with unit. */
  readonly title: string;
  readonly scale: "linear" | "log" | "category";
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
}

export interface ResolvedPanel {
  readonly title: string;
  readonly x: ResolvedAxis;
  readonly y: ResolvedAxis;
  readonly marks: readonly ResolvedMark[];
  /** Whether an axis has given ends, which data may overstep. */
  readonly clipped: boolean;
}

/** A mark in numbers; a category is its index. */
export type ResolvedMark =
  | {
    readonly kind: "line";
    readonly style: SeriesStyle;
    readonly step: boolean;
    readonly x: readonly number[];
    readonly y: readonly number[];
  }
  | {
    readonly kind: "points";
    readonly style: SeriesStyle;
    readonly x: readonly number[];
    readonly y: readonly number[];
  }
  | {
    readonly kind: "bars";
    readonly style: SeriesStyle;
    /** Whether they lie, along x. */
    readonly lying: boolean;
    /** Centres on the axis of names or positions. */
    readonly at: readonly number[];
    readonly width: number;
    readonly from: readonly number[];
    readonly to: readonly number[];
  }
  | {
    readonly kind: "band" | "area";
    readonly style: SeriesStyle;
    readonly x: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  }
  | {
    readonly kind: "interval";
    readonly style: SeriesStyle;
    readonly lying: boolean;
    readonly at: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  }
  | {
    readonly kind: "span";
    readonly style: SeriesStyle;
    readonly from: readonly number[];
    readonly to: readonly number[];
  }
  | {
    readonly kind: "heat";
    readonly title: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly value: readonly number[];
    readonly range: readonly [number, number];
    /** Texts of the cells; empty where cells are too small. */
    readonly text: readonly string[];
  }
  | {
    readonly kind: "rule";
    readonly axis: "x" | "y";
    readonly at: number;
    readonly text: string;
  }
  | { readonly kind: "text"; readonly x: number; readonly y: number; readonly text: string };
