/** Requests or windows: a filter, a waterfall and a table of one page of them. */

import { formatFixed } from "../../number_text.ts";
import type { Column, StoredTable } from "./data.ts";
import { decodeColumn } from "./decode.ts";
import { saveCsv } from "./downloads.ts";
import { orderRows, pickRows, type RowQuery } from "./pick_rows.ts";
import { drawPlot } from "./plotly.ts";
import { byId, type Page } from "./state.ts";
import { fillTable } from "./rows_table.ts";
import { waterfallLayout, waterfallTraces } from "./waterfall.ts";

/** Columns of the rows, decoded. */
export interface Rows {
  readonly names: readonly (string | null)[];
  readonly startS: Float64Array;
  /** When the first token came; null for windows. */
  readonly firstTokenS: Float64Array | null;
  readonly endS: Float64Array;
  readonly energyJ: Float64Array;
  /** All columns of the table by name, in order. */
  readonly all: ReadonlyMap<string, Column>;
}

/** The columns of a table as rows. */
export async function openRows(table: StoredTable): Promise<Rows> {
  const all = new Map<string, Column>();
  for (const column of table.columns) {
    all.set(column.name, await decodeColumn(column, table.rows));
  }
  const numbers = (name: string): Float64Array => all.get(name) as Float64Array;
  return {
    names: all.get("name") as (string | null)[],
    startS: numbers("startS"),
    firstTokenS: all.has("firstTokenS") ? numbers("firstTokenS") : null,
    endS: numbers("endS"),
    energyJ: numbers("energyJ"),
    all,
  };
}

/** Shows the first rows and joins the form; all rows are read when they are first asked for. */
export async function startRows(page: Page): Promise<void> {
  const { table, noun, first } = page.data.rows!;
  const stored = page.data.tables.find(({ id }) => id === table)!;
  const perPage = first.rows;
  const orders = new Map<string, Uint32Array<ArrayBuffer>>();
  let rows = await openRows(first);
  let opened: Promise<Rows> | null = null;
  let picked: Uint32Array | null = null;
  let at = 0;
  const count = (value: number): string => formatFixed(value, 0);
  const draw = async (): Promise<void> => {
    const shown = picked === null
      ? Array.from({ length: perPage }, (_, i) => i)
      : Array.from(picked.subarray(at, at + perPage));
    const element = byId("waterfall");
    fillTable(byId("rows-table"), page, rows, shown);
    await drawPlot(
      page.plotly,
      element,
      waterfallTraces(page, rows, shown),
      waterfallLayout(page, rows, shown, element.clientWidth),
    );
  };
  const show = (): Promise<void> => {
    const fits = picked?.length ?? stored.rows;
    const last = Math.min(fits, at + perPage);
    byId("rows-count").textContent = fits === 0
      ? `None of ${count(stored.rows)} ${noun}s fits.`
      : `${count(at + 1)} to ${count(last)} of ${count(fits)} that fit, of ` +
        `${count(stored.rows)} ${noun}s.`;
    byId<HTMLButtonElement>("rows-before").disabled = at === 0;
    byId<HTMLButtonElement>("rows-after").disabled = last >= fits;
    byId<HTMLButtonElement>("rows-save").disabled = fits === 0;
    return draw();
  };
  const ask = async (): Promise<void> => {
    if (opened === null) byId("rows-count").textContent = `Reading all ${noun}s …`;
    opened ??= openRows(stored);
    rows = await opened;
    const sort = byId<HTMLSelectElement>("rows-sort").value;
    let order = orders.get(sort);
    if (order === undefined) {
      order = orderRows(sortKey(rows, sort), sort !== "start");
      orders.set(sort, order);
    }
    picked = pickRows(order, rows, readQuery(page));
    at = 0;
  };
  const askAndShow = async (): Promise<void> => {
    await ask();
    await show();
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const askSoon = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void askAndShow(), 150);
  };
  const form = byId("rows-form");
  form.addEventListener("input", askSoon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void askAndShow();
  });
  form.addEventListener("reset", askSoon);
  const turn = async (by: number): Promise<void> => {
    if (picked === null) await ask();
    at = Math.max(0, at + by);
    await show();
  };
  byId("rows-before").addEventListener("click", () => void turn(-perPage));
  byId("rows-after").addEventListener("click", () => void turn(perPage));
  byId("rows-save").addEventListener("click", async () => {
    if (picked === null) await askAndShow();
    const file = `${page.data.name}-${table}-filtered.csv`;
    saveCsv(file, [...rows.all.keys()], [...rows.all.values()], picked!);
  });
  page.onLook.push(() => void draw());
  page.onSpan.push(() => {
    if (byId<HTMLInputElement>("rows-in-span").checked) askSoon();
  });
  await show();
}

/** What the form asks for. */
export function readQuery(page: Page): RowQuery {
  const leastJ = Number(byId<HTMLInputElement>("rows-least").value);
  return {
    text: byId<HTMLInputElement>("rows-text").value.trim(),
    energy: byId<HTMLSelectElement>("rows-energy").value as RowQuery["energy"],
    leastJ: leastJ > 0 ? leastJ : 0,
    span: byId<HTMLInputElement>("rows-in-span").checked ? page.span : null,
  };
}

/** The column to sort by. */
export function sortKey(rows: Rows, sort: string): Float64Array {
  const { startS, firstTokenS, endS, energyJ } = rows;
  if (sort === "energy") return energyJ;
  if (sort === "duration") return endS.map((end, i) => end - startS[i]!);
  if (sort === "ttft" && firstTokenS !== null) return firstTokenS.map((t, i) => t - startS[i]!);
  return startS;
}
