/**
 * Notebook: tables and figures as a Jupyter front end shows them, and numbers as people read them.
 *
 * Nothing here needs the kernel: {@linkcode display} and {@linkcode table} give objects with the
 * method that a Deno notebook asks for, and {@linkcode formatTable} writes the same table as text.
 *
 * @module
 */

export { display, type Displayable, type DisplayOptions, table } from "./display.ts";
export { formatTable } from "./format_table.ts";
export { formatHtmlTable } from "./html_table.ts";
export { judge, type Judgement, type Verdict, type VerdictRow } from "./verdict.ts";
export { verdictsMediaType, verdictTable, type VerdictTableOptions } from "./verdict_table.ts";
export type { ColumnStyle, TableLike, TableOptions, TableSource } from "./table_source.ts";
export {
  formatFixed,
  formatInterval,
  formatNumber,
  formatQuantity,
  missingText,
} from "../number_text.ts";
