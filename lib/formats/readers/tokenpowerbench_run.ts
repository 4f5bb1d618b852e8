import { requestLog } from "../../requests/log.ts";
import { windows } from "../../requests/windows.ts";
import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { isObject, type JsonObject, notThis, readJsonValue, scalarsOf } from "../json_value.ts";
import { ResultRows } from "../result_rows.ts";
import { unitOfName } from "../result_units.ts";

/**
 * `batch_N_result.json` and `results.json` of a TokenPowerBench v1.0 run folder: a run's window and
 * energy, and in phase mode its requests, one served after another, on the clock of
 * `batch_N_power_samples.json` (monotonic). Energies that a sensor was too slow for are null.
 */
export const format: Format = {
  id: "tokenpowerbench-run",
  title: "TokenPowerBench v1.0 batch_N_result.json",
  kinds: ["requests", "windows", "results"],
  writtenBy: "TokenPowerBench 1.0",
  detect: (head) => hasJsonKeys(head, "start_s", "end_s", "num_responses", "energy") ? 3 : 0,
  async read(source, into) {
    const document = await readJsonValue(source);
    if (!isObject(document)) throw notThis(source, "this is a list", "a run or an object of runs");
    const runs = "start_s" in document
      ? [document]
      : Object.values(document).filter((run) => isObject(run));
    const rows = new ResultRows();
    const phaseRows = new ResultRows();
    const spans: { name: string; startS: number; endS: number; energyJ: number }[] = [];
    for (const run of runs) {
      const { phases, ...rest } = run as JsonObject & { phases?: unknown };
      rows.add(scalarsOf(rest));
      const energy = isObject(run["energy"]) ? run["energy"] : {};
      spans.push({
        name: `batch ${run["batch_size"]}`,
        startS: number(run["start_s"]),
        endS: number(run["end_s"]),
        energyJ: number(energy["gpu_energy_j"]),
      });
      const events = Array.isArray(phases) ? phases.filter(isObject) : [];
      for (const event of events) {
        const { limitations: _limitations, ...told } = event as JsonObject & {
          limitations?: unknown;
        };
        phaseRows.add(scalarsOf(told));
      }
      if (events.length > 0) {
        const column = (key: string): Float64Array =>
          Float64Array.from(events, (event) => number(event[key]));
        into.requests.push(requestLog({
          clock: "monotonic",
          submitS: column("submitted_s"),
          firstTokenS: column("first_token_s"),
          endS: column("finished_s"),
          inputTokens: column("input_tokens"),
          outputTokens: column("output_tokens"),
          ids: events.map((event) => String(event["request_id"] ?? "")),
          tokenCount: "tokenizer",
          source: { path: source.path, format: format.id },
        }));
      }
    }
    const whole = spans.filter(({ startS, endS, name }) => {
      if (endS >= startS) return true;
      into.losses.add(Number.isFinite(startS + endS) ? "ends-before-start" : "bad-time", 1, name);
      return false;
    });
    if (rows.length === 0) throw notThis(source, "there is no run in it", "start_s and end_s");
    if (whole.length > 0) {
      into.windows.push(windows({
        clock: "monotonic",
        names: whole.map(({ name }) => name),
        startS: Float64Array.from(whole, ({ startS }) => startS),
        endS: Float64Array.from(whole, ({ endS }) => endS),
        referenceJ: Float64Array.from(whole, ({ energyJ }) => energyJ),
        reference: { column: "energy.gpu_energy_j", unit: "J" },
        source: { path: source.path, format: format.id },
      }));
    }
    into.results.push(rows.table("runs", unitOfName));
    if (phaseRows.length > 0) into.results.push(phaseRows.table("phases", unitOfName));
  },
};

function number(value: unknown): number {
  return typeof value === "number" ? value : NaN;
}
