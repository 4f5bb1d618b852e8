import { adopt } from "../adopt.ts";
import type { Format } from "../format.ts";
import { collectMapped } from "../mapped_columns.ts";
import { allBytes } from "../source.ts";

/** Arrow IPC files: Joulebook's own as they are, those of others by a column mapping. */
export const format: Format = {
  id: "arrow",
  title: "Arrow IPC file (Joulebook's own, or any with --columns)",
  kinds: ["power", "requests", "windows", "results"],
  writtenBy: "joulebook convert, pandas, Polars, DuckDB",
  detect: ({ bytes }) =>
    [..."ARROW1"].every((character, i) => bytes[i] === character.charCodeAt(0)) ? 3 : 0,
  async read(source, into, { columns: mapping }) {
    const { arrowColumns, readArrow } = await import("../arrow.ts");
    const bytes = await allBytes(source);
    if (mapping === undefined) {
      adopt(into, readArrow(bytes, source.path));
      return;
    }
    const { names, column } = arrowColumns(bytes, source.path);
    collectMapped(into, source.path, names, column, mapping);
  },
};
