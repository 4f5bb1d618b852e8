import { cellNumber, forEachRow } from "../delimited.ts";
import { collectEnergyWindows, type EnergyWindow } from "../energy_windows.ts";
import type { Format } from "../format.ts";

/**
 * pyRAPL: `label,timestamp,duration,pkg,dram,socket`, duration in microseconds, energies in uJ, a row
 * for each socket. The timestamp is in seconds since the epoch.
 */
export const format: Format = {
  id: "pyrapl",
  title: "pyRAPL CSV",
  kinds: ["windows", "results"],
  writtenBy: "pyRAPL CSVOutput",
  detect: ({ lines }) => {
    const names = (lines[0] ?? "").trim().split(/[,;]/);
    return names[0] === "label" && names.includes("duration") && names.includes("pkg") ? 3 : 0;
  },
  async read(source, into) {
    let header: readonly string[] = [];
    let delimiter = ",";
    await forEachRow(source, "\0", ({ cells }) => {
      if (cells[0]!.includes(";")) delimiter = ";";
      return false;
    });
    const rows: EnergyWindow[] = [];
    await forEachRow(source, delimiter, ({ cells, line, terminated }) => {
      if (header.length === 0) {
        header = cells;
        return;
      }
      const cell = (name: string): number => cellNumber(cells[header.indexOf(name)]);
      const startS = cell("timestamp");
      const durationS = cell("duration") / 1e6;
      if (cells.join() === header.join()) into.losses.add("repeated-header", line);
      else if (cells.length !== header.length || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      } else if (!(durationS >= 0) || Number.isNaN(startS)) {
        into.losses.add("bad-time", line, cells.join(","));
      } else {
        const socket = cells[header.indexOf("socket")];
        rows.push({
          name: socket === undefined || socket === "" ? cells[0]! : `${cells[0]!} socket ${socket}`,
          startS,
          endS: startS + durationS,
          energiesJ: [cell("pkg") / 1e6, cell("dram") / 1e6],
        });
      }
    });
    const hasDram = rows.some(({ energiesJ }) => !Number.isNaN(energiesJ[1]));
    collectEnergyWindows(
      into,
      source,
      format.id,
      "epoch",
      [
        { column: "pkg", unit: "uJ", counts: true },
        { column: "dram", unit: "uJ", counts: hasDram },
      ],
      rows,
    );
  },
};
