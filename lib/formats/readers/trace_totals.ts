import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";

const rapl = /^Trace (\d+) ([\d.]+)J, ([\d.]+) seconds, ([\d.]+)W/;
const starts = /^Starting Trace (\d+) at ([\d.]+)/;
const totals = /^Total Energy: ([\d.]+)J Average Power: ([\d.]+)W/;
const ends = /^Ending Trace (\d+) at ([\d.]+)s, ([\d.]+)s Elapsed/;

/** Totals of repeated runs, as the RAPL validation of Weaver and others prints them. */
export const format: Format = {
  id: "trace-totals",
  title: "totals of RAPL and DAQ validation runs",
  kinds: ["results"],
  writtenBy: "RAPL validation scripts of V. Weaver",
  detect: ({ lines }) => lines.some((line) => rapl.test(line) || totals.test(line)) ? 3 : 0,
  async read(source, into) {
    const rows: { trace: number; energyJ: number; elapsedS: number; meanW: number }[] = [];
    let trace = NaN;
    let elapsedS = NaN;
    await forEachLine(source, (text, line, terminated) => {
      const one = rapl.exec(text);
      if (one !== null) {
        const [number, energyJ, seconds, meanW] = one.slice(1).map(Number);
        rows.push({ trace: number!, energyJ: energyJ!, elapsedS: seconds!, meanW: meanW! });
        return;
      }
      trace = Number(starts.exec(text)?.[1] ?? trace);
      elapsedS = Number(ends.exec(text)?.[3] ?? elapsedS);
      const total = totals.exec(text);
      if (total !== null) {
        rows.push({ trace, energyJ: Number(total[1]), elapsedS, meanW: Number(total[2]) });
      } else if (!terminated) into.losses.add("truncated-row", line, text);
    });
    into.results.push({
      name: "energies by run",
      columns: {
        trace: rows.map((row) => row.trace),
        energyJ: rows.map((row) => row.energyJ),
        elapsedS: rows.map((row) => row.elapsedS),
        meanW: rows.map((row) => row.meanW),
      },
      units: { energyJ: "J", elapsedS: "s", meanW: "W" },
    });
  },
};
