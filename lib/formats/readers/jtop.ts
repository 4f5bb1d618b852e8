import type { Format } from "../format.ts";
import { timeColumn } from "../header_names.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";

const total = /^power[ _](tot|total)$/i;

/**
 * jtop's log: `time,uptime,CPU1,...,Power TOT`, powers in mW (rnext.it/jetson_stats). The rails are
 * parts of the total.
 */
export const format: Format = {
  id: "jtop",
  title: "jtop (jetson-stats) CSV",
  kinds: ["power"],
  writtenBy: "jetson-stats jtop_logger",
  detect: ({ lines }) => {
    const names = (lines[0] ?? "").split(",").map((name) => name.trim());
    return names.includes("uptime") && names.some((name) => /^power[ _]/i.test(name)) &&
        names.some((name) => /^time$/i.test(name))
      ? 3
      : 0;
  },
  async read(source, into) {
    let header: readonly string[] | null = null;
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan | null {
        if (header === null) {
          header = cells;
          return null;
        }
        const names = header;
        const at = names.findIndex((name) => /^time$/i.test(name));
        const time = timeColumn(cells[at] ?? "", null);
        if (time === null) {
          throw refuseTable(
            source,
            line,
            "these times are not understood",
            "a date and time, or seconds since the epoch",
            cells[at] ?? "",
            "name the columns with --columns",
          );
        }
        const hasTotal = names.some((name) => total.test(name));
        return {
          width: names.length,
          time: at,
          timeOf: time.timeOf,
          devices: [],
          headless: true,
          header: names.join(","),
          values: names.flatMap((name, column) => {
            const rail = /^power[ _](.+)$/i.exec(name)?.[1];
            if (rail === undefined) return [];
            return [{
              column,
              scale: 1e-3,
              spec: () => ({
                device: total.test(name)
                  ? { kind: "soc" as const, id: "total" }
                  : { kind: "rail" as const, id: rail, ...(hasTotal && { partOf: "total" }) },
                clock: time.clock,
                quantity: "power" as const,
                column: name,
              }),
            }];
          }),
        };
      },
    });
  },
};
