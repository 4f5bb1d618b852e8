import type { Format } from "../format.ts";
import { hasColumns, readResultCsv } from "../result_csv.ts";

const units: readonly [RegExp, string][] = [
  [/^duration(_|$)/, "s"],
  [/^throughput(_|$)/, "tok/s"],
  [/^mj_per_token(_|$)/, "mJ/token"],
  [/^gpu_avg_power(_|$)/, "W"],
];

/** Tables of a TokenPowerBench fork: means by configuration and the repetitions behind them. */
export const format: Format = {
  id: "tokenpowerbench-tables",
  title: "TokenPowerBench fork tables, CSV",
  kinds: ["results"],
  writtenBy: "Denizdius/TokenPowerBench",
  detect: (head) =>
    hasColumns(head, ["model_name", "workload", "config"]) &&
      /(^|,)mj_per_token/.test(head.lines[0] ?? "")
      ? 3
      : 0,
  read: (source, into) =>
    readResultCsv(source, into, {
      table: "configurations",
      needs: ["model_name", "workload", "config"],
      unitOf: (column) => units.find(([pattern]) => pattern.test(column))?.[1],
    }),
};
