import type { Format } from "../format.ts";
import { headerName } from "../header_names.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";
import { energyUnit } from "../units.ts";

const perSecond: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6 };

/**
 * Monsoon's PowerTool: elapsed time, then current, power and voltage of the main channel and
 * perhaps of USB. Older and newer versions differ in units, which the header gives. Where there is
 * no power, it is the current times the voltage of the same row.
 */
export const format: Format = {
  id: "monsoon",
  title: "Monsoon PowerTool CSV",
  kinds: ["power"],
  writtenBy: "Monsoon PowerTool, HVPM",
  detect: ({ lines }) =>
    /^"?Time\s*\((s|ms|us)\)"?,/i.test(lines[0] ?? "") && /\bMain\b/.test(lines[0]!) ? 3 : 0,
  async read(source, into) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan {
        const names = cells.map(headerName);
        const values = ["main", "usb", "aux"].flatMap((channel) => {
          const find = (wanted: RegExp): number =>
            names.findIndex(({ name }) => name.startsWith(channel) && wanted.test(name));
          const spec = (column: string) => () => ({
            device: { kind: "rail" as const, id: channel },
            clock: "elapsed" as const,
            quantity: "power" as const,
            reading: "average" as const,
            column,
          });
          const power = find(/power/);
          if (power !== -1) {
            const unit = energyUnit(names[power]!.unit ?? "");
            return unit === null || !unit.power
              ? []
              : [{ column: power, scale: unit.scale, spec: spec(cells[power]!) }];
          }
          const voltage = find(/volt/);
          const current = names.findIndex(({ name, unit }) =>
            name.startsWith(channel) && /^[mu]?a$/i.test(unit ?? "")
          );
          if (voltage === -1 || current === -1 || names[voltage]!.unit !== "V") return [];
          const amps = { a: 1, ma: 1e-3, ua: 1e-6 }[names[current]!.unit!.toLowerCase()]!;
          return [{
            column: current,
            scale: amps,
            times: voltage,
            spec: spec(`${cells[current]} x ${cells[voltage]}`),
          }];
        });
        const scale = perSecond[names[0]!.unit?.toLowerCase() ?? ""];
        if (values.length === 0 || scale === undefined) {
          throw refuseTable(
            source,
            line,
            "there is neither a power, nor a current and a voltage, with units",
            "Time (s), and Main Avg Power (mW) or Main(mA) and Main Voltage(V)",
            cells.join(","),
            "export the power column too",
          );
        }
        return { width: cells.length, time: 0, timeOf: numberTime(scale), devices: [], values };
      },
    });
  },
};
