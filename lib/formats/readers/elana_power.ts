import { cellNumber, forEachRow } from "../delimited.ts";
import type { Format } from "../format.ts";
import { sentinelReason } from "../units.ts";
import { isoTime } from "../wall_clock.ts";

/**
 * ELANA's `gpuN_power_log.csv`: ten readings a second whose times are cut to the second, with a
 * header on servers and without one, in three columns, on Jetson boards. Since the readings of a
 * second cannot be told apart in time, their mean stands for that second, at its middle.
 */
export const format: Format = {
  id: "elana-power",
  title: "ELANA power log CSV",
  kinds: ["power"],
  writtenBy: "ELANA (gpuN_power_log.csv)",
  detect({ lines }) {
    const first = lines[0] ?? "";
    if (/^\uFEFF?timestamp,gpu_index,power_w,utilization_pct,temperature_c\s*$/.test(first)) {
      return 3;
    }
    return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+,\d+\.\d\d\s*$/.test(first) ? 2 : 0;
  },
  async read(source, into) {
    let width = 0;
    let time = 0;
    let gpu = 1;
    let power = 2;
    await forEachRow(source, ",", ({ cells, line, terminated }) => {
      if (width === 0) {
        width = cells.length;
        if (cells.includes("power_w")) {
          time = cells.findIndex((cell) => cell.endsWith("timestamp"));
          gpu = cells.indexOf("gpu_index");
          power = cells.indexOf("power_w");
          return;
        }
      }
      if (cells.length !== width || !terminated) {
        const reason = terminated ? "wrong-field-count" : "truncated-row";
        into.losses.add(reason, line, cells.join(","));
        return;
      }
      const moment = isoTime(cells[time] ?? "");
      const index = cells[gpu] ?? "";
      if (moment === null || moment.zoned || !/^\d+$/.test(index)) {
        into.losses.add(moment === null ? "bad-time" : "no-device", line, cells.join(","));
        return;
      }
      const column = into.column({
        device: { kind: "gpu", id: `gpu${index}` },
        clock: "local",
        quantity: "power",
        reading: "average",
        averagingS: 1,
        column: "power_w",
        coarseTime: true,
      });
      const powerW = cellNumber(cells[power]);
      if (Number.isNaN(powerW)) {
        column.losses.add(sentinelReason(cells[power]!), line, cells[power]);
      } else column.push(moment.timeS + 0.5, powerW, line);
    });
  },
};
