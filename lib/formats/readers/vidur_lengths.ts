import type { Format } from "../format.ts";
import { resultCsvFormat } from "../result_csv.ts";

/** Vidur's processed traces: prompt and answer lengths without times. */
export const format: Format = resultCsvFormat({
  id: "vidur-lengths",
  title: "Vidur token lengths CSV",
  writtenBy: "vidur (data/processed_traces)",
  table: "lengths",
  needs: ["num_prefill_tokens", "num_decode_tokens"],
  unitOf: (column) => /_tokens$/.test(column) ? "tok" : undefined,
});
