import type { Collector } from "../collect.ts";
import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { isObject, type JsonObject, notThis, readJsonValue } from "../json_value.ts";
import { forEachLine } from "../lines.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import type { ByteSource } from "../source.ts";

const statistic = /^(avg|min|max|sum|std|count|current|value|p\d+(\.\d+)?)$/;

/**
 * Summaries of AIPerf and GenAI-Perf: JSON, where every metric is an object with its unit and
 * statistics, and CSV, several tables in one file, with the unit in brackets behind the metric.
 */
export const format: Format = {
  id: "aiperf-summary",
  title: "AIPerf and GenAI-Perf summary JSON or CSV",
  kinds: ["results"],
  writtenBy: "aiperf profile, genai-perf profile",
  detect({ text, lines }) {
    if (/^\uFEFF?Metric,(avg|Value|GPU)\b/.test(lines.find((line) => line !== "") ?? "")) return 3;
    if (/^\uFEFF?Endpoint,GPU_Index,GPU_Name,/.test(lines[0] ?? "")) return 3;
    return /^\s*\{/.test(text) &&
        /"(request_throughput|request_latency|output_token_throughput|time_to_first_token|request_count|gpu_power_usage)"\s*:\s*\{\s*"unit"\s*:/
          .test(text)
      ? 3
      : 0;
  },
  async read(source, into) {
    let isJson = false;
    await forEachLine(source, (text) => {
      isJson = /^\uFEFF?\s*\{/.test(text);
      return text.trim() === "" ? undefined : false;
    });
    await (isJson ? readSummary(source, into) : readTables(source, into));
  },
};

async function readSummary(source: ByteSource, into: Collector): Promise<void> {
  const document = await readJsonValue(source);
  if (!isObject(document)) throw notThis(source, "this is a list", "an object of metrics");
  const rows = new ResultRows();
  walk(document, [], rows);
  if (rows.length === 0) {
    throw notThis(source, "there is no metric in it", '{"unit": ..., "avg": ...}');
  }
  into.results.push(rows.table("metrics", () => undefined));
}

/** Finds the objects that have a unit and a statistic, wherever they lie. */
function walk(object: JsonObject, path: readonly string[], rows: ResultRows): void {
  const unit = object["unit"];
  const statistics = Object.entries(object).filter(([key, value]) =>
    statistic.test(key) && typeof value === "number"
  ) as [string, number][];
  if (typeof unit === "string" && statistics.length > 0) {
    rows.add([
      ["scope", path.slice(0, -1).join(".")],
      ["metric", path.at(-1) ?? ""],
      ["unit", unit],
      ...statistics,
    ]);
    return;
  }
  for (const [key, value] of Object.entries(object)) {
    if (!isObject(value)) continue;
    // GenAI-Perf puts the unit beside the GPUs of a metric.
    const inner = typeof unit === "string" && !("unit" in value) ? { unit, ...value } : value;
    walk(inner, [...path, key], rows);
  }
}

async function readTables(source: ByteSource, into: Collector): Promise<void> {
  let names: readonly string[] = [];
  let rows = new ResultRows();
  const tables: ResultRows[] = [];
  let unterminated = false;
  await forEachRow(source, ",", ({ cells, line, terminated }) => {
    if (/^\uFEFF?(Metric|Endpoint|Timeslice)$/.test(cells[0]!)) {
      names = cells.map((cell) => cell.replace(/^\uFEFF/, ""));
      rows = new ResultRows();
      tables.push(rows);
      return;
    }
    if (cells.every((cell) => cell === "")) return;
    if (cells.length !== names.length) {
      into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      return;
    }
    unterminated ||= !terminated;
    rows.add(names.flatMap((name, i): [string, Cell][] => {
      const cell = cells[i]!;
      if (name === "Metric") {
        const split = /^(.*?)\s*\(([^()]*)\)\s*$/.exec(cell);
        return [["metric", split?.[1] ?? cell], ["unit", split?.[2] ?? null]];
      }
      if (cell === "") return [[name, null]];
      // Thousands are set apart by commas.
      const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(cell) ? cell.replaceAll(",", "") : cell;
      const value = cellNumber(plain);
      if (!Number.isNaN(value)) return [[name, value]];
      if (statistic.test(name) || name === "Value") {
        into.losses.add(/^n\/?a$/i.test(cell) ? "not-available" : "not-a-number", line, cell);
        return [[name, null]];
      }
      return [[name, cell]];
    }));
  });
  if (unterminated) into.notes.push("The last row has no line end: its last value may be cut.");
  for (const table of tables) {
    if (table.length > 0) into.results.push(table.table("metrics", () => undefined));
  }
}
