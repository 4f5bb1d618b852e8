/** `joulebook sql`: queries over stores of partitioned Parquet. */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isStore } from "../../lib/formats/store/layout.ts";
import { openSql, type SqlResult, type SqlValue } from "../../lib/formats/store/sql.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { positive } from "../read_options.ts";
import { textTable } from "../text_table.ts";

/** The command. */
export const command: Command = {
  name: "sql",
  summary: "SQL over folders that convert wrote, larger than memory, by DuckDB",
  usage: `joulebook sql DIR... ["SELECT ..."] [--memory MB] [--threads N] [--json]

  Runs a query over folders that joulebook convert wrote; without one it lists the views that are
  there: power, requests, joules_by_device, joules_by_hour, joules_by_model, ...
  DuckDB is not part of Joulebook: deno task duckdb fetches it once (140 MB).

  --memory MB        memory for its data (500; the process takes about 400 more); what needs more
                     goes through temporary files
  --threads N        threads (one a core)
  --json             one JSON document: columns[], rows[][], or views[] (name, title)

Exit status 1 when DuckDB is not installed or a folder cannot be read, 2 when the query is wrong.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        memory: { type: "string" },
        threads: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const last = positionals.at(-1);
    if (last === undefined) throw new UsageError("name a folder that joulebook convert wrote");
    const isQuery = positionals.length > 1 && !isStore(last);
    const sql = await openSql(isQuery ? positionals.slice(0, -1) : positionals, {
      home: fileURLToPath(new URL("../duckdb", import.meta.url)),
      ...(values.memory !== undefined && { memoryMb: positive("memory", values.memory) }),
      ...(values.threads !== undefined && { threads: positive("threads", values.threads) }),
    });
    try {
      if (!isQuery) {
        const views = sql.views.map(({ name, title }) => ({ name, title }));
        if (values.json === true) printJson(io, { views });
        else {
          io.out(textTable(["view", "holds"], views.map(({ name, title }) => [name, title])));
        }
        return 0;
      }
      const result: SqlResult = await sql.query(last);
      if (values.json === true) printJson(io, result);
      else io.out(textTable(result.columns, result.rows.map((row) => row.map(cell))));
      return 0;
    } finally {
      sql.close();
    }
  },
};

function cell(value: SqlValue): string {
  if (value === null) return "–";
  if (typeof value === "number" && !Number.isInteger(value)) {
    // Moments since the epoch have ten digits before the point: milliseconds must stay.
    return String(+value.toPrecision(Math.abs(value) < 1e6 ? 9 : 13));
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
