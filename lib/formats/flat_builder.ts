import type { FlatColumn, FlatTable } from "./flat_table.ts";
import type { Span } from "./flat_parts.ts";

/** Values of a column, typed or not. */
export type Values = ArrayLike<number | string | null>;

/** A column's part of the rows that are added together. */
export type Piece = [name: string, type: FlatColumn["type"], values: Values];

/** Joins the pieces of the parts into columns over all rows. */
export class FlatBuilder {
  #rows = 0;
  readonly #spans: { readonly part: number; readonly from: number; readonly to: number }[] = [];
  readonly #columns = new Map<
    string,
    { readonly type: FlatColumn["type"]; readonly pieces: { from: number; values: Values }[] }
  >();

  /** Adds the rows of a part; returns where they lie. */
  add(part: number, length: number, pieces: readonly Piece[]): Span {
    const span = { from: this.#rows, to: this.#rows + length };
    this.#rows = span.to;
    this.#spans.push({ part, ...span });
    for (const [name, type, values] of pieces) {
      const column = this.#columns.get(name) ?? { type, pieces: [] };
      column.pieces.push({ from: span.from, values });
      this.#columns.set(name, column);
    }
    return span;
  }

  /** All rows as columns. */
  table(): Omit<FlatTable, "metadata"> {
    const part = new Int32Array(this.#rows);
    for (const span of this.#spans) part.fill(span.part, span.from, span.to);
    const columns: FlatColumn[] = [{ name: "part", type: "int", values: part }];
    for (const [name, { type, pieces }] of this.#columns) {
      const filled = pieces.reduce((sum, { values }) => sum + values.length, 0);
      const typed = pieces.every(({ values }) => ArrayBuffer.isView(values));
      if (typed && filled === this.#rows) {
        const whole = type === "int" ? new Int32Array(filled) : new Float64Array(filled);
        for (const { from, values } of pieces) whole.set(values as Float64Array, from);
        columns.push({ name, type, values: whole });
      } else {
        const whole = new Array<number | string | null>(this.#rows).fill(null);
        for (const { from, values } of pieces) {
          for (let i = 0; i < values.length; i++) whole[from + i] = values[i]!;
        }
        columns.push({ name, type, values: whole });
      }
    }
    return { rows: this.#rows, columns };
  }
}
