import type { Format } from "../format.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";

const header = /^timestamp,device,(\w+)(,\w+)*$/;

/**
 * Polls of rocm-smi as a long table: `timestamp,device,power_watts,power_cap_watts`, seconds since
 * the epoch. A row without a device closes each poll.
 */
export const format: Format = {
  id: "rocm-power-csv",
  title: "rocm-smi polls as a long CSV (timestamp,device,power_watts)",
  kinds: ["power"],
  writtenBy: "scripts around rocm-smi",
  detect({ lines }) {
    const first = lines.find((line) => line.trim() !== "")?.trim() ?? "";
    return header.test(first) && /,(power_watts|gpu_use_percent|vram_used_bytes)\b/.test(first)
      ? 3
      : 0;
  },
  async read(source, into) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan {
        const power = cells.indexOf("power_watts");
        if (power === -1) {
          throw refuseTable(
            source,
            line,
            "there is no power column: this is the table of utilisation beside the one of power",
            "power_watts",
            cells.join(","),
            "read the power table of the same run",
          );
        }
        return {
          width: cells.length,
          // Rows leave out the cap that the header promises.
          minWidth: power + 1,
          time: cells.indexOf("timestamp"),
          timeOf: numberTime(),
          devices: [cells.indexOf("device")],
          values: [{
            column: power,
            scale: 1,
            spec: ([card]) => ({
              device: { kind: "gpu", id: card! },
              clock: "epoch",
              quantity: "power",
              coarseTime: true,
              column: "power_watts",
            }),
          }],
        };
      },
      ignore: (text) => /^\d+(\.\d+)?,+$/.test(text),
    });
  },
};
