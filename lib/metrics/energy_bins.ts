/** Energy by the hour (or any step), as prices and intensities need it. */

import { InputError } from "../errors.ts";
import { createIntegrator, type IntegrateOptions } from "../power/integrate.ts";
import type { PowerSeries } from "../power/series.ts";
import type { Basis } from "./estimate.ts";

/** Energies of spans of time on the epoch clock, as columns; NaN where it was not measured. */
export interface EnergyBins {
  /** Where each begins, in seconds, increasing. */
  readonly startS: Float64Array;
  /** Where each ends. */
  readonly endS: Float64Array;
  /** Joules in each. */
  readonly energyJ: Float64Array;
  /** Lower ends of their intervals; absent when there are none. */
  readonly lowJ?: Float64Array;
  /** Upper ends. */
  readonly highJ?: Float64Array;
  /** How the joules came about. */
  readonly basis: Basis;
}

/** Options of {@linkcode binEnergy}. */
export interface BinOptions extends IntegrateOptions {
  /** Length of a step, in seconds; by default 900, the usual interval of settlement. */
  readonly stepS?: number;
  /** How the readings came about; by default `measured`. */
  readonly basis?: Basis;
}

/**
 * The energy of a trace in steps that begin at multiples of the step since 1970-01-01T00:00Z. The
 * first and the last are cut to what the trace covers; a step with a gap in it is NaN.
 *
 * @param series A trace on the epoch clock.
 * @param options Step, basis, and how to integrate.
 * @return Bins that cover the trace, with the intervals of `createIntegrator`.
 * @throws {InputError} `refused` when the trace is on another clock: which hour it fell in would be
 * a guess.
 * @throws {RangeError} When the step is not above 0.
 *
 * @example
 * ```ts
 * import { binEnergy } from "@joulebook/joulebook/metrics";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const series = sampledPower({
 *   timeS: Float64Array.of(30, 60, 90, 120, 150),
 *   powerW: Float64Array.of(10, 10, 10, 10, 10),
 * });
 * const bins = binEnergy(series, { stepS: 60 });
 * assert.deepEqual([...bins.startS], [30, 60, 120]);
 * assert.deepEqual([...bins.energyJ], [300, 600, 300]);
 * ```
 */
export function binEnergy(series: PowerSeries, options: BinOptions = {}): EnergyBins {
  const { stepS = 900, basis = "measured" } = options;
  if (!(stepS > 0)) throw new RangeError(`a step of ${stepS} s`);
  if (series.clock !== "epoch") {
    throw new InputError({
      code: "refused",
      path: series.source.path,
      problem: "prices and intensities go by the hour, and the trace does not say which it was",
      expected: "the epoch clock",
      found: series.clock,
      advice: "toEpoch of the power area places a local clock by its zone",
    });
  }
  const integrator = createIntegrator(series, options);
  const { startS, endS } = integrator;
  const edges: number[] = [];
  if (endS > startS) {
    edges.push(startS);
    for (let k = Math.floor(startS / stepS) + 1; k * stepS < endS; k++) edges.push(k * stepS);
    edges.push(endS);
  }
  const n = Math.max(0, edges.length - 1);
  const bins = {
    startS: Float64Array.from(edges.slice(0, n)),
    endS: Float64Array.from(edges.slice(1)),
    energyJ: new Float64Array(n).fill(NaN),
    lowJ: new Float64Array(n).fill(NaN),
    highJ: new Float64Array(n).fill(NaN),
    basis,
  };
  for (let i = 0; i < n; i++) {
    const part = integrator.estimate(bins.startS[i]!, bins.endS[i]!);
    if (part.energyJ === null) continue;
    bins.energyJ[i] = part.energyJ;
    bins.lowJ[i] = part.lowJ!;
    bins.highJ[i] = part.highJ!;
  }
  return bins;
}
