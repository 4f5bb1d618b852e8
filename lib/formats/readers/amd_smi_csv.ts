import { InputError } from "../../errors.ts";
import type { DeviceKind } from "../../power/device.ts";
import { forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { readPowerTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";
import { cellNumber } from "../delimited.ts";

/** Columns by name: what they read, in watts or joules. */
const columns: Readonly<Record<string, { readonly kind: DeviceKind; readonly energy?: true }>> = {
  socket_power: { kind: "gpu" },
  current_socket_power: { kind: "gpu" },
  average_socket_power: { kind: "gpu" },
  power_usage: { kind: "gpu" },
  power: { kind: "gpu" },
  ubb_power: { kind: "node" },
  total_energy_consumption: { kind: "gpu", energy: true },
};

/**
 * `amd-smi metric --csv` and `amd-smi monitor --csv`: a row for each GPU, seconds since the epoch
 * when asked to watch, a blank line between polls, lists in quoted cells. Without a time it is a
 * single poll and becomes a table of results.
 */
export const format: Format = {
  id: "amd-smi-csv",
  title: "amd-smi metric or monitor CSV",
  kinds: ["power", "results"],
  writtenBy: "amd-smi metric --csv -w 1, amd-smi monitor --csv",
  detect({ lines }) {
    const names = (lines.find((line) => line.trim() !== "") ?? "").trim().split(",");
    if (!names.includes("gpu")) return 0;
    return names.includes("socket_power") || names.includes("power_usage") ||
        names.includes("gfx_activity") || names.includes("total_energy_consumption")
      ? 3
      : 0;
  },
  async read(source, into) {
    let untimed = false;
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan | null {
        if (untimed) return null;
        const values = cells.flatMap((name, column) => columns[name] ? [{ name, column }] : []);
        if (values.length === 0) {
          throw new InputError({
            code: "refused",
            path: source.path,
            line,
            problem: "there is no power or energy column",
            expected: "socket_power, power_usage or total_energy_consumption",
            found: cells.slice(0, 12).join(","),
            advice: "record with amd-smi metric --power --energy --csv -w 1",
          });
        }
        const time = cells.indexOf("timestamp");
        if (time === -1) {
          untimed = true;
          return null;
        }
        return {
          width: cells.length,
          time,
          timeOf: numberTime(),
          devices: [cells.indexOf("gpu")],
          values: values.map(({ name, column }) => {
            const { kind, energy } = columns[name]!;
            return {
              column,
              scale: 1,
              unit: energy === true ? " J" : " W",
              spec: ([gpu]) => ({
                device: { kind, id: kind === "gpu" ? `gpu${gpu}` : `ubb-of-gpu${gpu}` },
                clock: "epoch",
                quantity: energy === true ? "counter" : "power",
                reading: name === "current_socket_power"
                  ? "instant"
                  : name === "average_socket_power"
                  ? "average"
                  : "unspecified",
                coarseTime: true,
                column: name,
              }),
            };
          }),
        };
      },
    });
    if (!untimed) return;
    let header: readonly string[] = [];
    const rows: (readonly string[])[] = [];
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (header.length === 0) header = cells;
      else if (cells.length !== header.length) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      } else if (cells[0] === header[0]) into.losses.add("repeated-header", line);
      else rows.push(cells);
    });
    const kept = header.flatMap((name, column) => columns[name] ? [{ name, column }] : []);
    const number = (text: string): number | null => {
      const value = cellNumber(text.replace(/ [WJ]$/, ""));
      return Number.isNaN(value) ? null : value;
    };
    into.results.push({
      name: "polls without a time",
      columns: {
        gpu: rows.map((cells) => cells[header.indexOf("gpu")]!),
        ...Object.fromEntries(
          kept.map(({ name, column }) => [name, rows.map((cells) => number(cells[column]!))]),
        ),
      },
      units: Object.fromEntries(
        kept.map(({ name }) => [name, columns[name]!.energy === true ? "J" : "W"]),
      ),
    });
    into.notes.push("Rows carry no time, so that they are no series: record with -w 1.");
  },
};
