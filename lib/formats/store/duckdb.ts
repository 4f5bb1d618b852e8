import { createRequire } from "node:module";
import { join } from "node:path";
import { InputError } from "../../errors.ts";

/** The version that Joulebook is tested with. */
export const duckDbVersion = "1.5.5-r.5";

/** What is used of DuckDB's client. */
export interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options?: Record<string, string>): Promise<DuckDbInstance>;
  };
}

/** A database. */
export interface DuckDbInstance {
  connect(): Promise<DuckDbConnection>;
  closeSync(): void;
}

/** A connection to it. */
export interface DuckDbConnection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<DuckDbResult>;
  closeSync(): void;
}

/** Rows of a query as they come. */
export interface DuckDbResult {
  columnTypes(): readonly unknown[];
  columnNames(): string[];
  yieldRowsJs(): AsyncIterable<unknown[][]>;
}

/**
 * Loads DuckDB, which Joulebook does not bring along: it weighs more than all of the rest.
 *
 * @param home A folder with `node_modules` that may hold it, when the program's own do not.
 * @return DuckDB.
 * @throws {InputError} `not-found` when it is not installed, with the way to get it.
 */
export async function loadDuckDb(home?: string): Promise<DuckDb> {
  // No literal: Deno would fetch what a literal names, for everyone, at the start.
  const name = "@duckdb/node-api";
  try {
    return await import(name) as DuckDb;
  } catch {
    // Perhaps it is in the other folder.
  }
  try {
    return createRequire(join(home ?? ".", "package.json"))(name) as DuckDb;
  } catch (cause) {
    throw new InputError({
      code: "not-found",
      problem: "DuckDB is not installed, and SQL needs it (about 140 MB)",
      advice: home === undefined
        ? `deno add npm:${name}@${duckDbVersion}`
        : "deno task duckdb, which fetches it once into a folder of its own",
      cause,
    });
  }
}
