/** What an Arquero table offers; anything with these three works. */
export interface TableLike {
  /** Rows that are not filtered away. */
  numRows(): number;
  /** Names of the columns in order. */
  columnNames(): string[];
  /** The value at a row, counted in the table's order. */
  get(name: string, row?: number): unknown;
}

/** Rows, columns by name, or an Arquero table. */
export type TableSource =
  | readonly Readonly<Record<string, unknown>>[]
  | Readonly<Record<string, ArrayLike<unknown>>>
  | TableLike;

/** How a column is shown. */
export interface ColumnStyle {
  /** Its head; default the name, with a unit at its end (`energyJ`) taken off. */
  readonly label?: string;
  /** Unit, shown in the head; default by the name's end, null for none. */
  readonly unit?: string | null;
  /** Significant digits of numbers; default 3, and all of whole numbers. */
  readonly digits?: number;
  /** Digits after the point, instead of significant ones. */
  readonly decimals?: number;
  /** Names of two columns with the ends of the value's interval, which are then not shown alone. */
  readonly interval?: readonly [string, string];
  /** Name of a column that says why a value is missing; it is then not shown alone. */
  readonly reason?: string;
  /** Whether texts are shown whole, in HTML on several lines; by default cut to 60 characters. */
  readonly whole?: boolean;
}

/** Options of tables. */
export interface TableOptions {
  /** How columns are shown, by name. */
  readonly columns?: Readonly<Record<string, ColumnStyle>>;
  /** Rows shown at most, from both ends; default 20. */
  readonly maxRows?: number;
  /** Columns shown at most, from both ends; default 14. */
  readonly maxColumns?: number;
  /** A line above the table. */
  readonly title?: string;
}

/** A source with one way in. */
export interface TableView {
  readonly rows: number;
  readonly names: readonly string[];
  value(name: string, row: number): unknown;
}

/** Looks at any source in one way; rows bring the names of all their fields. */
export function viewOf(source: TableSource): TableView {
  if (isTableLike(source)) {
    return {
      rows: source.numRows(),
      names: source.columnNames(),
      value: (name, row) => source.get(name, row),
    };
  }
  if (Array.isArray(source)) {
    const list = source as readonly Readonly<Record<string, unknown>>[];
    const names = new Set<string>();
    for (const row of list) for (const name of Object.keys(row)) names.add(name);
    return { rows: list.length, names: [...names], value: (name, row) => list[row]![name] };
  }
  const columns = source as Readonly<Record<string, ArrayLike<unknown>>>;
  const lengths = Object.values(columns).map(({ length }) => length);
  return {
    rows: Math.max(0, ...lengths),
    names: Object.keys(columns),
    value: (name, row) => columns[name]?.[row],
  };
}

function isTableLike(source: TableSource): source is TableLike {
  return typeof (source as TableLike).numRows === "function" &&
    typeof (source as TableLike).columnNames === "function";
}
