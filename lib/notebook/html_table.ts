import { type Cell, cellsOf, type ColumnCells } from "./table_cells.ts";
import type { TableOptions, TableSource } from "./table_source.ts";

/** As wide as a digit; as wide as a point. */
const [digitSpace, pointSpace] = ["\u2007", "\u2008"];

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
    columns.map((column) => element("td", cellHtml(column, column.cells[row]!), column.numeric))
  );
  if (hiddenColumns > 0) {
    heads.splice(columnsBefore, 0, element("th", `… ${hiddenColumns} more`, false));
    for (const row of body) row.splice(columnsBefore, 0, element("td", "…", false));
  }
  const rows = body.map((cells) => `<tr>${cells.join("")}</tr>`);
  if (hiddenRows > 0) {
    rows.splice(rowsBefore, 0, `<tr><td colspan="${heads.length}">… ${hiddenRows} more</td></tr>`);
  }
  const caption = [title, shape].filter((text) => text !== "").map(escapeHtml).join(" · ");
  return '<table style="font-variant-numeric:tabular-nums">' +
    `<caption style="caption-side:top;text-align:left">${caption}</caption>` +
    `<thead><tr>${heads.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

function element(name: "th" | "td", inner: string, numeric: boolean): string {
  const side = numeric ? "right" : "left";
  // GitHub keeps the attribute and drops the style.
  return `<${name} align="${side}" style="text-align:${side};white-space:nowrap">${inner}</${name}>`;
}

/** Numbers end with invisible digits, so that their points are in line. */
function cellHtml({ numeric, cells }: ColumnCells, cell: Cell): string {
  const reason = cell.reason === "" ? "" : ` <small>(${escapeHtml(cell.reason)})</small>`;
  if (!numeric) return escapeHtml(cell.before) + reason;
  const longest = (part: "fraction" | "tail") => Math.max(...cells.map((c) => c[part].length));
  const number = cell.before + fill(cell.fraction, longest("fraction"));
  if (reason !== "") return escapeHtml(number.trimEnd()) + reason;
  return escapeHtml(number + fill(cell.tail, longest("tail")));
}

/** Fills with spaces as wide as digits; a missing point takes the place of a point. */
function fill(text: string, length: number): string {
  const lacks = length - text.length;
  return lacks > 0 && text === ""
    ? pointSpace + digitSpace.repeat(lacks - 1)
    : text + digitSpace.repeat(Math.max(0, lacks));
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!,
  );
}
