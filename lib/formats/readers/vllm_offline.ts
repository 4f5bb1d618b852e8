import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { isObject, type JsonObject, notThis, readJsonValues, scalarsOf } from "../json_value.ts";
import { ResultRows } from "../result_rows.ts";

/**
 * Results of `vllm bench latency` (`avg_latency`, `percentiles` and the `latencies` of its
 * iterations, in seconds) and of `vllm bench throughput`. Neither says when it ran.
 */
export const format: Format = {
  id: "vllm-offline",
  title: "vLLM bench latency and throughput JSON",
  kinds: ["results"],
  writtenBy: "vllm bench latency, vllm bench throughput",
  detect: (head) =>
    hasJsonKeys(head, "avg_latency", "latencies") ||
      hasJsonKeys(head, "elapsed_time", "num_requests", "requests_per_second")
      ? 3
      : 0,
  async read(source, into) {
    const runs = new ResultRows();
    const iterations = new ResultRows();
    for (const value of await readJsonValues(source)) {
      if (!isObject(value)) throw notThis(source, "this is not a result", "a JSON object");
      const { latencies, ...rest } = value as JsonObject & { latencies?: unknown };
      runs.add(scalarsOf(rest));
      if (!Array.isArray(latencies)) continue;
      latencies.forEach((latency: unknown, i) => {
        const isTime = typeof latency === "number" && latency >= 0;
        if (!isTime) into.losses.add("not-a-number", undefined, String(latency));
        iterations.add([["iteration", i], ["latency", isTime ? latency : null]]);
      });
    }
    if (runs.length > 0) into.results.push(runs.table("runs", unitOf));
    if (iterations.length > 0) into.results.push(iterations.table("iterations", unitOf));
  },
};

function unitOf(key: string): string | undefined {
  if (key === "latency" || key === "avg_latency" || key === "elapsed_time") return "s";
  if (/^percentiles\.\d/.test(key)) return "s";
  if (key === "requests_per_second") return "req/s";
  return key === "tokens_per_second" ? "tok/s" : undefined;
}
