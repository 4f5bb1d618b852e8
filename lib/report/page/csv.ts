/** Tables as CSV (RFC 4180), in the page. */

import type { Column } from "./data.ts";

/**
 * A table as pieces of CSV text. Numbers are written so that they read back exactly, a missing one as
 * an empty cell. A text that a spreadsheet would take for a formula has an apostrophe before it.
 *
 * @param names Names of the columns.
 * @param columns Columns of one length.
 * @param rows Which rows, in order; all when absent.
 * @return Pieces of text, to be joined.
 */
export function csvPieces(
  names: readonly string[],
  columns: readonly Column[],
  rows?: ArrayLike<number>,
): string[] {
  const pieces = [names.map(csvCell).join(",") + "\r\n"];
  const count = rows?.length ?? columns[0]?.length ?? 0;
  let piece = "";
  for (let k = 0; k < count; k++) {
    const row = rows === undefined ? k : rows[k]!;
    for (let c = 0; c < columns.length; c++) {
      piece += (c > 0 ? "," : "") + csvCell(columns[c]![row]);
    }
    piece += "\r\n";
    if (piece.length > 65_536) {
      pieces.push(piece);
      piece = "";
    }
  }
  pieces.push(piece);
  return pieces;
}

/** One cell. */
export function csvCell(value: string | number | null | undefined): string {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  if (value === null || value === undefined) return "";
  // Spreadsheets also skip spaces and fullwidth forms before a formula.
  const safe = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
