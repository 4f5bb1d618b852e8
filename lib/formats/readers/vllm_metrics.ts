import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { type Cell, ResultRows } from "../result_rows.ts";

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * What a vLLM or SGLang server shows under `/metrics`: counters, gauges and histograms at one
 * moment, which the text does not tell. One row a sample.
 */
export const format: Format = {
  id: "serving-metrics",
  title: "vLLM or SGLang /metrics text",
  kinds: ["results"],
  writtenBy: "vLLM and SGLang servers",
  detect: ({ lines, binary }) =>
    !binary && lines.some((line) => /^(# TYPE )?(vllm|sglang):\w+/.test(line)) ? 3 : 0,
  async read(source, into) {
    const rows = new ResultRows();
    const types = new Map<string, string>();
    await forEachLine(source, (text, line, terminated) => {
      const type = /^# TYPE (\S+) (\w+)/.exec(text);
      if (type !== null) types.set(type[1]!, type[2]!);
      if (text === "" || text.startsWith("#")) return;
      const match = terminated ? sample.exec(text) : null;
      const value = match === null ? NaN : numberOf(match[3]!);
      if (match === null || value === undefined) {
        into.losses.add(terminated ? "malformed-line" : "truncated-row", line, text);
        return;
      }
      const [, name, labels, , stamp] = match;
      const family = name!.replace(/_(bucket|sum|count|created|total)$/, "");
      rows.add([
        ["metric", name!],
        ["type", types.get(name!) ?? types.get(family) ?? null],
        ["value", value],
        ...(stamp === undefined ? [] : [["time_ms", Number(stamp)] as [string, Cell]]),
        ...[...(labels ?? "").matchAll(label)].map(([, key, cell]): [string, Cell] => [
          `label.${key}`,
          cell!.replace(/\\(.)/g, (_all, c: string) => c === "n" ? "\n" : c),
        ]),
      ]);
    });
    if (rows.length === 0) return;
    into.notes.push("The metrics of one moment, which the text does not tell.");
    into.results.push(rows.table("metrics", (column) => column === "time_ms" ? "ms" : undefined));
  },
};

/** A sample's value; undefined when it is none. Infinite values are no numbers of a table. */
function numberOf(text: string): number | undefined {
  if (/^[+-]?(Inf|NaN)$/.test(text)) return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
