import { join } from "node:path";
import { joinLogs } from "../../requests/join_logs.ts";
import { type RequestLog, requestLog } from "../../requests/log.ts";
import { openParquetFile } from "../parquet_file.ts";
import { tokenTimesOf } from "../token_lists.ts";
import type { StoreFile } from "./manifest.ts";
import type { Store, StoredRequests } from "./open_store.ts";
import { overlaps, type TimeSpan } from "./read_series.ts";

const names = [
  "row",
  "submitS",
  "firstTokenS",
  "endS",
  "inputTokens",
  "outputTokens",
  "cachedTokens",
  "success",
  "id",
  "tokenTimesS",
];

/** Which requests of a store to read. */
export interface StoredRequestsOptions extends TimeSpan {
  /** Name of the server that answered; by default all. */
  readonly replica?: string;
}

/**
 * Requests of all logs of a store that were in flight within a span of time: sent before its end, and
 * not ended before its beginning. One that was sent before the end of the span and whose end is not
 * known is among them. Files and row groups that hold none of them are not read.
 *
 * @param store The store.
 * @param options Which.
 * @return One log in the order of `submitS`; requests without a name are named by their source and
 *   row, so that one is known again in another span. Null when there are none.
 * @throws {InputError} `refused` when the logs are on different clocks; `not-found` or `malformed` when
 *   a file is missing or damaged.
 */
export async function readStoredRequests(
  store: Store,
  { fromS = -Infinity, toS = Infinity, replica }: StoredRequestsOptions = {},
): Promise<RequestLog | null> {
  const logs: RequestLog[] = [];
  for (const part of store.requests) {
    for (const file of part.files) {
      if (replica !== undefined && file.replica !== replica) continue;
      if (!overlaps(file, fromS, toS)) continue;
      const rows = await readRows(store, file, fromS, toS);
      if (rows.length > 0) logs.push(logOf(part, file, rows));
    }
  }
  return logs.length === 0 ? null : joinLogs(logs);
}

/**
 * One log of a store whole, in the order in which it was recorded.
 *
 * @param store The store.
 * @param part The log.
 * @return The log.
 */
export async function readStoredLog(store: Store, part: StoredRequests): Promise<RequestLog> {
  const rows: Row[] = [];
  const replica = new Uint16Array(part.to);
  for (const file of part.files) {
    for (const row of await readRows(store, file, -Infinity, Infinity)) {
      rows[row.row] = row;
      replica[row.row] = Math.max(0, part.facts.replicas.indexOf(file.replica ?? ""));
    }
  }
  return requestLog({
    ...part.facts,
    ...columnsOf(part, rows),
    replica: part.has.includes("replica") ? replica : null,
    ids: part.has.includes("ids") ? rows.map(({ id }) => id ?? "") : null,
  });
}

interface Row {
  readonly row: number;
  readonly numbers: readonly number[];
  readonly success: number;
  readonly id: string | null;
  readonly tokenTimesS: unknown;
}

async function readRows(
  store: Store,
  stored: StoreFile,
  fromS: number,
  toS: number,
): Promise<Row[]> {
  const file = await openParquetFile(join(store.dir, stored.path));
  const rows: Row[] = [];
  try {
    for (const group of file.groups) {
      const submitted = group.range("submitS");
      const ended = group.range("endS");
      if (submitted !== null && submitted.min >= toS) continue;
      // Statistics leave out ends that are not known: they count only where the file has none.
      if (stored.endS !== null && ended !== null && ended.max < fromS) continue;
      const found = await file.read(group, names);
      const column = (name: string): ArrayLike<unknown> => found.get(name) ?? [];
      const columns = names.slice(1, 7).map(column);
      const [row, success, id, tokens] = ["row", "success", "id", "tokenTimesS"].map(column);
      for (let i = 0; i < group.to - group.from; i++) {
        const numbers = columns.map((values) => (values[i] ?? NaN) as number);
        if (numbers[0]! >= toS || numbers[2]! < fromS) continue;
        rows.push({
          row: row![i] as number,
          numbers,
          success: success![i] as number,
          id: (id![i] ?? null) as string | null,
          tokenTimesS: tokens![i],
        });
      }
    }
  } finally {
    file.close();
  }
  return rows;
}

function columnsOf(
  part: StoredRequests,
  rows: readonly Row[],
): Pick<
  RequestLog,
  | "submitS"
  | "firstTokenS"
  | "endS"
  | "inputTokens"
  | "outputTokens"
  | "cachedTokens"
  | "success"
  | "tokenTimes"
> {
  const numbers = (k: number): Float64Array => Float64Array.from(rows, (row) => row.numbers[k]!);
  return {
    submitS: numbers(0),
    firstTokenS: numbers(1),
    endS: numbers(2),
    inputTokens: numbers(3),
    outputTokens: numbers(4),
    cachedTokens: part.has.includes("cachedTokens") ? numbers(5) : null,
    success: Uint8Array.from(rows, ({ success }) => success),
    tokenTimes: part.has.includes("tokenTimes")
      ? tokenTimesOf(rows.length, (i) => rows[i]!.tokenTimesS)
      : null,
  };
}

function logOf(part: StoredRequests, file: StoreFile, rows: readonly Row[]): RequestLog {
  return requestLog({
    ...part.facts,
    ...columnsOf(part, rows),
    replicas: file.replica ? [file.replica] : [],
    ids: rows.map(({ id, row }) => id ?? `${part.sourceId}:${row}`),
  });
}
