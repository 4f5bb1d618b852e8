import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { readServingResults } from "../serving_results.ts";

/**
 * Results of SGLang's `bench_serving`: an object a line, appended run by run, with the parallel
 * arrays of its requests under `--output-details`. They have no start times.
 */
export const format: Format = {
  id: "sglang-bench",
  title: "SGLang bench_serving JSON Lines",
  kinds: ["requests", "results"],
  writtenBy: "sglang.bench_serving",
  detect: (head) =>
    hasJsonKeys(head, "sharegpt_output_len") || hasJsonKeys(head, "random_range_ratio") ||
      hasJsonKeys(head, "total_output_tokens_retokenized")
      ? 3
      : 0,
  read: (source, into, options) =>
    readServingResults(source, into, options, {
      id: "sglang-bench",
      marks: ["request_throughput", "output_throughput", "completed", "mean_e2e_latency_ms"],
    }),
};
