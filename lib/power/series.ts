import type { Clock } from "../clock.ts";
import type { Loss } from "../losses.ts";
import type { Device, Provenance } from "./device.ts";

/** What every power series has, whatever its quantity. */
export interface SeriesBase {
  /** The thing whose power was read. */
  readonly device: Device;
  /** What `timeS` counts from. */
  readonly clock: Clock;
  /** Seconds, strictly increasing; for intervals the end of each. */
  readonly timeS: Float64Array;
  /** Seconds over which the sensor averages each reading; null where it is not known. */
  readonly averagingS: number | null;
  /** Where the series came from. */
  readonly source: Provenance;
  /** What the reader left out, and why. */
  readonly dropped: readonly Loss[];
}

/** Readings of power. */
export interface SampledPower extends SeriesBase {
  /** Tells the quantity. */
  readonly quantity: "power";
  /** Watts, one for each time. */
  readonly powerW: Float64Array;
  /**
   * What a reading means: power at that instant, a mean over the sensor's window, or not said by
   * the source. The kinds are never joined silently.
   */
  readonly reading: "instant" | "average" | "unspecified";
}

/** Readings of a counter that only grows. */
export interface EnergyCounter extends SeriesBase {
  /** Tells the quantity. */
  readonly quantity: "counter";
  /** Joules since an unknown start, one for each time, not decreasing. */
  readonly energyJ: Float64Array;
  /**
   * Times of readings before which the counter started over: the energy of the step that ends there
   * is not known, `energyJ` stays level over it, and it counts as a gap. Absent when there is none.
   */
  readonly resetS?: Float64Array;
}

/** Joules of successive intervals. */
export interface IntervalEnergy extends SeriesBase {
  /** Tells the quantity. */
  readonly quantity: "interval";
  /** Joules in the interval that ends at each time. */
  readonly intervalJ: Float64Array;
  /** Length of each interval, in seconds. */
  readonly durationS: Float64Array;
}

/** A power trace of one device, as columns of equal length. */
export type PowerSeries = SampledPower | EnergyCounter | IntervalEnergy;

/**
 * The values of a series, whatever its quantity.
 *
 * @param series The series.
 * @return Its `powerW`, `energyJ` or `intervalJ`.
 */
export function valuesOf(series: PowerSeries): Float64Array {
  switch (series.quantity) {
    case "power":
      return series.powerW;
    case "counter":
      return series.energyJ;
    case "interval":
      return series.intervalJ;
  }
}

/**
 * A series of power samples from plain columns, checked.
 *
 * @param columns `timeS` in seconds, strictly increasing, and `powerW` in watts, of equal length.
 * @param options Device, clock and what else is known; by default an anonymous GPU on the epoch clock.
 * @return The series.
 * @throws {RangeError} When lengths differ, a time is not finite or does not increase, or a power is
 *   not finite or is negative.
 *
 * @example
 * ```ts
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const series = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(80, 90) });
 * assert.equal(series.device.id, "gpu0");
 * ```
 */
export function sampledPower(
  columns: { readonly timeS: Float64Array; readonly powerW: Float64Array },
  options: Partial<Omit<SampledPower, "timeS" | "powerW" | "quantity">> = {},
): SampledPower {
  checkTimes(columns.timeS, columns.powerW.length);
  for (const [i, powerW] of columns.powerW.entries()) {
    if (!(powerW >= 0 && powerW < Infinity)) throw new RangeError(`powerW[${i}] is ${powerW}`);
  }
  const clock = options.clock ?? "epoch";
  return {
    quantity: "power",
    device: options.device ?? { kind: "gpu", id: "gpu0" },
    clock,
    timeS: columns.timeS,
    powerW: columns.powerW,
    reading: options.reading ?? "unspecified",
    averagingS: options.averagingS ?? null,
    source: options.source ??
      { path: "(memory)", format: "columns", column: "powerW", sourceClock: clock },
    dropped: options.dropped ?? [],
  };
}

function checkTimes(timeS: Float64Array, length: number): void {
  if (timeS.length !== length) {
    throw new RangeError(`timeS has ${timeS.length} values, its partner column ${length}`);
  }
  for (let i = 0; i < timeS.length; i++) {
    if (!Number.isFinite(timeS[i])) throw new RangeError(`timeS[${i}] is ${timeS[i]}`);
    if (i > 0 && timeS[i]! <= timeS[i - 1]!) {
      throw new RangeError(`timeS[${i}] = ${timeS[i]} does not follow ${timeS[i - 1]}`);
    }
  }
}
