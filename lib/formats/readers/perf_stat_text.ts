import { InputError } from "../../errors.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { perfDevice, perfNumber } from "../perf_event.ts";
import { sentinelReason } from "../units.ts";

const begin = /^\s*Performance counter stats for\b/;
const total = /^\s*(?:(\S.*?)\s+)?([\d.,'\u202f\u00a0 ]*\d|<not \w+>)\s+Joules\s+(\S+)/;
const elapsed = /^\s*([\d.,]+)(?:\s*\+-\s*[\d.,]+)?\s+seconds time elapsed/;
const interval = /^\s*(\d+[.,]\d{9})\s+([\d.,'\u202f\u00a0]+|<not \w+>)\s+Joules\s+(\S+)/;

/**
 * What `perf stat` prints for people: totals of a run, or with `-I` joules of each interval. Numbers
 * carry the separators of the locale; energies have two decimals.
 */
export const format: Format = {
  id: "perf-stat-text",
  title: "perf stat text",
  kinds: ["power", "results"],
  writtenBy: "perf stat -e power/energy-pkg/",
  detect({ lines }) {
    if (lines.some((line) => begin.test(line))) return 3;
    return lines.some((line) => interval.test(line)) ? 3 : 0;
  },
  async read(source, into) {
    const runs: { run: number; event: string; energyJ: number; elapsedS: number }[] = [];
    let run = 0;
    let events = 0;
    let timeS = 0;
    let beforeS = 0;
    await forEachLine(source, (text, line, terminated) => {
      if (!terminated && text.trim() !== "") {
        into.losses.add("truncated-row", line, text);
        return;
      }
      if (begin.test(text)) {
        run++;
        return;
      }
      const part = interval.exec(text);
      if (part !== null) {
        events++;
        const atS = perfNumber(part[1]!, 9);
        const energyJ = perfNumber(part[2]!, 2);
        if (atS > timeS) {
          beforeS = timeS;
          timeS = atS;
        }
        if (Number.isNaN(energyJ)) into.losses.add(sentinelReason(part[2]!), line, part[2]);
        else {
          into.column({
            device: perfDevice(part[3]!),
            clock: "elapsed",
            quantity: "interval",
            column: part[3]!,
          }).push(atS, energyJ, line, atS - beforeS);
        }
        return;
      }
      const match = total.exec(text);
      if (match !== null) {
        events++;
        const energyJ = perfNumber(match[2]!, 2);
        if (Number.isNaN(energyJ)) into.losses.add(sentinelReason(match[2]!), line, match[2]);
        else {
          const event = match[1] === undefined ? match[3]! : `${match[3]} ${match[1]}`;
          runs.push({ run: Math.max(run, 1), event, energyJ, elapsedS: NaN });
        }
        return;
      }
      const seconds = elapsed.exec(text)?.[1];
      if (seconds !== undefined) {
        const decimals = /[.,](\d+)$/.exec(seconds)?.[1]?.length ?? 0;
        for (const entry of runs) {
          if (entry.run === Math.max(run, 1)) entry.elapsedS = perfNumber(seconds, decimals);
        }
      }
    });
    if (events === 0) {
      throw new InputError({
        code: "refused",
        path: source.path,
        problem: "no event is an energy",
        expected: "lines such as `3330.97 Joules power/energy-pkg/`",
        advice: "record again with -e power/energy-pkg/,power/energy-ram/",
      });
    }
    if (runs.length === 0) return;
    into.results.push({
      name: "energies by run",
      columns: {
        run: runs.map((entry) => entry.run),
        event: runs.map((entry) => entry.event),
        device: runs.map((entry) => perfDevice(entry.event).id),
        energyJ: runs.map((entry) => entry.energyJ),
        elapsedS: runs.map((entry) => Number.isNaN(entry.elapsedS) ? null : entry.elapsedS),
        meanW: runs.map((entry) =>
          Number.isNaN(entry.elapsedS) ? null : entry.energyJ / entry.elapsedS
        ),
      },
      units: { energyJ: "J", elapsedS: "s", meanW: "W" },
    });
    into.notes.push(
      "Totals of whole runs, without times: no series. Packages contain their cores.",
    );
  },
};
