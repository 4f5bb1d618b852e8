/// <reference lib="dom" />
/** Requests or windows: a filter, a waterfall and a table of one page of them. */

import { formatFixed } from "../../number_text.ts";
import type { Column } from "./data.ts";
import { saveCsv } from "./downloads.ts";
import { orderRows, pickRows, type RowQuery } from "./pick_rows.ts";
import { plotConfig } from "./plotly.ts";
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

/** Reads the rows, joins the form, and shows the first ones. */
export async function startRows(page: Page): Promise<void> {
  const { table } = page.data.rows!;
  const stored = page.data.tables.find(({ id }) => id === table)!;
  const all = new Map<string, Column>();
  for (const { name } of stored.columns) all.set(name, (await page.column(table, name))!);
  const numbers = (name: string): Float64Array => all.get(name) as Float64Array;
  const rows: Rows = {
    names: all.get("name") as (string | null)[],
    startS: numbers("startS"),
    firstTokenS: all.has("firstTokenS") ? numbers("firstTokenS") : null,
    endS: numbers("endS"),
    energyJ: numbers("energyJ"),
    all,
  };
  const perPage = 40;
  const orders = new Map<string, Uint32Array>();
  let picked = new Uint32Array(0);
  let at = 0;
  const draw = async (): Promise<void> => {
    const shown = Array.from(picked.subarray(at, at + perPage));
    const element = byId("waterfall");
    fillTable(byId("rows-table"), rows, shown);
    await page.plotly.react(
      element,
      waterfallTraces(page, rows, shown),
      waterfallLayout(page, rows, shown, element.clientWidth),
      plotConfig(),
    );
  };
  const count = (value: number): string => formatFixed(value, 0);
  const show = (): void => {
    const last = Math.min(picked.length, at + perPage);
    byId("rows-count").textContent = picked.length === 0
      ? `None of ${count(stored.rows)} ${page.data.rows!.noun}s fits.`
      : `${count(at + 1)} to ${count(last)} of ${count(picked.length)} that fit, of ` +
        `${count(stored.rows)} ${page.data.rows!.noun}s.`;
    byId<HTMLButtonElement>("rows-before").disabled = at === 0;
    byId<HTMLButtonElement>("rows-after").disabled = last >= picked.length;
    byId<HTMLButtonElement>("rows-save").disabled = picked.length === 0;
    void draw();
  };
  const ask = (): void => {
    const sort = byId<HTMLSelectElement>("rows-sort").value;
    let order = orders.get(sort);
    if (order === undefined) {
      order = orderRows(sortKey(rows, sort), sort !== "start");
      orders.set(sort, order);
    }
    picked = new Uint32Array(pickRows(order, rows, readQuery(page)));
    at = 0;
    show();
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const askSoon = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  };
  const form = byId("rows-form");
  form.addEventListener("input", askSoon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  form.addEventListener("reset", askSoon);
  const turn = (by: number): void => {
    at = Math.max(0, at + by);
    show();
  };
  byId("rows-before").addEventListener("click", () => turn(-perPage));
  byId("rows-after").addEventListener("click", () => turn(perPage));
  byId("rows-save").addEventListener("click", () => {
    saveCsv(`${page.data.name}-${table}-filtered.csv`, [...all.keys()], [...all.values()], picked);
  });
  page.onLook.push(() => void draw());
  page.onSpan.push(() => {
    if (byId<HTMLInputElement>("rows-in-span").checked) askSoon();
  });
  ask();
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
