import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { JsonCursor } from "../json_cursor.ts";
import { isObject, notThis, scalarsOf } from "../json_value.ts";
import { type Cell, ResultRows } from "../result_rows.ts";

/**
 * LLMPerf's results: `*_individual_responses.json`, a list with an entry for each request (TTFT,
 * latency, tokens, an error code when it failed, no start time), and `*_summary.json`. The summary's
 * statistics are over requests without an error code; standard deviations divide by n - 1.
 */
export const format: Format = {
  id: "llmperf",
  title: "LLMPerf individual responses and summary JSON",
  kinds: ["results"],
  writtenBy: "llmperf token_benchmark_ray.py",
  detect(head) {
    if (hasJsonKeys(head, "error_code", "ttft_s", "end_to_end_latency_s")) return 3;
    return /"results_(ttft_s|end_to_end_latency_s|num_requests_started)/.test(head.text) ? 3 : 0;
  },
  async read(source, into) {
    const cursor = await JsonCursor.open(source);
    const requests = new ResultRows();
    try {
      if (cursor.kind() === "object") {
        const summary = cursor.value();
        if (!isObject(summary)) return;
        const rows = new ResultRows();
        // Least and greatest token counts are written as texts.
        rows.add(
          scalarsOf(summary).map(([key, cell]) => [
            key,
            typeof cell === "string" && /^results_number_.*_(min|max)$/.test(key) &&
              /^\d+(\.\d+)?$/.test(cell)
              ? Number(cell)
              : cell,
          ]),
        );
        into.results.push(rows.table("summary", unitOf));
        return;
      }
      cursor.beginArray();
      while (cursor.more()) {
        const { line } = cursor;
        const row: [string, Cell | boolean][] = [];
        let failed = false;
        cursor.beginObject();
        for (let key = cursor.key(); key !== null; key = cursor.key()) {
          const kind = cursor.kind();
          if (key === "GEN_TEXT" || kind === "object" || kind === "array") cursor.skip();
          else {
            const cell = cursor.value() as Cell | boolean;
            if (key === "error_code") failed = cell !== null;
            row.push([key, cell]);
          }
        }
        if (row.length === 0) throw notThis(source, "an entry is empty", "a request");
        if (failed) into.losses.add("request-failed", line);
        requests.add(row);
      }
    } finally {
      cursor.close();
    }
    if (requests.length === 0) return;
    into.notes.push(
      "Requests have no start time, so they are a table and cannot be set against a power trace.",
    );
    into.results.push(requests.table("requests", unitOf));
  },
};

function unitOf(key: string): string | undefined {
  const name = key.replace(/^results_/, "").replace(/_(quantiles_p\d+|mean|min|max|stddev)$/, "");
  if (/_token_per_s$/.test(name)) return "tok/s";
  if (/_(latency|ttft)_s$|^ttft_s$/.test(name)) return "s";
  return /^number_(input|output|total)_tokens$/.test(name) ? "tok" : undefined;
}
