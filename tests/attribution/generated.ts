/** Simulated runs as a person outside the server sees them, with the truth kept. */

import type { SampledPower } from "../../lib/power/mod.ts";
import {
  observeLog,
  type ObserveOptions,
  ONE_SECOND_SENSOR,
  readSensor,
  type RequestLog,
  type SensorModel,
  type ServingOptions,
  type ServingRun,
  simulateServing,
} from "../../lib/requests/mod.ts";

/** A run with its trace and log. */
export interface Seen {
  readonly run: ServingRun;
  readonly series: SampledPower;
  readonly log: RequestLog;
  readonly kept: Uint32Array;
  readonly centreLagS: number;
}

/** Simulates a Poisson load and looks at it. */
export function see(
  seed: number,
  ratePerS: number,
  options: Partial<ServingOptions> & {
    readonly sensor?: SensorModel;
    readonly observe?: ObserveOptions;
    readonly offsetS?: number;
    readonly drift?: number;
    readonly cacheHitShare?: number;
  } = {},
): Seen {
  const { sensor = ONE_SECOND_SENSOR, observe, offsetS = 0.4, drift = 0, cacheHitShare = 0 } =
    options;
  const run = simulateServing({
    ...options,
    seed,
    workload: options.workload ??
      { arrivals: { kind: "poisson", ratePerS }, cacheHitShare },
  });
  const { series, centreLagS } = readSensor(run.devices, sensor, {
    seed: seed + 500,
    offsetS,
    drift,
  });
  return { run, series, centreLagS, ...observeLog(run.log, { seed, ...observe }) };
}

/** Sum of the values that are numbers. */
export function sum(column: Float64Array): number {
  return column.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);
}

/** The value below which a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(part * values.length)] ?? NaN;
}
