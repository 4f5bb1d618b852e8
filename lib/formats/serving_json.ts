import type { InputError } from "../errors.ts";
import type { JsonCursor } from "./json_cursor.ts";
import { NumberList } from "./number_list.ts";
import type { Cell } from "./result_rows.ts";

/** What a serving benchmark writes of one run: scalars, and parallel arrays with an entry a request. */
export interface ServingRun {
  /** Line on which the run begins. */
  readonly line: number;
  /** Scalars by key. */
  readonly summary: ReadonlyMap<string, Cell | boolean>;
  /** Arrays of numbers by key. */
  readonly columns: ReadonlyMap<ServingColumn, NumberList>;
  /** 1 where a request failed, by its error text or its success flag; null when not told. */
  readonly failed: readonly number[] | null;
  /** Inter-token latencies; null when there are none. */
  readonly itls: TokenIntervals | null;
  /** Keys that were passed over. */
  readonly passedOver: readonly string[];
}

/** Inter-token latencies of all requests. */
export interface TokenIntervals {
  /** How many each request has. */
  readonly count: NumberList;
  /** Their sum, in seconds. */
  readonly sumS: NumberList;
  /** Of each request a slot for the first token, then its intervals; null when not kept. */
  readonly flat: NumberList | null;
}

/** The per-request arrays of numbers, by the key of the newest version. */
export type ServingColumn =
  | "input_lens"
  | "output_lens"
  | "ttfts"
  | "latencies"
  | "start_times"
  | "request_timestamps";

const arrayKeys: ReadonlyMap<string, ServingColumn> = new Map([
  ["input_lens", "input_lens"],
  ["output_lens", "output_lens"],
  ["ttfts", "ttfts"],
  ["latencies", "latencies"],
  ["e2els", "latencies"],
  ["start_times", "start_times"],
  ["request_timestamps", "request_timestamps"],
]);

/**
 * Reads one run as an object that is next.
 *
 * @param cursor The cursor.
 * @param keepTokens Whether the single inter-token latencies are kept.
 * @return The run.
 */
export function readServingRun(cursor: JsonCursor, keepTokens: boolean): ServingRun {
  const { line } = cursor;
  const summary = new Map<string, Cell | boolean>();
  const columns = new Map<ServingColumn, NumberList>();
  const passedOver: string[] = [];
  let failed: number[] | null = null;
  let itls: TokenIntervals | null = null;
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    const column = arrayKeys.get(key);
    if (kind === "array" && column !== undefined) {
      const numbers = new NumberList();
      cursor.numbers(numbers);
      columns.set(column, numbers);
    } else if (kind === "array" && key === "itls") {
      itls = readIntervals(cursor, keepTokens);
    } else if (kind === "array" && (key === "errors" || key === "successes")) {
      failed = readOutcomes(cursor, key === "errors");
    } else if (kind === "array" || kind === "object") {
      passedOver.push(key);
      cursor.skip();
    } else if (column !== undefined && kind !== "null") {
      throw cursor.malformed(`${key} is not a list`, "an array with an entry for each request");
    } else {
      summary.set(key, cursor.value() as Cell | boolean);
    }
  }
  return { line, summary, columns, failed, itls, passedOver };
}

function readIntervals(cursor: JsonCursor, keep: boolean): TokenIntervals {
  const count = new NumberList();
  const sumS = new NumberList();
  const flat = keep ? new NumberList() : null;
  cursor.beginArray();
  while (cursor.more()) {
    let n = 0;
    let sum = 0;
    flat?.push(0);
    if (cursor.kind() === "null") cursor.skip();
    else {
      cursor.beginArray();
      while (cursor.more()) {
        const interval = cursor.number();
        // One that is missing or negative makes the whole request's times unknown.
        sum += interval >= 0 ? interval : NaN;
        flat?.push(interval);
        n++;
      }
    }
    count.push(n);
    sumS.push(sum);
  }
  return { count, sumS, flat };
}

function readOutcomes(cursor: JsonCursor, areErrors: boolean): number[] {
  const failed: number[] = [];
  cursor.beginArray();
  while (cursor.more()) {
    const kind = cursor.kind();
    const value = kind === "object" || kind === "array" ? cursor.skip() : cursor.value();
    failed.push(areErrors ? (value === "" || value === null ? 0 : 1) : value === true ? 0 : 1);
  }
  return failed;
}

/**
 * Reads every run of an input: one object, an array of them, or one after another.
 *
 * @param cursor The cursor.
 * @param onRun Called with each.
 * @param keepTokens Whether the single inter-token latencies are kept.
 */
export function forEachServingRun(
  cursor: JsonCursor,
  keepTokens: boolean,
  onRun: (run: ServingRun) => void,
): void {
  while (true) {
    const kind = cursor.kind();
    if (kind === "end") return;
    if (kind === "array") {
      cursor.beginArray();
      while (cursor.more()) onRun(readServingRun(cursor, keepTokens));
    } else if (kind === "object") onRun(readServingRun(cursor, keepTokens));
    else throw notARun(cursor);
  }
}

function notARun(cursor: JsonCursor): InputError {
  return cursor.malformed("this is not a benchmark result", "a JSON object");
}
