import type { Format } from "../format.ts";
import { resultCsvFormat } from "../result_csv.ts";
import { unitOfName } from "../result_units.ts";

/** The results of LLM-Energy-Benchmark: Spanish headers with the unit in brackets, J and kWh side by side. */
export const format: Format = resultCsvFormat({
  id: "llm-energy-benchmark",
  title: "LLM-Energy-Benchmark results CSV (Spanish headers)",
  writtenBy: "alejandroldz/LLM-Energy-Benchmark",
  table: "runs",
  needs: ["Modelo", "Motor", "Hardware", "Energía (J)"],
  unitOf: unitOfName,
});
