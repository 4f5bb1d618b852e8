import type { ReadResult } from "../../formats/format.ts";
import { createIntegrator, medianStepS } from "../../power/integrate.ts";
import { type PowerSeries, type SampledPower, valuesOf } from "../../power/series.ts";
import type { Fault } from "../finding.ts";
import { type Rule, type SeriesSubject, whereOf } from "../rule.ts";
import { short } from "../text.ts";
import { deviceNamed } from "./claim_power.ts";

function sampled(series: PowerSeries): SampledPower | null {
  return series.quantity === "power" && series.powerW.length > 0 ? series : null;
}

/** Ids tell devices apart only within a host. */
function isSameDevice(a: PowerSeries, b: PowerSeries): boolean {
  return a.device.id === b.device.id && a.device.host === b.device.host;
}

/** Largest reading and how many lie above a limit. */
function above(series: SampledPower, limitW: number): { count: number; most: number } {
  let count = 0;
  let most = 0;
  for (const powerW of series.powerW) {
    if (powerW > limitW) count++;
    if (powerW > most) most = powerW;
  }
  return { count, most };
}

/** Readings above the power limit of the named device. */
export const powerAboveTdp: Rule = {
  id: "power-above-tdp",
  severity: "error",
  reason: "A board's limiter keeps it near its TDP; readings far above are another unit, another " +
    "device, or several devices in one column. Spikes of a few tens of percent for milliseconds " +
    "are real and not meant.",
  reference: "datasheet TDP of the named device, 25 % allowed",
  series: (subject) => {
    const series = sampled(subject.series);
    const device = deviceNamed(subject.series.device.name);
    if (series === null || device === null || device.tdpW === null) return [];
    const { count, most } = above(series, 1.25 * device.tdpW);
    return count === 0 ? [] : [{
      where: whereOf(subject),
      message: `${count} of ${series.powerW.length} readings are above what ${device.name} draws`,
      expected: `at most ${device.tdpW} W, the TDP, and a quarter`,
      found: `${short(most)} W`,
    }];
  },
};

/** Readings in another unit, told by the device. */
export const powerUnitSlip: Rule = {
  id: "power-unit-slip",
  severity: "error",
  reason: "A mean a thousand times too high or too low for the device is milliwatts or kilowatts " +
    "read as watts.",
  reference: "no accelerator of the catalogue idles under 0.5 W or has a TDP above 3 kW",
  series: (subject) => {
    const series = sampled(subject.series);
    if (series === null || series.device.kind !== "gpu") return [];
    const { most } = above(series, Infinity);
    if (most <= 5000 && (most >= 0.5 || most === 0)) return [];
    return [{
      where: whereOf(subject),
      message: most > 5000 ? "watts that look like milliwatts" : "watts that look like kilowatts",
      expected: "0.5 W to 5 kW for one GPU",
      found: `up to ${short(most)} W`,
    }];
  },
};

/** A trace that never leaves 0. */
export const zeroPower: Rule = {
  id: "zero-power",
  severity: "error",
  reason: "Nothing that is switched on draws 0 W all the time: the sensor was not there.",
  reference: "physics",
  series: (subject) => {
    const values = valuesOf(subject.series);
    if (values.length < 2) return [];
    const { totalJ } = createIntegrator(subject.series);
    return totalJ > 0 ? [] : [{
      where: whereOf(subject),
      message: `no energy in ${values.length} readings`,
      expected: "more than 0 J",
      found: "0 J",
    }];
  },
};

/** A meter that always says the same. */
export const constantPower: Rule = {
  id: "constant-power",
  severity: "error",
  reason:
    "A node's power moves by watts from second to second. A meter that repeats one value is " +
    "stuck, and energy made from it is a guess; IPMI on some boards does so for hours.",
  reference: "TokenPowerBench v1.0, GH200 validation: a constant 515 W",
  series: (subject) => {
    const series = sampled(subject.series);
    if (series === null || series.powerW.length < 20) return [];
    const first = series.powerW[0]!;
    // A short recording of an idle board can repeat a value that is rounded to whole watts.
    if (series.timeS.at(-1)! - series.timeS[0]! < 30) return [];
    if (first === 0 || series.powerW.some((powerW) => powerW !== first)) return [];
    return [{
      where: whereOf(subject),
      message: `all ${series.powerW.length} readings are the same`,
      expected: "readings that move",
      found: `${short(first)} W for ${short(series.timeS.at(-1)! - series.timeS[0]!)} s`,
    }];
  },
};

/** How many polls a reading lasts: a fifth of the runs of equal readings are no longer than this. */
function shortRun(series: SampledPower): number {
  const runs: number[] = [];
  let run = 1;
  for (let i = 1; i < series.powerW.length; i++) {
    if (series.powerW[i] === series.powerW[i - 1]) run++;
    else {
      runs.push(run);
      run = 1;
    }
  }
  // An idle device repeats its reading by itself, so that only the short runs tell the sensor.
  return runs.length < 10 ? 1 : runs.sort((a, b) => a - b)[Math.floor(runs.length / 5)]!;
}

/** A sensor polled faster than it renews its reading. */
export const staleReadings: Rule = {
  id: "stale-readings",
  severity: "note",
  reason:
    "The sensor renews its reading more slowly than it is polled: the time resolution of the " +
    "trace is that of the sensor, and more samples do not sharpen it.",
  reference: "Yang, Adamek, Armour: Accurate and convenient energy measurements for GPUs, SC 2024",
  input: (input) =>
    together(input, (series) => {
      const power = sampled(series);
      const polls = power === null ? 1 : shortRun(power);
      return polls < 2 ? null : {
        size: polls,
        message: `a reading lasts ${polls} polls or more`,
        expected: "polling no faster than the sensor",
        found: `a new reading every ${short(polls * medianStepS(series.timeS))} s at best`,
      };
    }),
};

/** Instant and averaged power that are one and the same. */
export const averageAsInstant: Rule = {
  id: "average-as-instant",
  severity: "warning",
  reason:
    "Two columns of one GPU, one said to be instant and one averaged over a second, that are " +
    "equal throughout: the instant one is averaged too, and short phases in it are smeared.",
  reference: "nvidia-smi: power.draw.instant and power.draw.average",
  input: (input) =>
    input.series.flatMap((series) => {
      const instant = sampled(series);
      if (instant === null || instant.reading !== "instant" || instant.powerW.length < 20) {
        return [];
      }
      const averaged = input.series.find((other) =>
        other.quantity === "power" && other.reading === "average" &&
        isSameDevice(other, series) && other.powerW.length === instant.powerW.length
      ) as SampledPower | undefined;
      if (averaged === undefined || new Set(instant.powerW).size < 5) return [];
      if (instant.powerW.some((powerW, i) => powerW !== averaged.powerW[i])) return [];
      return [{
        where: whereOf({ series, input }),
        message: "the instant power equals the averaged power in every reading",
        expected: "an instant reading that moves faster",
        found: `${instant.powerW.length} equal pairs`,
      }];
    }),
};

/** A counter and the power of one device that disagree. */
export const counterAgainstPower: Rule = {
  id: "counter-against-power",
  severity: "error",
  reason:
    "The energy counter and the integral of the power of one device are two readings of the " +
    "same thing. More than a tenth apart, one of them has another unit, device or clock.",
  reference: "conservation of energy; part-time sampling explains up to about a tenth",
  input: (input) =>
    input.series.filter((series) => series.quantity !== "power").flatMap((series) => {
      const power = input.series.find((other) =>
        other.quantity === "power" && isSameDevice(other, series) &&
        other.clock === series.clock
      );
      if (power === undefined || power.timeS.length < 20 || series.timeS.length < 3) return [];
      const [counted, integrated] = [createIntegrator(series), createIntegrator(power)];
      const from = Math.max(counted.startS, integrated.startS);
      const to = Math.min(counted.endS, integrated.endS);
      const a = counted.estimate(from, to).energyJ;
      const b = integrated.estimate(from, to).energyJ;
      if (a === null || b === null || b === 0 || Math.abs(a / b - 1) <= 0.1) return [];
      return [{
        where: whereOf({ series, input }),
        message: `the counter and the integral of ${power.source.column} disagree`,
        expected: `${short(b)} J, the integral`,
        found: `${short(a)} J, the counter`,
      }];
    }),
};

/** Readings that the reader left out because no device gives them. */
export const impossibleReadings: Rule = {
  id: "impossible-readings",
  severity: "warning",
  reason:
    "Sign flips, sentinels and repeated rows of a meter were left out. They are faults of the " +
    "recording: what is left covers less of the time, and a mean over everything would be wrong.",
  reference: "PTDaemon logs of MLPerf v5.1: 37 to 69 of 600 readings with a flipped sign",
  series: (subject: SeriesSubject) => {
    const faults = ["negative-power", "negative-energy", "no-sample", "repeated-sample"];
    const lost = subject.series.dropped.filter(({ reason }) => faults.includes(reason));
    const count = lost.reduce((sum, loss) => sum + loss.count, 0);
    return count === 0 ? [] : [{
      where: whereOf(subject),
      message: `${count} of ${count + subject.series.timeS.length} readings cannot be true`,
      expected: "none",
      found: lost.map((loss) => `${loss.count} ${loss.reason}`).join(", "),
    }];
  },
};

/** Steps that nothing was recorded in. */
export const gapsInTrace: Rule = {
  id: "gaps-in-trace",
  severity: "warning",
  reason:
    "Energy in a long gap was not measured: windows that span it have none, and totals leave " +
    "it out.",
  reference: "a step longer than 1 s and than five median steps",
  input: (input) =>
    together(input, (series) => {
      const power = createIntegrator(series);
      return power.gapS === 0 ? null : {
        size: power.gapS,
        message: `${short(power.gapS)} s of ${short(power.endS - power.startS)} s lie in long gaps`,
        expected: `steps of ${short(power.stepS)} s, at most ${short(power.maxGapS)} s`,
        found: `${short(power.gapS)} s in gaps`,
      };
    }),
};

/** One finding for all series of an input that have a fault: the worst, and how many there are. */
function together(
  input: ReadResult,
  check: (series: PowerSeries) => (Omit<Fault, "where"> & { readonly size: number }) | null,
): Fault[] {
  const found = input.series.flatMap((series) => {
    const fault = check(series);
    return fault === null ? [] : [{ series, fault }];
  });
  const worst = found.toSorted((a, b) => b.fault.size - a.fault.size)[0];
  if (worst === undefined) return [];
  const { message, expected, found: there } = worst.fault;
  const others = found.length - 1;
  return [{
    where: whereOf({ series: worst.series, input }),
    message: others === 0 ? message : `${message}; so do ${others} more series, less or the same`,
    expected,
    found: there,
  }];
}
