import { cellNumber, forEachRow } from "../delimited.ts";
import { collectEnergyWindows, type EnergyWindow } from "../energy_windows.ts";
import type { Format } from "../format.ts";

/**
 * ZeusMonitor's log: `start_time,window_name,elapsed_time,gpu0_energy,...`, seconds of a monotonic
 * clock, joules. Names repeat. CPU and DRAM energies may follow.
 */
export const format: Format = {
  id: "zeus-window",
  title: "ZeusMonitor window log",
  kinds: ["windows", "results"],
  writtenBy: "Zeus ZeusMonitor(log_file=...)",
  detect: ({ lines }) => /^start_time,window_name,elapsed_time(,|$)/.test(lines[0] ?? "") ? 3 : 0,
  async read(source, into) {
    let header: readonly string[] = [];
    const rows: EnergyWindow[] = [];
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (header.length === 0) {
        header = cells;
        return;
      }
      if (cells[0] === "start_time") {
        into.losses.add("repeated-header", line);
        return;
      }
      const startS = cellNumber(cells[0]);
      const endS = startS + cellNumber(cells[2]);
      if (cells.length !== header.length || !terminated) {
        into.losses.add(terminated ? "wrong-field-count" : "truncated-row", line, cells.join(","));
      } else if (!(endS >= startS)) into.losses.add("bad-time", line, cells.join(","));
      else {
        rows.push({
          name: cells[1]!,
          startS,
          endS,
          energiesJ: cells.slice(3).map((cell) => cellNumber(cell)),
        });
      }
    });
    const names = header.slice(3);
    collectEnergyWindows(
      into,
      source,
      format.id,
      "monotonic",
      names.map((column) => ({ column, unit: "J", counts: /^gpu\d+_energy$/.test(column) })),
      rows,
    );
  },
};
