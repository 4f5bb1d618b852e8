import type { Format } from "../format.ts";
import { resultCsvFormat } from "../result_csv.ts";

const units: Readonly<Record<string, string>> = {
  Latency: "s",
  Throughput: "tok/s",
  avg_power: "mW",
};

/**
 * Tables of Argonne's LLM-Inference-Bench: a row a configuration; a blank line may follow the
 * header. `avg_power` is in milliwatts, as NVML gives it, though the header does not say so.
 */
export const format: Format = resultCsvFormat({
  id: "argonne-llm-bench",
  title: "Argonne LLM-Inference-Bench CSV",
  writtenBy: "argonne-lcf/LLM-Inference-Bench",
  table: "configurations",
  needs: ["Hardware", "Num of Hardware", "Framework", "Batch Size", "Latency", "Throughput"],
  unitOf: (column) => units[column],
});
