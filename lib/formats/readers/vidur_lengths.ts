import type { Format } from "../format.ts";
import { hasColumns, headerOf, readResultCsv } from "../result_csv.ts";
import { headBytes, headOf } from "../head.ts";
import { firstBytes } from "../source.ts";
import { forEachTraceRow, TraceColumns, traceColumns } from "../trace_csv.ts";

const columns = ["arrived_at", "num_prefill_tokens", "num_decode_tokens"] as const;

/**
 * Vidur's processed traces: prompt and answer lengths, which are a table, or with a column
 * `arrived_at` in seconds requests.
 */
export const format: Format = {
  id: "vidur-lengths",
  title: "Vidur token lengths and traces CSV",
  kinds: ["requests", "results"],
  writtenBy: "vidur (data/processed_traces)",
  detect: (head) => hasColumns(head, ["num_prefill_tokens", "num_decode_tokens"]) ? 3 : 0,
  async read(source, into) {
    const head = headOf(source.path, await firstBytes(source, headBytes));
    if (!headerOf(head).includes("arrived_at")) {
      await readResultCsv(source, into, {
        table: "lengths",
        needs: ["num_prefill_tokens", "num_decode_tokens"],
        unitOf: (column) => /_tokens$/.test(column) ? "tok" : undefined,
      });
      return;
    }
    const requests = new TraceColumns();
    let at = { arrived_at: 0, num_prefill_tokens: 0, num_decode_tokens: 0 };
    await forEachTraceRow(source, into, (names) => {
      at = traceColumns(names, columns, source.path);
    }, (row) => {
      const timeS = row.number(at.arrived_at);
      if (!(timeS >= 0)) {
        into.losses.add("bad-time", row.line, row.text(at.arrived_at));
        return;
      }
      const prefill = row.number(at.num_prefill_tokens);
      const decode = row.number(at.num_decode_tokens);
      if (!(prefill >= 0 && decode >= 0)) {
        into.losses.add("bad-token-count", row.line, `${prefill}, ${decode}`);
      }
      requests.push(timeS, prefill, decode);
    });
    requests.finish(into, {
      clock: "elapsed",
      source: { path: source.path, format: format.id },
    });
  },
};
