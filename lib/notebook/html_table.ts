import { escapeHtml } from "../html_text.ts";
import { type Cell, cellsOf, type ColumnCells } from "./table_cells.ts";
import type { TableOptions, TableSource } from "./table_source.ts";

const digitSpace = "\u2007";

/** Spaces about as wide as a character: of a point, a gap, a sign. */
const spaces: Readonly<Record<string, string>> = {
  ".": "\u2008",
  ",": "\u2008",
  " ": "\u00a0",
  "±": "\u2002\u2005",
};

/**
 * A table as HTML for a notebook or a page, with the texts of {@linkcode formatTable}. Everything
 * from the data is escaped; the style stands on the elements, since front ends drop style sheets.
 *
 * @param source Rows, columns by name, or an Arquero table; not changed.
 * @param options Heads, units, digits, intervals and how much is shown.
 * @return One `<table>` element.
 *
 * @example
 * ```ts
 * import { formatHtmlTable } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const html = formatHtmlTable([{ model: "<b>", energyJ: 12.3 }]);
 * assert.match(html, /<caption[^>]*>1 × 2</);
 * assert.match(html, /&lt;b&gt;/);
 * assert.match(html, /energy \(J\)/);
 * ```
 */
export function formatHtmlTable(source: TableSource, options: TableOptions = {}): string {
  const { title, shape, columns, hiddenRows, rowsBefore, hiddenColumns, columnsBefore } = cellsOf(
    source,
    options,
  );
  const heads = columns.map(({ head, numeric }) => element("th", escapeHtml(head), numeric));
  const body = (columns[0]?.cells ?? []).map((_, row) =>
    columns.map((column) =>
      element("td", cellHtml(column, column.cells[row]!), column.numeric, column.wraps)
    )
  );
  if (hiddenColumns > 0) {
    heads.splice(columnsBefore, 0, element("th", `… ${hiddenColumns} more`, false));
    for (const row of body) row.splice(columnsBefore, 0, element("td", "…", false));
  }
  const rows = body.map((cells) => `<tr>${cells.join("")}</tr>`);
  if (hiddenRows > 0) {
    rows.splice(rowsBefore, 0, `<tr>${moreCell(heads.length, hiddenRows)}</tr>`);
  }
  const caption = [title, shape].filter((text) => text !== "").map(escapeHtml).join(" · ");
  return '<table style="font-variant-numeric:tabular-nums">' +
    `<caption style="caption-side:top;text-align:left;white-space:nowrap">${caption}</caption>` +
    `<thead><tr>${heads.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

function moreCell(columns: number, hiddenRows: number): string {
  return element("td", `… ${hiddenRows} more`, false).replace("<td", `<td colspan="${columns}"`);
}

function element(name: "th" | "td", inner: string, numeric: boolean, wraps = false): string {
  const side = numeric ? "right" : "left";
  const space = wraps ? "normal" : "nowrap";
  // GitHub keeps the attribute and drops the style.
  return `<${name} align="${side}" style="text-align:${side};white-space:${space}">${inner}</${name}>`;
}

/** Numbers end with invisible digits, so that their points are in line. */
function cellHtml({ numeric, cells }: ColumnCells, cell: Cell): string {
  const reason = cell.reason === "" ? "" : ` <small>(${escapeHtml(cell.reason)})</small>`;
  if (!numeric) return escapeHtml(cell.before) + reason;
  const number = cell.before + fill(cell.fraction, cells.map(({ fraction }) => fraction));
  if (reason !== "") return escapeHtml(number.trimEnd()) + reason;
  return escapeHtml(number + fill(cell.tail, cells.map(({ tail }) => tail)));
}

/** Fills a text up to the longest of its column with spaces as wide as what it lacks. */
function fill(text: string, column: readonly string[]): string {
  const longest = column.reduce((a, b) => (b.length > a.length ? b : a), "");
  return text + longest.slice(text.length).replace(/./g, (char) => spaces[char] ?? digitSpace);
}
