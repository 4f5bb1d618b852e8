import { type Cell, cellsOf, type ColumnCells } from "./table_cells.ts";
import type { TableOptions, TableSource } from "./table_source.ts";

/**
 * A table as plain text, for a terminal, a file or a notebook: shape on top, units in the head,
 * numbers to three significant digits with their points in line, the first and last rows of a long
 * one. A missing value is a dash, with its reason where a column gives one.
 *
 * @param source Rows, columns by name, or an Arquero table; not changed.
 * @param options Heads, units, digits, intervals and how much is shown.
 * @return Lines, each ended.
 *
 * @example
 * ```ts
 * import { formatTable } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const rows = [
 *   { phase: "prefill", energyJ: 14.23, low: 13.93, high: 14.53, why: null },
 *   { phase: "decode", energyJ: 103.1, low: 101.1, high: 105.1, why: null },
 *   { phase: "tail", energyJ: null, low: null, high: null, why: "too few samples" },
 * ];
 * const text = formatTable(rows, {
 *   columns: { energyJ: { interval: ["low", "high"], reason: "why" } },
 * });
 * assert.deepEqual(text.split("\n"), [
 *   "3 × 2",
 *   "phase       energy (J)",
 *   "───────  ─────────────",
 *   "prefill   14.23 ± 0.30",
 *   "decode   103.1  ± 2.0",
 *   "tail       – (too few samples)",
 *   "",
 * ]);
 * ```
 */
export function formatTable(source: TableSource, options: TableOptions = {}): string {
  const { title, shape, columns, hiddenRows, rowsBefore, hiddenColumns, columnsBefore } = cellsOf(
    source,
    options,
  );
  const texts = columns.map(alignedColumn);
  const lines = texts[0] === undefined ? [] : texts[0].map((_, row) => {
    const cells = texts.map((column) => column[row]!);
    if (hiddenColumns > 0) {
      const mark = row === 0 ? `… ${hiddenColumns} more` : row === 1 ? "─" : "…";
      const width = `… ${hiddenColumns} more`.length;
      cells.splice(columnsBefore, 0, row === 1 ? mark.repeat(width) : mark.padEnd(width));
    }
    return cells.join("  ").trimEnd();
  });
  if (hiddenRows > 0) lines.splice(2 + rowsBefore, 0, `… ${hiddenRows} more`);
  return [...(title === "" ? [] : [title]), shape, ...lines].join("\n") + "\n";
}

/** Head, rule and cells of a column, all of one width; reasons stand behind the numbers. */
function alignedColumn({ head, numeric, cells }: ColumnCells): string[] {
  if (!numeric) {
    const texts = cells.map((cell) => cell.before + reasonOf(cell));
    const width = Math.max(lengthOf(head), ...texts.map(lengthOf));
    return [head, "─".repeat(width), ...texts].map((text) => padEnd(text, width));
  }
  const widest = (part: "before" | "fraction" | "tail") =>
    Math.max(...cells.map((cell) => lengthOf(cell[part])));
  const [before, fraction, tail] = [widest("before"), widest("fraction"), widest("tail")];
  const numberWidth = Math.max(lengthOf(head), before + fraction + tail);
  const texts = cells.map((cell) => {
    const whole = padStart(cell.before, numberWidth - fraction - tail);
    const number = whole + padEnd(cell.fraction, fraction) + padEnd(cell.tail, tail);
    return cell.reason === "" ? number : number.trimEnd() + reasonOf(cell);
  });
  const width = Math.max(numberWidth, ...texts.map(lengthOf));
  return [padStart(head, numberWidth), "─".repeat(numberWidth), ...texts]
    .map((text) => padEnd(text, width));
}

function reasonOf({ reason }: Cell): string {
  return reason === "" ? "" : ` (${reason})`;
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - lengthOf(text))) + text;
}

function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}
