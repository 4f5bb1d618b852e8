/** The rows that the waterfall shows, as a table. */

import { decimalsFor, formatFixed } from "../../number_text.ts";
import type { Rows } from "./rows.ts";
import { axisTime, type Page } from "./state.ts";
import { plainText } from "./plain_text.ts";

/** Fills a table with rows; texts are set as text, never as HTML. */
export function fillTable(
  table: HTMLElement,
  page: Page,
  rows: Rows,
  shown: readonly number[],
): void {
  const head = document.createElement("thead");
  const headRow = head.appendChild(document.createElement("tr"));
  const body = document.createElement("tbody");
  const lines = shown.map(() => body.appendChild(document.createElement("tr")));
  const columns: [title: string, value: (row: number) => string | number | null][] = [];
  const { startS, firstTokenS, endS } = rows;
  columns.push(["name", (row) => rows.names[row] ?? `row ${row + 1}`]);
  columns.push([`start (${page.data.time.unit})`, (row) => axisTime(page, startS[row]!)]);
  if (firstTokenS !== null) columns.push(["TTFT (s)", (row) => firstTokenS[row]! - startS[row]!]);
  columns.push(["duration (s)", (row) => endS[row]! - startS[row]!]);
  const titles: Record<string, string> = {
    inputTokens: "tokens in",
    outputTokens: "tokens out",
    prefillJ: "prefill (J)",
    decodeJ: "decode (J)",
    energyJ: "energy (J)",
    lowJ: "low (J)",
    highJ: "high (J)",
    referenceJ: "reference (J)",
    samples: "samples",
    reason: "no energy because",
  };
  for (const [name, title] of Object.entries(titles)) {
    const column = rows.all.get(name);
    // A column without a single value says nothing.
    if (column?.some((value) => value !== null && !Number.isNaN(value))) {
      columns.push([title, (row) => column[row] ?? null]);
    }
  }
  for (const [title, value] of columns) {
    const isText = title === "name" || title === "no energy because";
    const cell = headRow.appendChild(document.createElement("th"));
    cell.scope = "col";
    cell.textContent = title;
    cell.className = isText ? "text" : "";
    const values = shown.map(value);
    const format = columnFormat(values);
    values.forEach((text, i) => {
      const data = lines[i]!.appendChild(document.createElement("td"));
      data.className = isText ? "text" : "";
      data.textContent = typeof text === "number" ? format(text) : plainText(text ?? "");
    });
  }
  table.replaceChildren(head, body);
}

/** One count of decimals for a column: whole numbers have none, others four digits of the largest. */
export function columnFormat(
  values: readonly (string | number | null)[],
): (value: number) => string {
  const numbers = values.filter((value) => typeof value === "number" && Number.isFinite(value));
  const largest = numbers.reduce<number>((most, value) => Math.max(most, Math.abs(+value!)), 0);
  const decimals = numbers.every(Number.isInteger) ? 0 : decimalsFor(largest, 4);
  return (value) => formatFixed(value, decimals);
}
