import type { PowerSeries } from "../power/series.ts";
import { sumEnergies, sumSeries } from "../power/sum_series.ts";

/**
 * Several devices as one trace to draw. Samples and energies, which are not added moment by moment,
 * become the energies of the steps between the readings of the first device: none is lost, and the
 * shape within a step is.
 *
 * @param series Different devices on one clock, at least one.
 * @return Their sum over the time that all cover.
 *
 * @example
 * ```ts
 * import { drawnPower } from "@joulebook/joulebook/report";
 * import { createIntegrator, sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const timeS = Float64Array.of(0, 1, 2);
 * const gpu = sampledPower({ timeS, powerW: Float64Array.of(100, 100, 100) });
 * const { powerW: _, reading: _reading, ...base } = gpu;
 * const cpu = { ...base, quantity: "counter" as const, energyJ: Float64Array.of(0, 20, 60) };
 * assert.equal(createIntegrator(drawnPower([gpu, cpu])).totalJ, 260);
 * ```
 */
export function drawnPower(series: readonly PowerSeries[]): PowerSeries {
  const sampled = series.filter(({ quantity }) => quantity === "power").length;
  const isMixed = sampled > 0 && sampled < series.length;
  return isMixed ? sumEnergies(series) : sumSeries(series);
}
