import { adopt } from "../adopt.ts";
import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { collectMapped } from "../mapped_columns.ts";
import { allBytes } from "../source.ts";

/** Parquet: Joulebook's own files as they are, those of others by a column mapping. */
export const format: Format = {
  id: "parquet",
  title: "Parquet (Joulebook's own, or any with --columns)",
  kinds: ["power", "requests", "windows", "results"],
  writtenBy: "joulebook convert, pandas, Polars, DuckDB",
  detect: ({ bytes }) => startsWith(bytes, "PAR1") ? 3 : 0,
  async read(source, into, { columns: mapping }) {
    if (mapping === undefined && source.file !== undefined) {
      const { adoptParquetSeries } = await import("../parquet_series.ts");
      if (await adoptParquetSeries(source.file, source.path, into)) return;
    }
    const { parquetColumns, readParquet } = await import("../parquet.ts");
    const bytes = await allBytes(source);
    if (mapping === undefined) {
      adopt(into, await readParquet(bytes, source.path));
      return;
    }
    const { names, columns } = await parquetColumns(bytes, source.path);
    if (names.length === 0) {
      throw new InputError({ code: "empty", path: source.path, problem: "it has no column" });
    }
    collectMapped(into, source.path, names, (name) => columns.get(name) ?? null, mapping);
  },
};

function startsWith(bytes: Uint8Array, mark: string): boolean {
  return [...mark].every((character, i) => bytes[i] === character.charCodeAt(0));
}
