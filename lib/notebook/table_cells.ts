import { formatFixed, formatNumber, missingText } from "../number_text.ts";
import {
  type ColumnStyle,
  type TableOptions,
  type TableSource,
  type TableView,
  viewOf,
} from "./table_source.ts";

/** A table as texts, cut to what is shown. */
export interface TableCells {
  /** The line above, or empty. */
  readonly title: string;
  /** Rows and columns of the whole: `200 × 5`. */
  readonly shape: string;
  readonly columns: readonly ColumnCells[];
  /** Rows and columns left out of the middle, and after which shown one. */
  readonly hiddenRows: number;
  readonly rowsBefore: number;
  readonly hiddenColumns: number;
  readonly columnsBefore: number;
}

/** One column as texts. */
export interface ColumnCells {
  readonly head: string;
  /** Whether it holds numbers, which stand to the right with their points in line. */
  readonly numeric: boolean;
  /** Whether its texts are whole and may take several lines. */
  readonly wraps: boolean;
  readonly cells: readonly Cell[];
}

/** A cell: a number is cut at its point and before its interval, to put both in line. */
export interface Cell {
  readonly before: string;
  readonly fraction: string;
  readonly tail: string;
  /** What is wrong with a missing value, or empty. */
  readonly reason: string;
}

/** Units at the ends of names, as this toolkit writes them. */
const unitEnds: Readonly<Record<string, string>> = {
  J: "J",
  Kj: "kJ",
  Kwh: "kWh",
  W: "W",
  Kw: "kW",
  S: "s",
  Ms: "ms",
  H: "h",
  Mhz: "MHz",
  Gb: "GB",
  Bytes: "B",
  Usd: "USD",
  Kg: "kg",
  Percent: "%",
};

/** Characters that a text in a cell may take. */
const longestText = 60;

/** Reads a source into texts. */
export function cellsOf(source: TableSource, options: TableOptions = {}): TableCells {
  const view = viewOf(source);
  const styles = options.columns ?? {};
  const companions = new Set(
    Object.entries(styles).filter(([name]) => view.names.includes(name))
      .flatMap(([, { interval, reason }]) => [...(interval ?? []), ...(reason ? [reason] : [])]),
  );
  const names = view.names.filter((name) => !companions.has(name));
  const rows = ends(view.rows, options.maxRows ?? 20);
  const columns = ends(names.length, options.maxColumns ?? 14);
  return {
    title: plain(options.title ?? ""),
    shape: `${formatFixed(view.rows, 0)} × ${names.length}`,
    columns: columns.shown.map((i) =>
      columnOf(view, names[i]!, styles[names[i]!] ?? {}, rows.shown)
    ),
    hiddenRows: rows.hidden,
    rowsBefore: rows.before,
    hiddenColumns: columns.hidden,
    columnsBefore: columns.before,
  };
}

/** The first and last of many. */
function ends(count: number, most: number): { shown: number[]; hidden: number; before: number } {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= most) return { shown: all, hidden: 0, before: count };
  const before = Math.ceil(most / 2);
  const shown = [...all.slice(0, before), ...all.slice(count - Math.floor(most / 2))];
  return { shown, hidden: count - shown.length, before };
}

function columnOf(
  view: TableView,
  name: string,
  style: ColumnStyle,
  rows: readonly number[],
): ColumnCells {
  const values = rows.map((row) => view.value(name, row));
  const numbers = values.filter(isNumber);
  const numeric = numbers.length > 0 &&
    values.every((value) => isNumber(value) || isMissing(value));
  const whole = numbers.every((value) => Number.isNaN(value) || Number.isInteger(value));
  const format = numberFormat(style, whole);
  const wraps = style.whole ?? false;
  const text = wraps ? plain : short;
  const cells = values.map((value, i): Cell => {
    const at = (column: string | undefined) =>
      column === undefined ? undefined : view.value(column, rows[i]!);
    if (isMissing(value)) {
      const reason = at(style.reason);
      return { ...cut(missingText), reason: isMissing(reason) ? "" : text(reason) };
    }
    if (!isNumber(value)) return { before: text(value), fraction: "", tail: "", reason: "" };
    const [low, high] = [at(style.interval?.[0]), at(style.interval?.[1])];
    const number = isNumber(low) && isNumber(high)
      ? withInterval(value, low, high, style)
      : format(value);
    return { ...cut(number), reason: "" };
  });
  return { head: headOf(name, style), numeric, wraps, cells };
}

function headOf(name: string, style: ColumnStyle): string {
  const [, stem, end] = /^(.*[a-z0-9])([A-Z][a-z]*)$/.exec(name) ?? [];
  const known = end === undefined ? undefined : unitEnds[end];
  const unit = style.unit === undefined ? known : style.unit;
  const label = style.label ?? (known === undefined ? name : words(stem!));
  return short(unit === undefined || unit === null || unit === "" ? label : `${label} (${unit})`);
}

/** `meanPower` as words. */
function words(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
}

function numberFormat(style: ColumnStyle, whole: boolean): (value: number) => string {
  const { decimals, digits } = style;
  if (decimals !== undefined) return (value) => formatFixed(value, decimals);
  if (digits === undefined && whole) return (value) => formatFixed(value, 0);
  return (value) => formatNumber(value, digits ?? 3);
}

/** `26.0 ± 0.4`, or `26.0 (25.1 to 28.3)` where the sides differ; two digits of the width. */
function withInterval(value: number, low: number, high: number, style: ColumnStyle): string {
  if (!(high > low)) return numberFormat(style, false)(value);
  const half = (high - low) / 2;
  const power = Number(half.toExponential(1).split("e")[1]);
  const decimals = style.decimals ?? Math.min(12, Math.max(0, 1 - power));
  const text = (x: number) => formatFixed(x, decimals);
  const [below, above] = [text(value - low), text(high - value)];
  return below === above
    ? `${text(value)} ± ${above}`
    : `${text(value)} (${text(low)} to ${text(high)})`;
}

function cut(text: string): Omit<Cell, "reason"> {
  const [, before, fraction, tail] = /^([^.\s]*)(\.\S*)?(\s.*)?$/.exec(text)!;
  return { before: before!, fraction: fraction ?? "", tail: tail ?? "" };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value);
}

/** A text on one line without what could move a terminal's cursor or turn the reading direction. */
function plain(value: unknown): string {
  const text = value instanceof Date
    ? value.toISOString()
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value);
  // deno-lint-ignore no-control-regex
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return text.toWellFormed().replace(unsafe, (c) => {
    return c === "\n"
      ? "\\n"
      : c === "\t"
      ? "\\t"
      : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A text that leaves room for the other columns. */
function short(value: unknown): string {
  const chars = [...plain(value)];
  return chars.length > longestText
    ? chars.slice(0, longestText - 1).join("") + "…"
    : chars.join("");
}
