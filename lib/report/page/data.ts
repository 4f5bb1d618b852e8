/** What a page holds beside its text, as JSON: written by the report, read by the page's program. */

import type { Palette } from "../../figures/palette.ts";
import type { PlotlyFigure } from "../../figures/plotly.ts";

/** A column as it is stored: its bytes deflated (raw) and in base64. */
export interface StoredColumn {
  /** Name, with the unit. */
  readonly name: string;
  /**
   * - `decimal`: numbers of at most `decimals` decimals, as differences from one to the next in
   *   variable-length integers
   * - `float`: numbers as the eight byte planes of 64-bit floats
   * - `text`: a JSON array of texts and nulls
   */
  readonly type: "decimal" | "float" | "text";
  /** Decimals of a `decimal` column; else 0. */
  readonly decimals: number;
  /** The bytes. */
  readonly data: string;
}

/** A table of a page. */
export interface StoredTable {
  /** Its name in the page. */
  readonly id: string;
  /** Name of its download. */
  readonly file: string;
  /** Number of rows. */
  readonly rows: number;
  /** Columns of that length. */
  readonly columns: readonly StoredColumn[];
}

/** A decoded column: numbers, NaN where missing, or texts. */
export type Column = Float64Array | readonly (string | null)[];

/** What power went to, one area of the stack: spans of a table with their energies. */
export interface Layer {
  /** Name for people, such as `prefill`. */
  readonly name: string;
  /** Index of its colour in the palette's series; null for the quiet colour. */
  readonly colour: number | null;
  /** Columns of the rows' table that hold starts, ends and joules. */
  readonly from: string;
  readonly to: string;
  readonly energyJ: string;
  /** Column of when a row was in flight from, where its energy begins later; by default `from`. */
  readonly inFlightFrom?: string;
  /** Only rows whose column has this text. */
  readonly where?: { readonly column: string; readonly is: string };
}

/** The trace in a page: table `power`, columns `timeS` and `powerW`. */
export interface TraceData {
  /** `line`: power at moments; `step`: mean power up to each moment. */
  readonly shape: "line" | "step";
  /** Longest step that counts as measured, in seconds. */
  readonly maxGapS: number;
}

/** Requests or windows in a page. */
export interface RowsData {
  /** Id of their table. */
  readonly table: "requests" | "windows";
  /** What one is called. */
  readonly noun: string;
  /** The first rows by start, so that a page of a million opens without reading them all. */
  readonly first: StoredTable;
}

/** What the power figure shows at first, in digits enough to draw. */
export interface FirstView {
  readonly timeS: readonly number[];
  readonly idleW: readonly number[];
  readonly layersW: readonly (readonly number[])[];
  readonly restW: readonly number[];
  readonly inFlight: readonly (readonly number[])[];
  readonly readings: {
    readonly timeS: readonly number[];
    readonly powerW: readonly (number | null)[];
  };
}

/** A figure for each look, as Plotly takes it. */
export interface FigureData {
  /** Id of the element that it is drawn in. */
  readonly id: string;
  readonly light: PlotlyFigure;
  readonly dark: PlotlyFigure;
}

/** All of it. */
export interface PageData {
  /** First part of the names of downloads. */
  readonly name: string;
  readonly palettes: { readonly light: Palette; readonly dark: Palette };
  /** Moment that the axes count from, on the clock of the tables, and what they count in. */
  readonly time: {
    readonly startS: number;
    readonly endS: number;
    readonly label: string;
    readonly unit: "s" | "h";
  };
  /** Null where there are no readings: the stack then shows the energies alone. */
  readonly trace: TraceData | null;
  /** Idle power that is kept apart, in watts. */
  readonly idleW: number;
  /** Areas of the stack, from below. */
  readonly layers: readonly Layer[];
  readonly rows: RowsData | null;
  /** The figure of power over the whole span. */
  readonly firstView: FirstView;
  readonly figures: readonly FigureData[];
  readonly tables: readonly StoredTable[];
}
