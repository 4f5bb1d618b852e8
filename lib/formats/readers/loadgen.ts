import { windows } from "../../requests/windows.ts";
import type { Format } from "../format.ts";
import { readLoadgenLog } from "../loadgen_log.ts";

/** MLPerf's `mlperf_log_detail.txt`: the measured span as a window, and what was counted in it. */
export const format: Format = {
  id: "mlperf-loadgen",
  title: "MLPerf loadgen log (mlperf_log_detail.txt)",
  kinds: ["windows", "results"],
  writtenBy: "MLPerf loadgen",
  detect: ({ text }) => text.includes(":::MLLOG {") ? 3 : 0,
  async read(source, into) {
    const log = await readLoadgenLog(source);
    const kept = [...log.values].filter(([key]) => /^(result_|effective_scenario)/.test(key));
    into.results.push({
      name: "loadgen results",
      columns: {
        key: kept.map(([key]) => key),
        value: kept.map(([, value]) => typeof value === "number" ? value : String(value)),
      },
      units: {},
    });
    if (Number.isNaN(log.powerBeginS + log.powerEndS)) {
      into.notes.push("There is no power_begin and power_end: a run without a power measurement.");
    } else {
      into.windows.push(windows({
        clock: "local",
        names: ["power"],
        startS: Float64Array.of(log.powerBeginS),
        endS: Float64Array.of(log.powerEndS),
        source: { path: source.path, format: format.id },
      }));
    }
  },
};
