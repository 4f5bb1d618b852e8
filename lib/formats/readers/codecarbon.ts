import { InputError } from "../../errors.ts";
import { windows } from "../../requests/windows.ts";
import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { isoTime } from "../wall_clock.ts";

const joulesPerKwh = 3.6e6;
const numeric: Readonly<Record<string, string>> = {
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
  cpu_count: "",
  gpu_count: "",
  ram_total_size: "GB",
  cpu_utilization_percent: "%",
  gpu_utilization_percent: "%",
  ram_utilization_percent: "%",
  ram_used_gb: "GB",
  pue: "",
  wue: "L/kWh",
  longitude: "",
  latitude: "",
};

/**
 * CodeCarbon's `emissions.csv` of any version, and its files of tasks: one row a run, columns found
 * by name since their order differs. `timestamp` is the end of the run, on the host's wall clock;
 * energies are in kWh. What is not measured CodeCarbon models, and the file does not say which.
 */
export const format: Format = {
  id: "codecarbon",
  title: "CodeCarbon emissions.csv",
  kinds: ["windows", "results"],
  writtenBy: "CodeCarbon 1 to 3",
  detect({ lines }) {
    const names = (lines[0] ?? "").split(",");
    return ["emissions", "energy_consumed", "duration"].every((name) => names.includes(name))
      ? 3
      : 0;
  },
  async read(source, into) {
    let header: readonly string[] = [];
    const rows: (readonly string[])[] = [];
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (header.length === 0) {
        header = cells.map((cell) => cell.replace(/^\uFEFF/, ""));
        return;
      }
      if (cells.join() === header.join()) into.losses.add("repeated-header", line);
      else if (cells.length !== header.length) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      } else if (!terminated && numeric[header.at(-1)!] !== undefined) {
        into.losses.add("truncated-row", line, cells.join(","));
      } else rows.push(cells);
    });
    const at = (name: string): number => header.indexOf(name);
    if (at("duration") === -1 || at("energy_consumed") === -1) {
      throw new InputError({
        code: "malformed",
        path: source.path,
        line: 1,
        problem: "columns are missing",
        expected: "duration and energy_consumed",
        found: header.join(","),
        advice: "take the file as CodeCarbon wrote it",
      });
    }
    into.results.push({
      name: "runs",
      columns: Object.fromEntries(header.map((name, i) => [
        name,
        rows.map((cells) => {
          const text = cells[i]!;
          if (text === "") return null;
          if (numeric[name] === undefined) return text;
          const value = cellNumber(text);
          return Number.isNaN(value) ? null : value;
        }),
      ])),
      units: Object.fromEntries(
        header.flatMap((name) => numeric[name] ? [[name, numeric[name]]] : []),
      ),
    });
    const spans: { name: string; startS: number; endS: number; energyJ: number }[] = [];
    let zoned = true;
    for (const [i, cells] of rows.entries()) {
      const end = at("timestamp") === -1 ? null : isoTime(cells[at("timestamp")]!);
      const durationS = cellNumber(cells[at("duration")]);
      if (end === null || !(durationS >= 0)) {
        into.losses.add("no-time", i + 2, cells[at("timestamp")]);
        continue;
      }
      zoned &&= end.zoned;
      spans.push({
        name: cells[at("task_name")] ?? cells[at("project_name")] ?? `run ${i}`,
        startS: end.timeS - durationS,
        endS: end.timeS,
        energyJ: cellNumber(cells[at("energy_consumed")]) * joulesPerKwh,
      });
    }
    if (spans.length > 0) {
      into.windows.push(windows({
        clock: zoned ? "epoch" : "local",
        names: spans.map(({ name }) => name),
        startS: Float64Array.from(spans, ({ startS }) => startS),
        endS: Float64Array.from(spans, ({ endS }) => endS),
        referenceJ: Float64Array.from(spans, ({ energyJ }) => energyJ),
        reference: { column: "energy_consumed", unit: "kWh" },
        source: { path: source.path, format: format.id },
      }));
    }
    into.notes.push(
      "One row is a run; its energy may be modelled (TDP times a load), which the file does not say.",
    );
  },
};
