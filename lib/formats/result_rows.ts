import type { ResultTable } from "./format.ts";

/** A cell of a result table. */
export type Cell = number | string | null;

/** Builds a result table row by row; a column that a row does not have is null there. */
export class ResultRows {
  /** Rows so far. */
  length = 0;
  readonly #columns = new Map<string, Cell[]>();

  /**
   * Adds a row. What is not finite becomes null, true and false become words.
   *
   * @param row Cells by column.
   */
  add(row: Iterable<readonly [string, Cell | boolean]>): void {
    for (const [name, cell] of row) {
      let column = this.#columns.get(name);
      if (column === undefined) {
        column = new Array<Cell>(this.length).fill(null);
        this.#columns.set(name, column);
      }
      while (column.length < this.length) column.push(null);
      column[this.length] = typeof cell === "boolean"
        ? String(cell)
        : typeof cell === "number" && !Number.isFinite(cell)
        ? null
        : cell;
    }
    this.length++;
  }

  /**
   * The table of all rows.
   *
   * @param name What the rows are.
   * @param unitOf Unit of a numeric column by its name; undefined when it has none.
   * @return The table.
   */
  table(name: string, unitOf: (column: string) => string | undefined): ResultTable {
    const columns: Record<string, Cell[]> = {};
    const units: Record<string, string> = {};
    for (const [column, cells] of this.#columns) {
      while (cells.length < this.length) cells.push(null);
      columns[column] = cells;
      const unit = unitOf(column);
      if (unit !== undefined && cells.some((cell) => typeof cell === "number")) {
        units[column] = unit;
      }
    }
    return { name, columns, units };
  }
}
