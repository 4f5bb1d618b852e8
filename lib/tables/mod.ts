/**
 * Tables: what was read, as columns and as Arquero tables. (danfo.js data frames are in `danfo`.)
 *
 * @module
 */

export { type Columns, columnsOf, type Tabular } from "./columns.ts";
export { toTable } from "./to_table.ts";
