import type { Format } from "../format.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";

/** srt-slurm's `samples.csv`: GPU power of all hosts of a job, on the clock of its head node. */
export const format: Format = {
  id: "srt-slurm",
  title: "srt-slurm power samples.csv",
  kinds: ["power"],
  writtenBy: "srt-slurm dcgm-power",
  detect({ lines }) {
    const first = lines[0] ?? "";
    return ["timestamp_unix", "scrape_seq", "power_w"].every((name) => first.includes(name))
      ? 3
      : 0;
  },
  async read(source, into) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan {
        const at = (name: string): number => cells.indexOf(name);
        const devices = ["hostname", "gpu_index", "gpu_uuid"].filter((name) => at(name) !== -1);
        if (at("power_w") === -1 || at("timestamp_unix") === -1) {
          throw refuseTable(
            source,
            line,
            "a column is missing",
            "timestamp_unix and power_w",
            cells.join(","),
            "take the table as the scraper wrote it",
          );
        }
        return {
          width: cells.length,
          time: at("timestamp_unix"),
          timeOf: numberTime(),
          devices: devices.map(at),
          values: [{
            column: at("power_w"),
            scale: 1,
            spec(labels) {
              const label = (name: string): string | undefined => labels[devices.indexOf(name)];
              const host = label("hostname");
              const uuid = label("gpu_uuid");
              const index = label("gpu_index");
              return {
                device: {
                  kind: "gpu",
                  id: index === undefined ? uuid ?? "gpu0" : `gpu${index}`,
                  ...(uuid !== undefined && { uuid }),
                  ...(host !== undefined && { host }),
                },
                clock: "epoch",
                quantity: "power",
                column: "power_w",
              };
            },
          }],
        };
      },
    });
  },
};
