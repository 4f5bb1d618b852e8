import { InputError } from "../errors.ts";
import type { Device } from "./device.ts";
import { deviceNames, isDevice } from "./device_name.ts";
import type { EnergyEstimate, Integrator } from "./integrate.ts";
import type { PowerSeries } from "./series.ts";

/**
 * Several devices as one: energies add up, and a window has an energy only where every device has
 * one. Devices are taken to err independently as to sampling and together as to timing; so that
 * nothing is understated, half widths are added.
 *
 * @param parts Prepared series of different devices on the same clock, at least one.
 * @return Their sum, from the first moment that all cover to the last.
 * @throws {RangeError} When there is no part.
 *
 * @example
 * ```ts
 * import { createIntegrator, sampledPower, sumIntegrators } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const timeS = Float64Array.of(0, 1, 2);
 * const sum = sumIntegrators([
 *   createIntegrator(sampledPower({ timeS, powerW: Float64Array.of(100, 100, 100) })),
 *   createIntegrator(sampledPower({ timeS, powerW: Float64Array.of(50, 50, 50) })),
 * ]);
 * assert.equal(sum.estimate(0, 2).energyJ, 300);
 * ```
 */
export function sumIntegrators(parts: readonly Integrator[]): Integrator {
  const [first] = parts;
  if (first === undefined) throw new RangeError("there is no series to add");
  if (parts.length === 1) return first;
  const startS = Math.max(...parts.map((part) => part.startS));
  const endS = Math.min(...parts.map((part) => part.endS));
  const cumulativeJ = (time: number): number => {
    const at = Math.min(Math.max(time, startS), Math.max(startS, endS));
    let sum = 0;
    for (const part of parts) sum += part.cumulativeJ(at) - part.cumulativeJ(startS);
    return sum;
  };
  return {
    estimator: first.estimator,
    startS,
    endS,
    stepS: Math.max(...parts.map((part) => part.stepS)),
    maxGapS: Math.max(...parts.map((part) => part.maxGapS)),
    timingS: Math.max(...parts.map((part) => part.timingS)),
    gapS: Math.max(...parts.map((part) => part.gapS)),
    bridgedS: Math.max(...parts.map((part) => part.bridgedS ?? 0)),
    totalJ: cumulativeJ(endS),
    cumulativeJ,
    isMeasured: (from, to) => parts.every((part) => part.isMeasured(from, to)),
    estimate(from, to): EnergyEstimate {
      const estimates = parts.map((part) => part.estimate(from, to));
      const failed = estimates.find((estimate) => estimate.reason !== null);
      const samples = Math.min(...estimates.map((estimate) => estimate.samples));
      if (failed !== undefined) return { ...failed, samples };
      const energyJ = estimates.reduce((sum, estimate) => sum + estimate.energyJ!, 0);
      return {
        energyJ,
        lowJ: estimates.reduce((sum, estimate) => sum + estimate.lowJ!, 0),
        highJ: estimates.reduce((sum, estimate) => sum + estimate.highJ!, 0),
        estimator: first.estimator,
        samples,
        reason: null,
      };
    },
  };
}

/**
 * The series whose energies may be added: one for each device, none of them a part of another.
 *
 * Without ids, all GPUs are taken, or else the one device there is, or all processor packages when
 * there is nothing else; parts of what is taken are left out (`partOf`). Of several columns of a
 * device the one that says `instant` is taken before the unspecified and the averaged. With ids,
 * exactly those; where several hosts have a device of one id, it is named `host/id`.
 *
 * @param series All series at hand.
 * @param ids Devices to take, by id or `host/id`.
 * @return The chosen series.
 * @throws {InputError} `refused` when the choice is not plain, `bad-option` for an unknown id.
 */
export function chooseSeries(
  series: readonly PowerSeries[],
  ids: readonly string[] = [],
): PowerSeries[] {
  const usable = series.filter(({ timeS }) => timeS.length > 0);
  const known = [...new Set(deviceNames(usable.map(({ device }) => device)))];
  for (const id of ids) {
    const named = usable.filter(({ device }) => isDevice(device, id)).map(({ device }) => device);
    if (named.length === 0) {
      throw new InputError({
        code: "bad-option",
        problem: "no series is of this device",
        expected: `one of ${known.join(", ")}`,
        found: id,
      });
    }
    const names = [...new Set(deviceNames(named))];
    if (names.length > 1) {
      throw new InputError({
        code: "refused",
        problem: `several hosts have a device ${id}`,
        expected: `one of ${names.join(", ")}, or several of them`,
        found: id,
        advice: `name the host too, for instance --device ${names[0]}`,
      });
    }
  }
  const gpus = usable.filter(({ device }) => device.kind === "gpu");
  const wanted = ids.length > 0
    ? usable.filter(({ device }) => ids.some((id) => isDevice(device, id)))
    : withoutParts(gpus.length > 0 ? gpus : usable, usable);
  if (ids.length > 0) refuseParts(wanted, usable);
  const byDevice = new Map<string, PowerSeries>();
  for (const candidate of wanted) {
    const { host, id } = candidate.device;
    const key = `${host ?? ""}\0${id}`;
    const chosen = byDevice.get(key);
    if (chosen === undefined || rank(candidate) < rank(chosen)) byDevice.set(key, candidate);
    else if (chosen.source.path !== candidate.source.path) {
      throw new InputError({
        code: "refused",
        problem: `${chosen.source.path} and ${candidate.source.path} both hold ${id}, and ` +
          "nothing says that they are different devices",
        advice: "name one of the files, or record with uuid",
      });
    }
  }
  const chosen = [...byDevice.values()];
  const packages = chosen.every(({ device }) =>
    device.kind === "cpu" && device.host === chosen[0]!.device.host
  );
  if (ids.length === 0 && gpus.length === 0 && chosen.length > 1 && !packages) {
    throw new InputError({
      code: "refused",
      problem: "several readings that may contain one another",
      found: known.join(", "),
      advice: `choose with --device, for instance --device ${known[0]}`,
    });
  }
  const readings = new Set(chosen.map((one) => one.quantity === "power" ? one.reading : "energy"));
  if (readings.has("instant") && readings.has("average")) {
    throw new InputError({
      code: "refused",
      problem: "instant power of one device would be added to averaged power of another",
      found: chosen.map(({ device, source }) => `${device.id}: ${source.column}`).join(", "),
      advice: "choose devices with --device, or record one kind of reading for all",
    });
  }
  if (chosen.length === 0) {
    throw new InputError({
      code: "refused",
      problem: "there is no power series with a reading in the inputs",
      advice: "see what they hold with `joulebook inspect`",
    });
  }
  return chosen;
}

/** Ids of what contains a device, nearest first, as far as the series of its host tell. */
function containersOf(part: Device, series: readonly PowerSeries[]): string[] {
  const found: string[] = [];
  for (let id = part.partOf; id !== undefined && !found.includes(id);) {
    found.push(id);
    const container = id;
    id = series.find(({ device }) => device.id === container && device.host === part.host)?.device
      .partOf;
  }
  return found;
}

/** The device among `candidates` that contains another; undefined when none does. */
function containerAmong(
  part: Device,
  candidates: readonly PowerSeries[],
  series: readonly PowerSeries[],
): Device | undefined {
  const containers = containersOf(part, series);
  return candidates.find(({ device }) =>
    device.host === part.host && containers.includes(device.id)
  )?.device;
}

function withoutParts(
  candidates: readonly PowerSeries[],
  series: readonly PowerSeries[],
): readonly PowerSeries[] {
  return candidates.filter(({ device }) =>
    containerAmong(device, candidates, series) === undefined
  );
}

function refuseParts(wanted: readonly PowerSeries[], series: readonly PowerSeries[]): void {
  for (const { device } of wanted) {
    const container = containerAmong(device, wanted, series);
    if (container !== undefined) {
      throw new InputError({
        code: "refused",
        problem: `${device.id} is a part of ${container.id}: adding them would count it twice`,
        advice: `choose one of them with --device`,
      });
    }
  }
}

/** Order in which the columns of one device are preferred. */
function rank(series: PowerSeries): number {
  if (series.quantity !== "power") return 0;
  return { instant: 1, unspecified: 2, average: 3 }[series.reading];
}
