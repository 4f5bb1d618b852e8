import { dirname } from "node:path";
import { createIntegrator } from "../../power/integrate.ts";
import type { Fault } from "../finding.ts";
import { type Rule, whereOf } from "../rule.ts";
import { off, short } from "../text.ts";
import { deviceNamed } from "./claim_power.ts";

/** Parts that draw more than the whole that contains them. */
export const partsAboveWhole: Rule = {
  id: "parts-above-whole",
  severity: "error",
  reason: "Rails, domains and channels draw together at most what the reading that contains them " +
    "says. Where they draw more, a total was added to its parts, or they are not its parts.",
  reference: "conservation of energy; tegrastats VDD_IN, RAPL package and psys, PTDaemon channels",
  input: (input) =>
    input.series.flatMap((whole): Fault[] => {
      const parts = input.series.filter((part) =>
        part.device.partOf === whole.device.id && part.device.host === whole.device.host &&
        part.quantity === whole.quantity
      );
      if (parts.length === 0 || whole.timeS.length < 3) return [];
      const energy = createIntegrator(whole);
      const wholeJ = energy.totalJ;
      const partsJ = parts.reduce((sum, part) => {
        const of = createIntegrator(part);
        return sum + of.cumulativeJ(energy.endS) - of.cumulativeJ(energy.startS);
      }, 0);
      // Sensors of parts and whole differ by a few percent.
      if (wholeJ === 0 || partsJ <= 1.05 * wholeJ) return [];
      return [{
        where: whereOf({ series: whole, input }),
        message: `its ${parts.length} parts draw ${off(partsJ, wholeJ)} of it together`,
        expected: `at most ${short(wholeJ)} J`,
        found: `${short(partsJ)} J`,
      }];
    }),
};

/** Readings whose time does not move forward. */
export const timeOrder: Rule = {
  id: "time-order",
  severity: "warning",
  reason:
    "The clock of the recording was set back, or rows of several devices are mixed: readings " +
    "were left out, and the rest may be stamped wrong.",
  reference: "a clock that only goes forward",
  series: (subject) => {
    const lost = subject.series.dropped.filter(({ reason }) =>
      reason === "time-goes-back" || reason === "duplicate-time"
    );
    const count = lost.reduce((sum, loss) => sum + loss.count, 0);
    return count === 0 ? [] : [{
      where: whereOf(subject),
      message: `${count} readings do not follow the one before`,
      expected: "times that increase",
      found: lost.map((loss) => `${loss.count} ${loss.reason}`).join(", "),
    }];
  },
};

/** Power that the board averages, under a name that does not say so. */
export const boardAverages: Rule = {
  id: "board-averages",
  severity: "note",
  reason: "The default power reading of this board is an average: phases shorter than its window " +
    "are smeared into their neighbours, and the trace lags by half of it.",
  reference: "nvidia-smi --help-query-gpu, power.draw; the catalogue's sensor entry",
  series: (subject) => {
    const { series } = subject;
    if (series.quantity !== "power" || series.reading !== "unspecified") return [];
    const sensor = deviceNamed(series.device.name)?.sensor;
    if (!sensor || sensor.reading !== "average" || sensor.averageWindowS === null) return [];
    return [{
      where: whereOf(subject),
      message: `${series.device.name} averages this reading over ${sensor.averageWindowS} s`,
      expected: "power.draw.instant, for phases shorter than that",
      found: series.source.column,
    }];
  },
};

/** A request log or windows that no trace beside it covers. */
export const clocksApart: Rule = {
  id: "clocks-apart",
  severity: "warning",
  reason:
    "Files of one run lie in one folder and overlap in time. Where no trace in a log's folder " +
    "covers any of it, they are of different runs, or one clock is hours off.",
  reference: "a trace in local time can be off by -12 to +14 h, in quarters",
  inputs: (outlines) => {
    const traces = outlines.flatMap((outline) => outline.traces);
    const logs = outlines.flatMap((outline) => outline.logs);
    if (traces.length === 0) return [];
    return logs.flatMap((log) => {
      const near = traces.filter(({ clock, path }) =>
        dirname(path) === dirname(log.path) &&
        [clock, log.clock].every((one) => one === "epoch" || one === "local")
      );
      if (near.length === 0) return [];
      // A trace in local time is given every zone there is.
      const apart = near.map(({ clock, fromS, toS }) => {
        const slackS = clock === log.clock ? 0 : 14 * 3600;
        return Math.max(fromS - slackS - log.toS, log.fromS - (toS + slackS));
      });
      const nearest = Math.min(...apart);
      return nearest <= 0 ? [] : [{
        where: log.path,
        message: `no trace beside it covers any of it, in any time zone`,
        expected: "a trace of the same time",
        found: `the nearest lies ${short(nearest)} s away (${near[apart.indexOf(nearest)]!.path})`,
      }];
    });
  },
};
