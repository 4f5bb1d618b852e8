import type { Format } from "../format.ts";
import { resultCsvFormat } from "../result_csv.ts";

const units: Readonly<Record<string, string>> = {
  prompt_time: "ms",
  token_time: "ms",
  e2e_time: "ms",
  peak_power: "TDP",
  average_power: "TDP",
};

/** Splitwise's performance model: times in milliseconds, powers as a share of the boards' TDP. */
export const format: Format = resultCsvFormat({
  id: "splitwise-perf",
  title: "Splitwise performance model CSV",
  writtenBy: "splitwise-sim (data/perf_model.csv)",
  table: "configurations",
  needs: ["model", "hardware", "prompt_size", "batch_size", "token_size", "prompt_time"],
  unitOf: (column) => units[column],
});
