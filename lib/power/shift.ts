import { InputError } from "../errors.ts";
import { localToUtc, type Zone } from "../clock.ts";
import { LossCounter } from "../losses.ts";
import { lowerBound } from "./search.ts";
import type { PowerSeries } from "./series.ts";

/**
 * The same series on UTC: a wall-clock column by its zone. A series that is on the epoch clock
 * already is returned as it is.
 *
 * @param series A series on the `local` or `epoch` clock.
 * @param zone The zone of its wall clock.
 * @return The series on the `epoch` clock; readings whose wall-clock time was ambiguous or could
 *   not be are kept and counted in `dropped` under `ambiguous-local-time`, those that no longer
 *   increase are left out under `time-not-increasing`.
 * @throws {InputError} `bad-option` when its clock has no wall-clock time.
 */
export function toEpoch(series: PowerSeries, zone: Zone): PowerSeries {
  if (series.clock === "epoch") return series;
  if (series.clock !== "local") {
    throw new InputError({
      code: "bad-option",
      path: series.source.path,
      problem: `a time zone cannot place its ${series.clock} clock`,
      advice: "give --offset, the seconds to add to reach the other log's clock",
    });
  }
  const utc = localToUtc(series.timeS, zone);
  const losses = new LossCounter();
  losses.add("ambiguous-local-time", undefined, zone.name, utc.ambiguous);
  losses.add("skipped-local-time", undefined, zone.name, utc.skipped);
  const moved = {
    ...series,
    clock: "epoch" as const,
    timeS: utc.timeS,
    ...(series.quantity === "counter" && series.resetS !== undefined && {
      resetS: series.resetS.map((at) => utc.timeS[lowerBound(series.timeS, at)] ?? NaN),
    }),
  };
  const keep = increasing(utc.timeS);
  losses.add("time-not-increasing", undefined, zone.name, utc.timeS.length - keep.length);
  const dropped = [...series.dropped, ...losses.list()];
  return keep.length === utc.timeS.length
    ? { ...moved, dropped }
    : { ...selectSamples(moved, keep), dropped };
}

/**
 * The same series with every time moved.
 *
 * @param series The series.
 * @param offsetS Seconds to add.
 * @param clock The clock that the moved times are on; by default the series' own.
 * @return The moved series.
 *
 * @example
 * ```ts
 * import { sampledPower, shiftSeries } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const series = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(80, 90) });
 * assert.deepEqual([...shiftSeries(series, 5).timeS], [5, 6]);
 * ```
 */
export function shiftSeries(
  series: PowerSeries,
  offsetS: number,
  clock: PowerSeries["clock"] = series.clock,
): PowerSeries {
  const timeS = series.timeS.map((t) => t + offsetS);
  return series.quantity === "counter" && series.resetS !== undefined
    ? { ...series, clock, timeS, resetS: series.resetS.map((t) => t + offsetS) }
    : { ...series, clock, timeS };
}

function increasing(timeS: Float64Array): Uint32Array {
  const keep = new Uint32Array(timeS.length);
  let kept = 0;
  let last = -Infinity;
  for (let i = 0; i < timeS.length; i++) {
    if (timeS[i]! > last) {
      last = timeS[i]!;
      keep[kept++] = i;
    }
  }
  return keep.subarray(0, kept);
}

function selectSamples(series: PowerSeries, keep: Uint32Array): PowerSeries {
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(keep, (index) => column[index]!);
  const timeS = pick(series.timeS);
  switch (series.quantity) {
    case "power":
      return { ...series, timeS, powerW: pick(series.powerW) };
    case "counter":
      return { ...series, timeS, energyJ: pick(series.energyJ) };
    case "interval":
      return {
        ...series,
        timeS,
        intervalJ: pick(series.intervalJ),
        durationS: pick(series.durationS),
      };
  }
}
