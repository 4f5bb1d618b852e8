import { InputError } from "../errors.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Collector } from "./collect.ts";
import type { ReadOptions, ResultTable } from "./format.ts";
import { JsonCursor } from "./json_cursor.ts";
import { type Cell, ResultRows } from "./result_rows.ts";
import { forEachServingRun, type ServingRun } from "./serving_json.ts";
import { servingRequests, summedRule } from "./serving_log.ts";
import type { ByteSource } from "./source.ts";

/** What sets the benchmarks that write this kind of file apart. */
export interface ServingDialect {
  /** Id of the format. */
  readonly id: string;
  /** Keys of which a run has at least one. */
  readonly marks: readonly string[];
}

/**
 * Reads the results of a serving benchmark: a summary row for each run, and its requests where it
 * has them. Requests without a start time become a table, since they cannot lie on a time axis.
 *
 * @param source The input.
 * @param into Where they go.
 * @param options A time per output token, for requests whose end is not recorded.
 * @param dialect What sets the benchmark apart.
 */
export async function readServingResults(
  source: ByteSource,
  into: Collector,
  options: ReadOptions,
  dialect: ServingDialect,
): Promise<void> {
  const cursor = await JsonCursor.open(source);
  const rows = new ResultRows();
  const passedOver = new Set<string>();
  try {
    forEachServingRun(cursor, into.keeps, (run) => {
      const { summary } = run;
      if (run.columns.size === 0 && !dialect.marks.some((mark) => summary.has(mark))) {
        throw new InputError({
          code: "malformed",
          path: source.path,
          line: run.line,
          problem: "this run has neither requests nor a throughput",
          expected: `one of ${dialect.marks.join(", ")}`,
          found: [...summary.keys()].join(", "),
          advice: "name another format with --format",
        });
      }
      for (const key of run.passedOver) passedOver.add(key);
      const row = summaryRow(run, into);
      if (row.some(([, cell]) => typeof cell === "number")) rows.add(row);
      else into.notes.push(...row.map(([key, cell]) => `${key}: ${cell}`));
      const requests = servingRequests(run, { path: source.path, format: dialect.id }, options);
      if (requests === null) return;
      if (run.itls !== null && run.itls.count.length < requests.log.submitS.length) {
        into.notes.push(
          `itls covers the first ${run.itls.count.length} of ${requests.log.submitS.length} requests.`,
        );
      }
      const { rule } = requests.log.endOrigin;
      if (rule !== undefined && rule !== summedRule) into.notes.push(`Ends of requests: ${rule}.`);
      if (requests.placed) into.requests.push(requests.log);
      else {
        into.notes.push(
          "Requests have no start time, so they are a table and cannot be set against a power trace.",
        );
        into.results.push(requestTable(requests.log));
        for (const { reason, count, firstLine, example } of requests.log.dropped) {
          into.losses.add(reason, firstLine, example, count);
        }
      }
    });
  } finally {
    cursor.close();
  }
  if (passedOver.size > 0) into.notes.push(`Passed over: ${[...passedOver].join(", ")}.`);
  if (rows.length > 0) into.results.unshift(rows.table("runs", servingUnit));
}

function summaryRow(run: ServingRun, into: Collector): [string, Cell | boolean][] {
  const { summary } = run;
  const failed = summary.get("failed");
  if (run.columns.size === 0 && typeof failed === "number") {
    into.losses.add("request-failed", run.line, undefined, failed);
  }
  const none = summary.get("completed") === 0;
  if (none) into.notes.push("No request completed: the zeros of its latencies are left out.");
  // Older versions misspell request_goodput with a colon.
  return [...summary].map(([key, cell]) => [
    key.replace(/:$/, ""),
    none && /_ms$/.test(key) ? null : cell,
  ]);
}

function requestTable(log: RequestLog): ResultTable {
  const cells = (column: Float64Array): Cell[] =>
    Array.from(column, (value) => Number.isNaN(value) ? null : value);
  return {
    name: "requests",
    columns: {
      inputTokens: cells(log.inputTokens),
      outputTokens: cells(log.outputTokens),
      ttftS: cells(log.firstTokenS),
      latencyS: cells(log.endS),
      success: Array.from(log.success),
    },
    units: { inputTokens: "tok", outputTokens: "tok", ttftS: "s", latencyS: "s" },
  };
}

/** Unit of a summary key. */
export function servingUnit(key: string): string | undefined {
  if (/_ms$/.test(key)) return "ms";
  if (key === "duration" || /_s$/.test(key) && !/_per_s$/.test(key)) return "s";
  if (/^(request_throughput|request_goodput|request_rate)$/.test(key)) return "req/s";
  if (/throughput$|tokens_per_s$/.test(key)) return "tok/s";
  if (/^total_(input|output)_tokens/.test(key)) return "tok";
  return undefined;
}
