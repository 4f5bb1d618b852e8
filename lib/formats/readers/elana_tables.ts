import type { Format } from "../format.ts";
import { hasColumns, readResultCsv } from "../result_csv.ts";
import { unitOfName } from "../result_units.ts";

const energyColumns = [
  "model",
  "ttft_ms",
  "j_per_prompt",
  "tpot_ms",
  "j_per_token",
  "ttlt_ms",
  "j_per_request",
];
const cacheColumns = ["model", "param_size_gb", "cache_gb_b1_l1024"];

/**
 * ELANA's published tables as CSV: latency and energy, and sizes of weights and cache. Its J/Prompt,
 * J/Token and J/Request are for one pass of the whole batch, so that they are given as joules and
 * not as a unit by which another tool's could be compared.
 */
export const format: Format = {
  id: "elana-tables",
  title: "ELANA latency, energy and size tables, CSV",
  kinds: ["results"],
  writtenBy: "ELANA (tables of arXiv 2512.09946)",
  detect: (head) => hasColumns(head, energyColumns) || hasColumns(head, cacheColumns) ? 3 : 0,
  read: (source, into) =>
    readResultCsv(source, into, {
      table: "models",
      needs: ["model"],
      unitOf: (column) =>
        /^j_per_/.test(column) ? "J" : /_gb(_|$)/.test(column) ? "GB" : unitOfName(column),
    }),
};
