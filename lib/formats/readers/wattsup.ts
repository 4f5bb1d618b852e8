import { cellsOf, readPowerTable, type TablePlan } from "../power_table.ts";
import type { Format } from "../format.ts";
import { numberTime } from "../time_cell.ts";

/** Epoch seconds, watts, volts, then at least two more numbers, of which nothing is relied on. */
const row = /^1\d{9}(\.\d+)?, *\d+(\.\d+)?, *\d{2,3}(\.\d+)?(, *-?\d+(\.\d+)?){2,},?\s*$/;

/** A WattsUp wall meter's log, without a header: seconds since the epoch, watts, volts, and more. */
export const format: Format = {
  id: "wattsup",
  title: "WattsUp meter log",
  kinds: ["power"],
  writtenBy: "WattsUp loggers",
  detect({ lines }) {
    const rows = lines.slice(0, -1).filter((line) => line.trim() !== "");
    const fitting = rows.filter((line) => row.test(line)).length;
    return fitting > 0 && fitting >= 0.9 * rows.length ? 2 : 0;
  },
  async read(source, into) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells): TablePlan | null {
        if (!row.test(cells.join(","))) return null;
        return {
          width: cellsOf(cells.join(","), 44).length,
          time: 0,
          timeOf: numberTime(),
          devices: [],
          headless: true,
          values: [{
            column: 1,
            scale: 1,
            spec: () => ({
              device: { kind: "wall", id: "wall" },
              clock: "epoch",
              quantity: "power",
              reading: "average",
              averagingS: 1,
              column: "watts",
            }),
          }],
        };
      },
    });
  },
};
