import { type TableSource, viewOf } from "../notebook/table_source.ts";
import { columnsOf, isTabular, type Tabular } from "../tables/columns.ts";
import type { DataFrame } from "./data_frame.ts";
import { loadDanfo } from "./load.ts";

/**
 * A danfo.js data frame of a table (Arquero, rows, or columns by name), a power series, a request
 * log, windows or results. Row labels count from 0.
 *
 * Numbers stay 64 bits wide, whatever danfo.js calls their type ("float32"); NaN stays NaN. Its own
 * sums and means are taken over those numbers, but `describe` gives NaN for a column with a NaN.
 *
 * @param source The table; not changed.
 * @return The data frame, with the columns of the source. Name danfo.js's own type as the type
 *   parameter for its methods: `import type { DataFrame } from "npm:danfojs@1.1.2/dist/danfojs-base"`.
 * @throws {InputError} `not-found` when danfo.js cannot be loaded.
 */
export async function toDanfo<Frame extends DataFrame = DataFrame>(
  source: TableSource | Tabular,
): Promise<Frame> {
  const { DataFrame } = await loadDanfo<Frame>();
  const { names, rows, value } = viewOf(isTabular(source) ? columnsOf(source) : source);
  // Rows, because columns that are empty or typed are refused.
  return new DataFrame(
    Array.from({ length: rows }, (_unused, row) => names.map((name) => cell(value(name, row)))),
    { columns: names, ...(rows === 0 && { dtypes: names.map(() => "float32") }) },
  );
}

/** danfo.js cannot take what does not fit a number; such an integer is kept as its digits. */
function cell(value: unknown): unknown {
  if (typeof value !== "bigint") return value ?? null;
  const number = Number(value);
  return BigInt(number) === value ? number : String(value);
}
