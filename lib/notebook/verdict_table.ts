import { InputError } from "../errors.ts";
import { formatFixed, formatNumber, missingText } from "../number_text.ts";
import { type Displayable, jupyterDisplay } from "./display.ts";
import { formatTable } from "./format_table.ts";
import { formatHtmlTable } from "./html_table.ts";
import type { TableOptions } from "./table_source.ts";
import { judge, type Verdict, type VerdictRow } from "./verdict.ts";

/** Media type of the bare verdicts, for the notebook runner. */
export const verdictsMediaType = "application/vnd.joulebook.verdicts+json";

/** Options of {@linkcode verdictTable}. */
export interface VerdictTableOptions {
  /** Words before the tally. */
  readonly title?: string;
  /** Significant digits of numbers; default 3. */
  readonly digits?: number;
}

const verdicts: readonly Verdict[] = [
  "reproduced",
  "shape only",
  "contradicted",
  "undecided",
  "cannot be checked",
];

/**
 * Shows published figures beside ours, each with its verdict, and how many there are of each. The
 * verdicts are computed by {@linkcode judge}; a row cannot claim one. Beside the table stand the bare
 * verdicts as JSON, by which `deno task notebooks --check` finds a changed one.
 *
 * @param rows The published figures; each has a name of its own.
 * @param options A title.
 * @return What the cell should end with.
 * @throws {InputError} `bad-option` for a row that cannot be decided by what it holds.
 *
 * @example
 * ```ts
 * import { verdictTable } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const shown = verdictTable([
 *   { figure: "Cache, Table 2", unit: "GB", published: 17.18, ours: 17.18, within: 0.01, basis: "modelled" },
 *   { figure: "Longer is dearer", unit: null, published: "about 3x", ours: "1.4x", holds: true, basis: "measured" },
 * ]);
 * const bundle = await shown[Symbol.for("Jupyter.display")]!();
 * assert.match(String(bundle["text/plain"]), /^2 figures, 1 reproduced, 1 shape only\n/);
 * ```
 */
export function verdictTable(
  rows: readonly VerdictRow[],
  options: VerdictTableOptions = {},
): Displayable {
  const judged = rows.map((row) => ({ row, ...judge(row) }));
  refuseDoubles(rows);
  const hasRemarks = rows.some(({ reason }) => reason !== undefined);
  const source = judged.map(({ row, difference, text }) => ({
    figure: row.figure,
    published: quantity(row.published, row.unit, options.digits),
    ours: quantity(row.ours, row.unit, options.digits),
    difference: signedPercent(difference),
    basis: row.ours === null && row.holds === undefined ? missingText : row.basis,
    verdict: text,
    ...(hasRemarks && { remark: row.reason ?? "" }),
  }));
  const count = tally(judged.map(({ verdict }) => verdict));
  const whole = { whole: true };
  const style: TableOptions = {
    title: options.title === undefined ? count : `${options.title}: ${count}`,
    maxRows: Infinity,
    columns: { figure: whole, published: whole, ours: whole, remark: whole },
  };
  return {
    [jupyterDisplay]: () =>
      Promise.resolve({
        "text/html": formatHtmlTable(source, style),
        "text/plain": formatTable(source, style),
        [verdictsMediaType]: judged.map(({ row, verdict }) => ({ figure: row.figure, verdict })),
      }),
  };
}

/** The runner compares verdicts by the figure's name. */
function refuseDoubles(rows: readonly VerdictRow[]): void {
  const names = rows.map(({ figure }) => figure);
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double === undefined) return;
  throw new InputError({
    code: "bad-option",
    problem: "two rows of a verdict table have one name",
    expected: "a name for each figure",
    found: double,
  });
}

function tally(found: readonly Verdict[]): string {
  const counts = verdicts
    .map((verdict) => ({ verdict, count: found.filter((other) => other === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`);
  const figures = `${found.length} ${found.length === 1 ? "figure" : "figures"}`;
  return counts.length === 0 ? figures : `${figures}, ${counts.join(", ")}`;
}

function quantity(value: number | string | null, unit: string | null, digits?: number): string {
  if (value === null) return missingText;
  const text = typeof value === "number" ? formatNumber(value, digits) : value;
  return unit === null || unit === "" ? text : `${text} ${unit}`;
}

function signedPercent(difference: number | null): string {
  if (difference === null) return missingText;
  const percent = 100 * difference;
  const text = Math.abs(percent) < 10 ? formatFixed(percent, 1) : formatFixed(percent, 0);
  return `${percent > 0 ? "+" : ""}${text} %`;
}
