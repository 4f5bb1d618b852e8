import aigcScheduling from "../../datasets/published/aigc-scheduling.json" with { type: "json" };
import elana from "../../datasets/published/elana.json" with { type: "json" };
import mlperf from "../../datasets/published/mlperf.json" with { type: "json" };
import tokenpowerbench from "../../datasets/published/tokenpowerbench.json" with { type: "json" };
import { InputError } from "../errors.ts";
import type { ReadResult, ResultTable } from "../formats/format.ts";

/** Published figures that are shipped as facts; the linter and whatever takes result tables read it. */
export interface PublishedFigures extends ReadResult {
  /** What was published. */
  readonly title: string;
  /** What to cite. */
  readonly citation: string;
  /** Where it can be read. */
  readonly url: string;
  /** How the figures got here, and how far they can be relied on. */
  readonly read: string;
  /** A table by its name. */
  table(name: string): PublishedTable;
}

/** One table of published figures. */
export interface PublishedTable extends ResultTable {
  /** What its numbers are. */
  readonly about: string;
  /** The same as rows. */
  readonly rows: readonly Readonly<Record<string, number | string | null>>[];
}

/** Papers and benchmarks whose figures are shipped. */
export type PublishedId = "aigc-scheduling" | "elana" | "mlperf" | "tokenpowerbench";

const shipped = {
  "aigc-scheduling": aigcScheduling,
  elana,
  mlperf,
  tokenpowerbench,
} satisfies Record<
  PublishedId,
  unknown
>;

/**
 * Published figures of a paper or a benchmark, shipped as single facts with their source.
 *
 * @param id Which: the name of a file in `datasets/published`.
 * @return The tables, and what to cite.
 * @throws {InputError} `bad-option` for a table that is not there.
 *
 * @example
 * ```ts
 * import { publishedFigures } from "@joulebook/joulebook/datasets";
 * import assert from "node:assert/strict";
 *
 * const { rows, units } = publishedFigures("elana").table("sizes");
 * assert.equal(rows[0]!["param_size_gb"], 16.06);
 * assert.equal(units["param_size_gb"], "GB");
 * ```
 */
export function publishedFigures(id: PublishedId): PublishedFigures {
  const { title, citation, url, read, format, tables } = shipped[id];
  const path = `datasets/published/${id}.json`;
  const results = tables.map(({ name, about, columns, units, rows }): PublishedTable => ({
    name,
    about,
    units,
    columns: Object.fromEntries(
      columns.map((column, i) => [column, rows.map((row) => row[i] ?? null)]),
    ),
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))
    ),
  }));
  return {
    title,
    citation,
    url,
    read,
    path,
    format,
    results,
    series: [],
    requests: [],
    windows: [],
    dropped: [],
    notes: [],
    table(name) {
      const found = results.find((table) => table.name === name);
      if (found !== undefined) return found;
      throw new InputError({
        code: "bad-option",
        path,
        problem: "there is no such table",
        expected: results.map((table) => table.name).join(", "),
        found: name,
      });
    },
  };
}
