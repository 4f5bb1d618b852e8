/** Tables as files, made in the page. */

import { csvPieces } from "./csv.ts";
import type { Column } from "./data.ts";
import type { Page } from "./state.ts";

/** Joins the buttons that save a table. */
export function startDownloads(page: Page): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-table]")) {
    const table = page.data.tables.find(({ id }) => id === button.dataset["table"])!;
    button.addEventListener("click", async () => {
      button.disabled = true;
      const columns: Column[] = [];
      for (const { name } of table.columns) columns.push((await page.column(table.id, name))!);
      saveCsv(table.file, table.columns.map(({ name }) => name), columns);
      button.disabled = false;
    });
  }
}

/** Saves columns as a CSV file. */
export function saveCsv(
  file: string,
  names: readonly string[],
  columns: readonly Column[],
  rows?: Uint32Array,
): void {
  const pieces = csvPieces(names, columns, rows);
  const url = URL.createObjectURL(new Blob(pieces, { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
