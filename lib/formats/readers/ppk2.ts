import type { Format } from "../format.ts";
import { readPowerTable, refuseTable, type TablePlan } from "../power_table.ts";
import { numberTime } from "../time_cell.ts";

const raw = /^"?Timestamp\s*\((ms|us|s)\)"?\s*,\s*"?Current\s*\((uA|\u00b5A|\u03bcA|mA|A|nA)\)"?/i;
/** Columns of tables that people make from such recordings, one row a transfer. */
const derived = /\bQ ?\[mC\]|\bI_avg ?\[mA\]/;

/** Nordic's Power Profiler Kit II: a current, without the voltage that a power needs. */
export const format: Format = {
  id: "ppk2",
  title: "Nordic PPK2 CSV (needs the supply voltage)",
  kinds: ["power"],
  writtenBy: "nRF Connect Power Profiler",
  detect: ({ lines }) => raw.test(lines[0] ?? "") ? 3 : derived.test(lines[0] ?? "") ? 2 : 0,
  async read(source, into, { volts }) {
    await readPowerTable(source, into, {
      delimiter: 44,
      plan(cells, line): TablePlan {
        const header = cells.join(",");
        const match = raw.exec(header);
        if (match === null) {
          throw refuseTable(
            source,
            line,
            "this is a table made from recordings, charge and mean current of each transfer: no " +
              "series, and without a voltage no energy",
            "Timestamp(ms),Current(uA)",
            header,
            "take the recording itself",
          );
        }
        if (volts === undefined || !(volts > 0)) {
          throw refuseTable(
            source,
            line,
            "the recording has a current and no voltage, so that there is no power",
            "the supply voltage in volts",
            header,
            "give it with --volts, for instance --volts 3.3",
          );
        }
        const perSecond = { s: 1, ms: 1e3, us: 1e6 }[match[1]!.toLowerCase()]!;
        const amps = { a: 1, ma: 1e-3, na: 1e-9 }[match[2]!.toLowerCase()] ?? 1e-6;
        return {
          width: cells.length,
          time: 0,
          timeOf: numberTime(perSecond),
          devices: [],
          values: [{
            column: 1,
            scale: amps * volts,
            spec: () => ({
              device: { kind: "rail", id: "dut" },
              clock: "elapsed",
              quantity: "power",
              reading: "average",
              column: `${cells[1]} x ${volts} V`,
            }),
          }],
        };
      },
    });
    into.notes.push(`Power is the current times the ${volts} V that the caller gave.`);
  },
};
