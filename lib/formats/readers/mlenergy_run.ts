import type { Clock } from "../../clock.ts";
import { windows } from "../../requests/windows.ts";
import type { Collector } from "../collect.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { JsonCursor } from "../json_cursor.ts";
import { isObject, scalarsOf } from "../json_value.ts";
import { type Cell, ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * `results.json` of an ML.ENERGY benchmark run: the power of each GPU by domain, the spans of the
 * run and of its steady state with the energy that Zeus measured over them, and its requests, which
 * have durations but no start times and so are a table.
 */
export const format: Format = {
  id: "mlenergy-run",
  title: "ML.ENERGY benchmark results.json",
  kinds: ["power", "windows", "results"],
  writtenBy: "ml-energy/benchmark",
  detect: (head) =>
    hasJsonKeys(head, "steady_state_duration") || hasJsonKeys(head, "steady_state_energy") ||
      hasJsonKeys(head, "benchmark_start_time", "steady_state_start_time")
      ? 3
      : 0,
  async read(source, into) {
    const cursor = await JsonCursor.open(source);
    const summary: [string, Cell | boolean][] = [];
    const requests = new ResultRows();
    const moments = new Map<string, number>();
    const measuredJ = new Map<string, number>();
    try {
      cursor.beginObject();
      for (let key = cursor.key(); key !== null; key = cursor.key()) {
        const kind = cursor.kind();
        if (key === "timeline" && kind === "object") readTimeline(cursor, moments, into);
        else if (key === "results" && kind === "array") {
          cursor.beginArray();
          while (cursor.more()) requests.add(readRequest(cursor, into));
        } else if (/_measurement$/.test(key) && kind === "object") {
          const value = cursor.value();
          if (!isObject(value)) continue;
          summary.push(...scalarsOf({ [key]: value }));
          const gpus = isObject(value["gpu_energy"]) ? Object.values(value["gpu_energy"]) : [];
          measuredJ.set(
            key,
            gpus.reduce<number>(
              (sum, joules) => sum + (typeof joules === "number" ? joules : NaN),
              0,
            ),
          );
        } else if (kind === "object" || kind === "array") cursor.skip();
        else summary.push([key, cursor.value() as Cell]);
      }
    } finally {
      cursor.close();
    }
    const spans = [
      { name: "benchmark", key: "benchmark", measurement: "entire_benchmark_measurement" },
      { name: "steady state", key: "steady_state", measurement: "steady_state_measurement" },
    ].map(({ name, key, measurement }) => ({
      name,
      startS: moments.get(`${key}_start_time`) ?? NaN,
      endS: moments.get(`${key}_end_time`) ?? NaN,
      energyJ: measuredJ.get(measurement) ?? NaN,
    })).filter(({ startS, endS, name }) => {
      if (endS >= startS) return true;
      if (!Number.isNaN(startS + endS)) into.losses.add("ends-before-start", undefined, name);
      return false;
    });
    if (spans.length > 0) {
      into.windows.push(windows({
        clock: clockOf(spans[0]!.startS),
        names: spans.map(({ name }) => name),
        startS: Float64Array.from(spans, ({ startS }) => startS),
        endS: Float64Array.from(spans, ({ endS }) => endS),
        referenceJ: Float64Array.from(spans, ({ energyJ }) => energyJ),
        reference: { column: "gpu_energy", unit: "J" },
        source: { path: source.path, format: format.id },
      }));
    }
    const run = new ResultRows();
    if (summary.length > 0) {
      run.add(summary);
      into.results.push(run.table("run", summaryUnit));
    }
    if (requests.length > 0) {
      into.notes.push("Requests have durations and no start times: they are a table.");
      into.results.push(requests.table("requests", requestUnit));
    }
  },
};

function readTimeline(cursor: JsonCursor, moments: Map<string, number>, into: Collector): void {
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (kind === "number" && /_(start|end)_time$/.test(key)) moments.set(key, cursor.number());
    else if (key === "power" && kind === "object") readPower(cursor, "", into);
    else cursor.skip();
  }
}

/** Domains hold GPUs, and GPUs lists of times and watts; older files have no domains. */
function readPower(cursor: JsonCursor, domain: string, into: Collector): void {
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (kind === "object" && domain === "") readPower(cursor, key, into);
    else if (kind !== "array") cursor.skip();
    else {
      const gpu = /^\d+$/.test(key) ? `gpu${key}` : key;
      const isMemory = /memory/.test(domain);
      const reading = /instant/.test(domain)
        ? "instant"
        : /average/.test(domain)
        ? "average"
        : "unspecified";
      let column: ReturnType<Collector["column"]> | null = null;
      cursor.beginArray();
      while (cursor.more()) {
        const { line } = cursor;
        cursor.beginArray();
        const pair: number[] = [];
        while (cursor.more()) pair.push(cursor.number());
        column ??= into.column({
          device: isMemory
            ? { kind: "dram", id: `${gpu}-memory`, partOf: gpu }
            : { kind: "gpu", id: gpu },
          clock: clockOf(pair[0] ?? NaN),
          quantity: "power",
          reading,
          column: domain === "" ? "power" : domain,
        });
        if (pair.length === 2) column.push(pair[0]!, pair[1]!, line);
        else column.losses.add("wrong-field-count", line, pair.join(", "));
      }
    }
  }
}

function readRequest(cursor: JsonCursor, into: Collector): [string, Cell | boolean][] {
  const { line } = cursor;
  const row: [string, Cell | boolean][] = [];
  cursor.beginObject();
  for (let key = cursor.key(); key !== null; key = cursor.key()) {
    const kind = cursor.kind();
    if (key === "itl" && kind === "array") {
      let count = 0;
      let sumS = 0;
      cursor.beginArray();
      while (cursor.more()) {
        sumS += cursor.number();
        count++;
      }
      row.push(["itl_count", count], ["itl_sum", sumS]);
    } else if (kind === "object" || kind === "array" || /prompt|_text$/.test(key)) cursor.skip();
    else {
      const cell = cursor.value() as Cell | boolean;
      if (key === "success" && cell === false) into.losses.add("request-failed", line);
      row.push([key, cell]);
    }
  }
  return row;
}

function clockOf(timeS: number): Clock {
  return timeS > 1e9 ? "epoch" : "monotonic";
}

function summaryUnit(key: string): string | undefined {
  if (/energy_per_token$/.test(key)) return "J/token";
  if (/(^|_)energy$/.test(key) || /gpu_energy\.\d+$/.test(key)) return "J";
  if (/(^|_)duration$|\.time$/.test(key)) return "s";
  if (/^(output|total_token|token)_throughput$/.test(key)) return "tok/s";
  return key === "request_throughput" ? "req/s" : unitOfName(key);
}

function requestUnit(key: string): string | undefined {
  if (/^(ttft|latency|itl_sum)$/.test(key)) return "s";
  if (key === "energy") return "J";
  return /_len$/.test(key) ? "tok" : undefined;
}
