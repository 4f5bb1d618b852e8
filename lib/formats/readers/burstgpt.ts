import type { Format } from "../format.ts";
import { NumberList } from "../number_list.ts";
import { hasColumns } from "../result_csv.ts";
import { forEachTraceRow, TraceColumns, traceColumns } from "../trace_csv.ts";

/** How a request's end follows from the newer files' `Elapsed time`, as their README has it. */
const endRule = "submit + Elapsed time";

/**
 * BurstGPT: seconds from the first midnight, the model called, and tokens; no tokens in the answer
 * mean that the request failed. From release 2 on, `Elapsed time` is the time to the complete answer.
 */
export const format: Format = {
  id: "burstgpt",
  title: "BurstGPT trace CSV",
  kinds: ["requests"],
  writtenBy: "HPMLL/BurstGPT",
  detect: (head) =>
    hasColumns(head, ["Timestamp", "Model", "Request tokens", "Response tokens"]) ? 3 : 0,
  async read(source, into) {
    const requests = new TraceColumns();
    const elapsed = new NumberList();
    const model = new NumberList();
    const models = new Map<string, number>();
    const failed = new NumberList();
    let at = { Timestamp: 0, Model: 0, "Request tokens": 0, "Response tokens": 0 };
    let elapsedAt = -1;
    let session = -1;
    await forEachTraceRow(source, into, (names) => {
      at = traceColumns(
        names,
        ["Timestamp", "Model", "Request tokens", "Response tokens"],
        source.path,
      );
      const has = (name: string): number =>
        names.includes(name) ? traceColumns(names, [name], source.path)[name]! : -1;
      elapsedAt = has("Elapsed time");
      session = has("Session ID");
    }, (row) => {
      const timeS = row.number(at.Timestamp);
      if (!(timeS >= 0)) {
        into.losses.add("bad-time", row.line, row.text(at.Timestamp));
        return;
      }
      const asked = row.number(at["Request tokens"]);
      const answered = row.number(at["Response tokens"]);
      if (!(asked >= 0 && answered >= 0)) {
        into.losses.add("bad-token-count", row.line, `${asked}, ${answered}`);
      }
      if (answered === 0) into.losses.add("request-failed", row.line);
      requests.push(timeS, asked, answered);
      failed.push(answered === 0 ? 1 : 0);
      const tookS = elapsedAt === -1 ? NaN : row.number(elapsedAt);
      elapsed.push(tookS >= 0 && answered !== 0 ? timeS + tookS : NaN);
      const name = row.text(at.Model);
      let index = models.get(name);
      if (index === undefined) models.set(name, index = models.size);
      model.push(index);
    });
    if (session !== -1) into.notes.push("Passed over: Session ID.");
    requests.finish(into, {
      clock: "elapsed",
      success: Uint8Array.from(failed.view(), (one) => 1 - one),
      ...(elapsedAt !== -1 && {
        endS: elapsed.take(),
        endOrigin: { kind: "derived", rule: endRule },
      }),
      replica: Uint16Array.from(model.view()),
      replicas: [...models.keys()],
      tokenCount: "server",
      source: { path: source.path, format: format.id },
    });
  },
};
