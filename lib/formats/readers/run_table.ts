import type { Format } from "../format.ts";
import { resultCsvFormat } from "../result_csv.ts";
import { unitOfName } from "../result_units.ts";

/**
 * The run table of ExperimentRunner: a row a run, with its factors and what was measured. Runs that
 * are not done are left out.
 */
export const format: Format = resultCsvFormat({
  id: "run-table",
  title: "ExperimentRunner run_table.csv",
  writtenBy: "ExperimentRunner (S2 group)",
  table: "runs",
  needs: ["__run_id", "__done"],
  unitOf: (column) =>
    column === "codecarbon__energy_consumed"
      ? "kWh"
      : column === "execution_time"
      ? "s"
      : unitOfName(column),
  leaveOut: (cell) => cell("__done") === "DONE" ? null : "run-not-done",
});
