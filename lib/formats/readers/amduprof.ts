import type { Device } from "../../power/device.ts";
import type { Format } from "../format.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { secondsOfDate } from "../scan.ts";
import { monthNumber, timeOfDay } from "../time_cell.ts";
import { energyUnit } from "../units.ts";

/**
 * AMDuProf's timechart: a preamble with the date and the unit of each counter, then records with a
 * time of day, `HH:MM:SS:mmm`, on the host's wall clock. A counter is a mean over the sampling
 * interval.
 */
export const format: Format = {
  id: "amduprof",
  title: "AMDuProf timechart CSV",
  kinds: ["power"],
  writtenBy: "AMDuProfCLI timechart",
  detect: ({ lines, text }) =>
    /^AMDPROFILER POWER PROFILE REPORT/.test(lines[0] ?? "") ||
      (text.includes("PROFILED COUNTERS") && text.includes("Profile Start Time:"))
      ? 3
      : 0,
  async read(source, into) {
    let dateS = NaN;
    let intervalS = NaN;
    let records = false;
    const units = new Map<string, string>();
    const plan = await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan | null {
        const [first = "", second = ""] = cells;
        if (first === "Profile Start Time:") {
          const match = /^(\w{3})-(\d\d?)-(\d{4})_/.exec(second);
          dateS = match === null
            ? NaN
            : secondsOfDate(Number(match[3]), monthNumber(match[1]!), Number(match[2]));
        } else if (first === "Sampling Interval:") {
          const match = /^(\d+) milli-?seconds/i.exec(second);
          if (match !== null) intervalS = Number(match[1]) / 1000;
        } else if (/^\d+\.?$/.test(first) && cells.length >= 4) {
          units.set(second, cells[3]!);
        } else if (first === "PROFILE RECORDS") {
          records = true;
        } else if (records && first === "RecordId") {
          if (Number.isNaN(dateS)) {
            throw refuseTable(
              source,
              line,
              "the records have a time of day, and the preamble does not say of which date",
              "Profile Start Time:,Mon-DD-YYYY_HH-MM-SS,",
              cells.slice(0, 4).join(","),
              "take the file with its preamble, as AMDuProf wrote it",
            );
          }
          return {
            width: cells.length,
            time: cells.indexOf("Timestamp"),
            timeOf: timeOfDay(dateS, 58),
            devices: [],
            values: cells.flatMap((name, column) => {
              const device = deviceOf(name);
              const unit = energyUnit(units.get(name) ?? "");
              if (device === null || unit === null || !unit.power) return [];
              return [{
                column,
                scale: unit.scale,
                spec: () => ({
                  device,
                  clock: "local" as const,
                  quantity: "power" as const,
                  reading: "average" as const,
                  ...(intervalS > 0 && { averagingS: intervalS }),
                  column: name,
                }),
              }];
            }),
          };
        }
        return null;
      },
    });
    if (plan === null) {
      throw refuseTable(
        source,
        undefined,
        "the preamble is there, but no records follow it",
        "PROFILE RECORDS and a line that begins with RecordId",
        "",
        "the profile may have been stopped before its first record",
      );
    }
    if (plan.values.length > 1) {
      into.notes.push(
        "Powers of cores are parts of those of the sockets: adding them counts twice.",
      );
    }
  },
};

function deviceOf(name: string): Device | null {
  const socket = /^socket(\d+)-package-power$/i.exec(name);
  if (socket !== null) return { kind: "cpu", id: `package-${socket[1]}` };
  // Which socket a core belongs to is not always said; that it lies in one keeps it out of sums.
  const core = /^(?:socket(\d+)-)?core(\d+)-power$/i.exec(name);
  if (core !== null) {
    return { kind: "rail", id: `core${core[2]}`, partOf: `package-${core[1] ?? "0"}` };
  }
  return /-power$/i.test(name) ? { kind: "rail", id: name.replace(/-power$/i, "") } : null;
}
