import type { PowerSeries } from "./series.ts";

/**
 * Whether power comes from sensors: `modelled` as soon as one of the series was worked out from
 * something else, which has to stand beside every number made from it.
 *
 * @param series Series that are used together.
 * @return The basis.
 *
 * @example
 * ```ts
 * import { basisOf, sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const series = sampledPower({ timeS: Float64Array.of(0), powerW: Float64Array.of(50) });
 * assert.equal(basisOf([series]), "measured");
 * const modelled = { ...series, source: { ...series.source, basis: "modelled" as const } };
 * assert.equal(basisOf([series, modelled]), "modelled");
 * ```
 */
export function basisOf(series: readonly PowerSeries[]): "measured" | "modelled" {
  return series.some(({ source }) => source.basis === "modelled") ? "modelled" : "measured";
}
