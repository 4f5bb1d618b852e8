import type { Clock } from "../../clock.ts";
import type { Format } from "../format.ts";
import { hasColumns } from "../result_csv.ts";
import { wallTime } from "../time_cell.ts";
import { forEachTraceRow, TraceColumns, traceColumns } from "../trace_csv.ts";

/**
 * Azure's LLM inference traces of 2023 and 2024: arrival, context and generated tokens. The times of
 * 2023 have seven decimals and no zone; those of 2024 may carry an offset.
 */
export const format: Format = {
  id: "azure-llm-trace",
  title: "Azure LLM inference trace CSV (2023, 2024)",
  kinds: ["requests"],
  writtenBy: "Azure/AzurePublicDataset",
  detect: (head) => hasColumns(head, ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]) ? 3 : 0,
  async read(source, into) {
    const requests = new TraceColumns();
    const wall = wallTime();
    let at = { TIMESTAMP: 0, ContextTokens: 0, GeneratedTokens: 0 };
    let clock: Clock | null = null;
    await forEachTraceRow(source, into, (names) => {
      at = traceColumns(names, ["TIMESTAMP", "ContextTokens", "GeneratedTokens"], source.path);
    }, (row) => {
      const { bytes } = row;
      let from = row.from(at.TIMESTAMP);
      let to = row.to(at.TIMESTAMP);
      while (from < to && bytes[from]! <= 32) from++;
      while (to > from && bytes[to - 1]! <= 32) to--;
      const zone = zoneOf(bytes, from, to);
      const here: Clock = zone === null ? "local" : "epoch";
      const timeS = wall(bytes, from, zone?.from ?? to) - (zone?.offsetS ?? 0);
      if (Number.isNaN(timeS)) {
        into.losses.add("bad-time", row.line, row.text(at.TIMESTAMP));
        return;
      }
      clock ??= here;
      if (here !== clock) {
        into.losses.add("other-clock", row.line, row.text(at.TIMESTAMP));
        return;
      }
      const context = row.number(at.ContextTokens);
      const generated = row.number(at.GeneratedTokens);
      if (!(context >= 0 && generated >= 0)) {
        into.losses.add("bad-token-count", row.line, `${context}, ${generated}`);
      }
      requests.push(timeS, context, generated);
    });
    requests.finish(into, {
      clock: clock ?? "local",
      tokenCount: "server",
      source: { path: source.path, format: format.id },
    });
  },
};

/** The offset behind a time such as `2024-05-10 00:00:00.009930+00:00`; null without one. */
function zoneOf(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly from: number; readonly offsetS: number } | null {
  if (bytes[to - 1] === 90) return { from: to - 1, offsetS: 0 };
  for (const length of [6, 5]) {
    const sign = bytes[to - length]!;
    if ((sign !== 43 && sign !== 45) || to - length < from + 16) continue;
    const digit = (at: number): number => bytes[at]! - 48;
    const hours = digit(to - length + 1) * 10 + digit(to - length + 2);
    const minutes = digit(to - 2) * 10 + digit(to - 1);
    if (!(hours >= 0 && hours <= 14 && minutes >= 0 && minutes <= 59)) return null;
    return { from: to - length, offsetS: (sign === 45 ? -1 : 1) * (hours * 60 + minutes) * 60 };
  }
  return null;
}
