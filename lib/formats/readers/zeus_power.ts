import type { Format } from "../format.ts";
import { readPowerTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";

/**
 * Zeus's power monitor: `time,power`, seconds since the epoch and watts, a file for each GPU, whose
 * index stands in the file's name alone.
 */
export const format: Format = {
  id: "zeus-power",
  title: "Zeus power monitor CSV",
  kinds: ["power"],
  writtenBy: "Zeus PowerMonitor",
  detect: ({ lines }) => /^time,power\s*$/i.test(lines[0] ?? "") ? 3 : 0,
  async read(source, into) {
    const index = /gpu[_-]?(\d+)[^/]*$/i.exec(source.path)?.[1] ?? "0";
    await readPowerTable(source, into, {
      delimiter: 44,
      plan: (cells): TablePlan => ({
        width: cells.length,
        time: 0,
        timeOf: numberTime(),
        devices: [],
        values: [{
          column: 1,
          scale: 1,
          spec: () => ({
            device: { kind: "gpu", id: `gpu${index}` },
            clock: "epoch",
            quantity: "power",
            column: "power",
          }),
        }],
      }),
    });
    into.notes.push("The header names no unit: watts since the epoch, as Zeus writes them.");
  },
};
