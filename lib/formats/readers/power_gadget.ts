import type { Device } from "../../power/device.ts";
import type { Format } from "../format.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";
import { energyUnit } from "../units.ts";

/**
 * Intel Power Gadget: elapsed seconds, for each socket the mean power since the row before and the
 * running energy. `System Time` has no date, so that the clock is that of the recording. The log
 * ends with a block of totals.
 */
export const format: Format = {
  id: "power-gadget",
  title: "Intel Power Gadget CSV",
  kinds: ["power"],
  writtenBy: "Intel Power Gadget",
  detect: ({ lines }) =>
    /Elapsed Time \(sec\)/.test(lines[0] ?? "") && /Processor Power_\d+\s*\(Watt\)/.test(lines[0]!)
      ? 3
      : 0,
  async read(source, into) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan {
        const time = cells.indexOf("Elapsed Time (sec)");
        if (time === -1) {
          throw refuseTable(
            source,
            line,
            "there is no elapsed time",
            "Elapsed Time (sec)",
            cells.join(","),
            "export the log again with all columns",
          );
        }
        return {
          width: cells.length,
          time,
          timeOf: numberTime(),
          devices: [],
          startS: 0,
          values: cells.flatMap((name, column) => {
            const found = columnOf(name);
            return found === null ? [] : [{
              column,
              scale: found.scale,
              meanSince: !found.counter,
              spec: () => ({
                device: found.device,
                clock: "elapsed" as const,
                quantity: found.counter ? "counter" as const : "interval" as const,
                column: name,
              }),
            }];
          }),
        };
      },
      ignore: (text) => /^"?(Total|Measured|Cumulative|Average|Calculated)\b.*=/.test(text),
    });
  },
};

function columnOf(
  name: string,
): { readonly device: Device; readonly scale: number; readonly counter: boolean } | null {
  const match = /^(Cumulative )?(\w+) (Power|Energy)_(\d+)\s*\((\w+)\)$/.exec(name);
  if (match === null || (match[3] === "Energy") !== (match[1] !== undefined)) return null;
  const unit = energyUnit(match[5]!);
  // Energies stand there twice, in J and in mWh.
  if (unit === null || unit.power === (match[1] !== undefined) || /wh/i.test(match[5]!)) {
    return null;
  }
  const socket = match[4]!;
  const device: Device = match[2] === "Processor" || match[2] === "Package"
    ? { kind: "cpu", id: `package-${socket}` }
    : match[2] === "DRAM"
    ? { kind: "dram", id: `dram-${socket}` }
    : { kind: "rail", id: `${match[2]!.toLowerCase()}-${socket}`, partOf: `package-${socket}` };
  return { device, scale: unit.scale, counter: match[1] !== undefined };
}
