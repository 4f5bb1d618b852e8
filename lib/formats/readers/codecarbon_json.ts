import type { Format } from "../format.ts";
import { hasJsonKeys } from "../head.ts";
import { windows } from "../../requests/windows.ts";
import { isObject, notThis, readJsonValues, scalarsOf } from "../json_value.ts";
import { ResultRows } from "../result_rows.ts";
import { isoTime } from "../wall_clock.ts";

const units: Readonly<Record<string, string>> = {
  duration: "s",
  emissions: "kg",
  emissions_rate: "kg/s",
  cpu_power: "W",
  gpu_power: "W",
  ram_power: "W",
  cpu_energy: "kWh",
  gpu_energy: "kWh",
  ram_energy: "kWh",
  energy_consumed: "kWh",
  water_consumed: "L",
  ram_total_size: "GB",
};

/**
 * A run that CodeCarbon wrote as a JSON object, as optimum-benchmark does for each phase
 * (`prefill_codecarbon.json`): `timestamp` is its end on the host's wall clock, energies are in kWh.
 */
export const format: Format = {
  id: "codecarbon-json",
  title: "CodeCarbon run JSON",
  kinds: ["windows", "results"],
  writtenBy: "CodeCarbon 3, optimum-benchmark",
  detect: (head) => hasJsonKeys(head, "emissions_rate", "energy_consumed", "duration") ? 3 : 0,
  async read(source, into) {
    const rows = new ResultRows();
    const spans: { name: string; startS: number; endS: number; energyJ: number }[] = [];
    let zoned = true;
    for (const run of (await readJsonValues(source)).flat()) {
      if (!isObject(run)) throw notThis(source, "this is not a run", "a JSON object");
      rows.add(scalarsOf(run));
      const { timestamp, duration, energy_consumed: energyKwh, project_name: name } = run;
      const end = typeof timestamp === "string" ? isoTime(timestamp) : null;
      if (end === null || typeof duration !== "number" || !(duration >= 0)) {
        into.losses.add("no-time", undefined, String(timestamp));
        continue;
      }
      zoned &&= end.zoned;
      spans.push({
        name: String(name ?? "run"),
        startS: end.timeS - duration,
        endS: end.timeS,
        energyJ: typeof energyKwh === "number" ? energyKwh * 3.6e6 : NaN,
      });
    }
    if (rows.length === 0) return;
    into.results.push(rows.table("runs", (key) => units[key]));
    into.notes.push("Its energy may be modelled (TDP times a load), which the file does not say.");
    if (spans.length === 0) return;
    into.windows.push(windows({
      clock: zoned ? "epoch" : "local",
      names: spans.map((span) => span.name),
      startS: Float64Array.from(spans, ({ startS }) => startS),
      endS: Float64Array.from(spans, ({ endS }) => endS),
      referenceJ: Float64Array.from(spans, ({ energyJ }) => energyJ),
      reference: { column: "energy_consumed", unit: "kWh" },
      source: { path: source.path, format: format.id },
    }));
  },
};
