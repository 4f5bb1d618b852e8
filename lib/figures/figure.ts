/** Where the numbers of a figure come from; a figure says it in its caption. */
export type Origin = "measured" | "published" | "modelled" | "simulated" | "generated";

/** Positions along an axis: numbers, or names on a category axis. */
export type Positions = ArrayLike<number> | readonly string[];

/** One axis of a panel. */
export interface Axis {
  /** What it shows, such as `Board power`. */
  readonly label: string;
  /** Its unit, such as `W`; null for a pure number or names. */
  readonly unit: string | null;
  /**
   * How values are placed; default `linear`. A logarithmic axis leaves out what is not positive
   * and the caption counts it. A category axis has names.
   */
  readonly scale?: "linear" | "log" | "category";
  /**
   * Ends of the axis. By default they are round numbers around the data; axes of the same label
   * and unit agree over all panels, and bars and stacks include zero.
   */
  readonly domain?: readonly [number, number];
  /** Whether zero is included where no bar asks for it; default false. */
  readonly zero?: boolean;
  /** Names of a category axis in order; by default as the marks bring them. */
  readonly categories?: readonly string[];
}

/** What marks of a named series have in common. */
export interface SeriesMark {
  /**
   * Name of the series. The same name has the same look in every panel and one entry in the legend;
   * an empty name has none.
   */
  readonly series: string;
  /** Grey, for what is there to compare with; default false. */
  readonly quiet?: boolean;
}

/** A line through points in order of x; broken where a value is NaN. */
export interface LineMark extends SeriesMark {
  /** Tells the mark; a step holds each value until the next x. */
  readonly mark: "line" | "step";
  /** Positions, increasing. */
  readonly x: Positions;
  /** Values. */
  readonly y: ArrayLike<number>;
}

/** Separate points. */
export interface PointsMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "points";
  /** Horizontal positions. */
  readonly x: Positions;
  /** Vertical positions. */
  readonly y: Positions;
}

/**
 * Bars from zero. Where the y axis has names they lie, else they stand. Series of one panel stand
 * side by side, or on each other in a stacked panel.
 */
export interface BarsMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "bars";
  /** Names or positions; lengths of lying bars. */
  readonly x: Positions;
  /** Heights of standing bars; names of lying ones. */
  readonly y: Positions;
  /** Width of a bar in units of its axis, such as the bin of a histogram; default by spacing. */
  readonly width?: number;
}

/** An area over x; the areas of a panel are stacked in order. Their x must be the same. */
export interface AreaMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "area";
  /** Positions, increasing. */
  readonly x: ArrayLike<number>;
  /** Heights, not negative. */
  readonly y: ArrayLike<number>;
}

/** A band between two curves, such as a prediction interval. */
export interface BandMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "band";
  /** Positions, increasing. */
  readonly x: ArrayLike<number>;
  /** Lower curve. */
  readonly low: ArrayLike<number>;
  /** Upper curve. */
  readonly high: ArrayLike<number>;
}

/** An error bar at each position; it follows the bar of its series where there is one. */
export interface IntervalMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "interval";
  /** Positions on the x axis, or names on a y axis that has names. */
  readonly at: Positions;
  /** Lower ends. */
  readonly low: ArrayLike<number>;
  /** Upper ends. */
  readonly high: ArrayLike<number>;
}

/** Stretches of the x axis, shaded over the whole height, such as phases of a run. */
export interface SpanMark extends SeriesMark {
  /** Tells the mark. */
  readonly mark: "span";
  /** Starts. */
  readonly from: ArrayLike<number>;
  /** Ends. */
  readonly to: ArrayLike<number>;
}

/** Coloured cells at pairs of positions; a NaN cell stays empty. */
export interface HeatMark {
  /** Tells the mark. */
  readonly mark: "heat";
  /** Column of each cell. */
  readonly x: Positions;
  /** Row of each cell. */
  readonly y: Positions;
  /** Value of each cell. */
  readonly value: ArrayLike<number>;
  /** What the values are. */
  readonly label: string;
  /** Unit of the values; null for a pure number. */
  readonly unit: string | null;
}

/** A thin straight line across the panel, such as a power limit. */
export interface RuleMark {
  /** Tells the mark. */
  readonly mark: "rule";
  /** The axis that `at` lies on. */
  readonly axis: "x" | "y";
  /** Where. */
  readonly at: number;
  /** What it is. */
  readonly text?: string;
}

/** A remark at a point. */
export interface TextMark {
  /** Tells the mark. */
  readonly mark: "text";
  /** Horizontal position. */
  readonly x: number | string;
  /** Vertical position. */
  readonly y: number | string;
  /** The remark. */
  readonly text: string;
}

/** Anything that a panel can show. */
export type Mark =
  | LineMark
  | PointsMark
  | BarsMark
  | AreaMark
  | BandMark
  | IntervalMark
  | SpanMark
  | HeatMark
  | RuleMark
  | TextMark;

/** One pair of axes with its marks; later marks lie over earlier ones. */
export interface Panel {
  /** Name of the panel among others. */
  readonly title?: string;
  /** Horizontal axis. */
  readonly x: Axis;
  /** Vertical axis. */
  readonly y: Axis;
  /** What is drawn. */
  readonly marks: readonly Mark[];
  /** Whether bars of several series stand on each other; default false, side by side. */
  readonly stacked?: boolean;
}

/**
 * A figure as plain data: what is shown, with units, and where the numbers come from. The exits
 * {@linkcode toSvg}, {@linkcode toPng} and {@linkcode toPlotly} draw the same one.
 */
export interface Figure {
  /** What the figure shows, best as a statement. */
  readonly title: string;
  /** What a reader needs to know to trust it: conditions, sources, methods. */
  readonly caption: string;
  /** Where the numbers come from; several where a figure compares, say, a model with measurement. */
  readonly origin: Origin | readonly Origin[];
  /** One panel, or small multiples. */
  readonly panels: readonly Panel[];
  /** Panels in a row; default 1 for one panel, 2 for two or four, else 3. */
  readonly columns?: number;
  /** Width in pixels; default 720. */
  readonly width?: number;
  /** Height of a panel in pixels; default by what it holds. */
  readonly panelHeight?: number;
}

/** The look of a figure: on white paper or on a dark screen. */
export type Look = "light" | "dark";
