import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { readServingResults } from "../serving_results.ts";

/**
 * Results of `vllm bench serve` and its older scripts: one object, an array of them (a sweep) or
 * one after another (`--append-result`). With `--save-detailed` an entry for each request stands in
 * parallel arrays; `start_times` counts on a monotonic clock, a fork's `request_timestamps` from
 * the epoch.
 */
export const format: Format = {
  id: "vllm-bench",
  title: "vLLM bench serve JSON",
  kinds: ["requests", "results"],
  writtenBy: "vllm bench serve, benchmark_serving.py",
  detect(head) {
    if (hasJsonKeys(head, "request_throughput", "model_id")) return 3;
    if (hasJsonKeys(head, "request_throughput", "total_token_throughput")) return 2;
    // Parallel arrays alone: the first may fill all that is seen.
    if (/^[\s\uFEFF]*\{[^[]*"(input_lens|request_timestamps|ttfts)"\s*:\s*\[/.test(head.text)) {
      return 2;
    }
    return 0;
  },
  read: (source, into, options) =>
    readServingResults(source, into, options, {
      id: "vllm-bench",
      marks: ["request_throughput", "total_token_throughput", "completed"],
    }),
};
