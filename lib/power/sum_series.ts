import { deviceNames } from "./device_name.ts";
import { InputError } from "../errors.ts";
import { LossCounter } from "../losses.ts";
import { createIntegrator, medianStepS } from "./integrate.ts";
import type { IntervalEnergy, PowerSeries, SampledPower } from "./series.ts";
import { sumIntegrators } from "./sum.ts";

/**
 * Several devices as one series, for methods that need the power of all at the same moments.
 *
 * Power samples are added at the times of the first device, the others interpolated between their
 * readings there; times at which another device has a long gap are left out and counted. Counters
 * and interval energies are added between the times of the first device, which keeps every joule; a
 * step of which one device measured nothing is left out and counted.
 *
 * @param series Different devices on one clock, at least one; samples are not mixed with energies.
 * @return The sum over the time that all cover; a single series as it is.
 * @throws {InputError} `refused` when quantities are mixed or the devices have no time in common.
 *
 * @example
 * ```ts
 * import { sampledPower, sumSeries, valuesOf } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const sum = sumSeries([
 *   sampledPower({ timeS: Float64Array.of(0, 1, 2), powerW: Float64Array.of(100, 100, 100) }),
 *   sampledPower({ timeS: Float64Array.of(0.5, 2.5), powerW: Float64Array.of(50, 70) }),
 * ]);
 * assert.deepEqual([...sum.timeS], [1, 2]);
 * assert.deepEqual([...valuesOf(sum)], [155, 165]);
 * ```
 */
export function sumSeries(series: readonly PowerSeries[]): PowerSeries {
  const [first] = series;
  if (first === undefined) throw new RangeError("there is no series to add");
  if (series.length === 1) return first;
  const samples = series.filter((one) => one.quantity === "power");
  if (samples.length !== 0 && samples.length !== series.length) {
    throw new InputError({
      code: "refused",
      problem: "power samples and energies cannot be added moment by moment",
      found: series.map((one) => `${one.device.id}: ${one.quantity}`).join(", "),
      advice: "choose devices of one kind with --device",
    });
  }
  const sum = samples.length > 0 ? sumSamples(samples) : sumEnergies(series);
  if (sum.timeS.length < 2) {
    throw new InputError({
      code: "refused",
      problem: "the devices have no time in common",
      found: series.map(({ device, timeS }) => `${device.id}: ${timeS[0]} to ${timeS.at(-1)} s`)
        .join(", "),
      advice: "attribute one at a time",
    });
  }
  return sum;
}

/** What the sum is called. */
function base(
  series: readonly PowerSeries[],
): Omit<SampledPower, "quantity" | "timeS" | "powerW" | "reading"> {
  const first = series[0]!;
  return {
    device: {
      kind: first.device.kind,
      id: deviceNames(series.map(({ device }) => device)).join("+"),
      ...(first.device.name !== undefined &&
        series.every(({ device }) => device.name === first.device.name) &&
        { name: first.device.name }),
    },
    clock: first.clock,
    averagingS: series.every((one) => one.averagingS === first.averagingS)
      ? first.averagingS
      : null,
    source: first.source,
    dropped: series.flatMap(({ dropped }) => dropped),
  };
}

function sumSamples(series: readonly SampledPower[]): SampledPower {
  const first = series[0]!;
  const others = series.slice(1).map(({ timeS, powerW }) => ({
    timeS,
    powerW,
    at: 1,
    maxGapS: Math.max(1, 5 * medianStepS(timeS)),
  }));
  const timeS: number[] = [];
  const powerW: number[] = [];
  const losses = new LossCounter();
  for (let i = 0; i < first.timeS.length; i++) {
    const time = first.timeS[i]!;
    let sum = first.powerW[i]!;
    for (const other of others) {
      while (other.at < other.timeS.length && other.timeS[other.at]! < time) other.at++;
      const [from, to] = [other.timeS[other.at - 1]!, other.timeS[other.at]!];
      if (!(time >= from && time <= to)) sum = NaN;
      else if (to - from > other.maxGapS) {
        losses.add("gap-in-another-device", undefined, `${time}`);
        sum = NaN;
      } else {
        const share = (time - from) / (to - from);
        sum += other.powerW[other.at - 1]! * (1 - share) + other.powerW[other.at]! * share;
      }
    }
    if (Number.isNaN(sum)) continue;
    timeS.push(time);
    powerW.push(sum);
  }
  const shared = base(series);
  return {
    ...shared,
    quantity: "power",
    timeS: Float64Array.from(timeS),
    powerW: Float64Array.from(powerW),
    reading: series.every((one) => one.reading === first.reading) ? first.reading : "unspecified",
    dropped: [...shared.dropped, ...losses.list()],
  };
}

/** Several devices of any quantities as energies of the steps between the readings of the first. */
export function sumEnergies(series: readonly PowerSeries[]): IntervalEnergy {
  const sum = sumIntegrators(series.map((one) => createIntegrator(one)));
  const moments = series[0]!.timeS.filter((time) => time >= sum.startS && time <= sum.endS);
  const ends: number[] = [];
  const losses = new LossCounter();
  for (let i = 1; i < moments.length; i++) {
    // A step that one device did not measure, such as one in which a counter started over, has no sum.
    if (sum.isMeasured(moments[i - 1]!, moments[i]!)) ends.push(i);
    else losses.add("gap-in-a-device", undefined, `${moments[i]}`);
  }
  const shared = base(series);
  return {
    ...shared,
    quantity: "interval",
    timeS: Float64Array.from(ends, (i) => moments[i]!),
    durationS: Float64Array.from(ends, (i) => moments[i]! - moments[i - 1]!),
    intervalJ: Float64Array.from(
      ends,
      (i) => sum.cumulativeJ(moments[i]!) - sum.cumulativeJ(moments[i - 1]!),
    ),
    dropped: [...shared.dropped, ...losses.list()],
  };
}
