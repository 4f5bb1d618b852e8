import type { Format } from "../format.ts";
import { hasColumns } from "../result_csv.ts";
import { forEachTraceRow, TraceColumns, traceColumns } from "../trace_csv.ts";

const columns = ["request_id", "arrival_timestamp", "prompt_size", "token_size"] as const;

/** Traces for splitwise-sim: arrivals in seconds from the start, prompt and answer lengths. */
export const format: Format = {
  id: "splitwise-trace",
  title: "Splitwise request trace CSV",
  kinds: ["requests"],
  writtenBy: "splitwise-sim",
  detect: (head) => hasColumns(head, columns) ? 3 : 0,
  async read(source, into) {
    const requests = new TraceColumns();
    const ids: string[] = [];
    let at = { request_id: 0, arrival_timestamp: 0, prompt_size: 0, token_size: 0 };
    await forEachTraceRow(source, into, (names) => {
      at = traceColumns(names, columns, source.path);
    }, (row) => {
      const timeS = row.number(at.arrival_timestamp);
      if (!(timeS >= 0)) {
        into.losses.add("bad-time", row.line, row.text(at.arrival_timestamp));
        return;
      }
      const prompt = row.number(at.prompt_size);
      const tokens = row.number(at.token_size);
      if (!(prompt >= 0 && tokens >= 0)) {
        into.losses.add("bad-token-count", row.line, `${prompt}, ${tokens}`);
      }
      requests.push(timeS, prompt, tokens);
      if (into.keeps) ids.push(row.text(at.request_id));
    });
    requests.finish(into, {
      clock: "elapsed",
      ids: into.keeps ? ids : null,
      source: { path: source.path, format: format.id },
    });
  },
};
