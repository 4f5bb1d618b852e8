import { tmpdir } from "node:os";
import { InputError } from "../../errors.ts";
import { type DuckDbConnection, type DuckDbInstance, loadDuckDb } from "./duckdb.ts";
import { openStore } from "./open_store.ts";
import { type SqlView, sqlViews } from "./sql_views.ts";

/** Options of {@linkcode openSql}. */
export interface SqlOptions {
  /** Folder with `node_modules` that hold DuckDB, when those of the program do not. */
  readonly home?: string;
  /** Most memory of a query in MB; what needs more goes through temporary files. By default 500. */
  readonly memoryMb?: number;
  /** Threads; by default one a core. */
  readonly threads?: number;
  /** Folder of the temporary files; by default the system's. */
  readonly temporary?: string;
}

/** A value of a row: numbers are numbers, moments are ISO text, what SQL has no value for is null. */
export type SqlValue = number | string | boolean | null | readonly SqlValue[];

/** Rows of a query. */
export interface SqlResult {
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** The rows. */
  readonly rows: readonly (readonly SqlValue[])[];
}

/** SQL over stores. */
export interface StoreSql {
  /** The views that are there. */
  readonly views: readonly SqlView[];
  /**
   * Runs a query.
   *
   * @param sql The query, in DuckDB's dialect.
   * @return Its rows, all of them in memory: sum up in SQL what is large.
   * @throws {InputError} `bad-option` when DuckDB does not take it.
   */
  query(sql: string): Promise<SqlResult>;
  /** Ends it. */
  close(): void;
}

/**
 * Opens stores for SQL by DuckDB, which reads only the columns, days and row groups that a query needs.
 * What does not fit into memory goes through temporary files.
 *
 * @param dirs The stores.
 * @param options Where DuckDB is, memory, threads.
 * @return Takes queries over the views; the caller must call `close`.
 * @throws {InputError} `not-found` when DuckDB is not installed; as {@linkcode openStore} does.
 */
export async function openSql(
  dirs: readonly string[],
  options: SqlOptions = {},
): Promise<StoreSql> {
  const { DuckDBInstance } = await loadDuckDb(options.home);
  const views = sqlViews(dirs.map((dir) => openStore(dir)));
  const instance: DuckDbInstance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${options.memoryMb ?? 500}MB`,
    temp_directory: options.temporary ?? `${tmpdir()}/joulebook-sql`,
    preserve_insertion_order: "false",
    ...(options.threads !== undefined && { threads: String(options.threads) }),
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    for (const { sql } of views) await connection.run(sql);
  } catch (cause) {
    close();
    throw cause;
  }
  return { views, query: (sql) => query(connection, sql), close };
}

async function query(connection: DuckDbConnection, sql: string): Promise<SqlResult> {
  try {
    const result = await connection.stream(sql);
    const types = result.columnTypes().map(String);
    const rows: SqlValue[][] = [];
    for await (const some of result.yieldRowsJs()) {
      for (const row of some) rows.push(row.map((value, i) => plain(value, types[i]!)));
    }
    return { columns: result.columnNames(), rows };
  } catch (cause) {
    throw new InputError({
      code: "bad-option",
      problem: `DuckDB does not take this query: ${(cause as Error).message.trim().split("\n")[0]}`,
      advice: "see the views and their columns: joulebook sql DIR, and describe VIEW",
      cause,
    });
  }
}

function plain(value: unknown, type = ""): SqlValue {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return momentText(value, type);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  return String(value);
}

/** A moment as ISO text, with a zone only where its type has one: a local clock is not UTC. */
function momentText(value: Date, type: string): string {
  const text = value.toISOString();
  if (type === "DATE") return text.slice(0, 10);
  return type.includes("TIME ZONE") ? text : text.slice(0, -1);
}
