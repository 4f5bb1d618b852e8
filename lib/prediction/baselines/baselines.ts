/** Simple predictors to compare with: what a predictor must beat to be worth its name. */

import { rooflineTime } from "../evaluation/broken_rows.ts";
import type { PowerRow } from "../fit/fit_power.ts";
import { fitRidge } from "../fit/ridge.ts";
import { powerTerms } from "../power_terms.ts";
import { fitBoostedTrees } from "./boosted_trees.ts";

/** Names of the baselines. */
export type BaselineName = "roofline" | "ridge" | "boosted-trees" | "nearest-neighbour";

/** A workload on a device at a clock, without its measurement. */
export type BaselineCase = Pick<PowerRow, "kernels" | "target" | "coreMhz">;

/** Time and power by a baseline; energy is their product. */
export interface BaselinePrediction {
  /** Seconds. */
  readonly timeS: number;
  /** Watts. */
  readonly powerW: number;
}

/** All baselines in the order in which tables show them. */
export const baselineNames: readonly BaselineName[] = [
  "roofline",
  "ridge",
  "boosted-trees",
  "nearest-neighbour",
];

/**
 * Fits a baseline:
 *
 * - `roofline`: time by the roofline of each kernel, power is TDP (so energy is TDP x time); no fit;
 * - `ridge`: log of time over roofline time, and power over TDP, linear in specification features;
 * - `boosted-trees`: the same targets by gradient-boosted trees;
 * - `nearest-neighbour`: the same targets from the nearest training row in standardised features.
 *
 * @param name Which one.
 * @param rows Measured rows.
 * @return A predictor.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { fitBaseline, gemmKernel, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const target = targetOf(findHardware("a10"));
 * const rows = [1, 2, 4, 8].map((count) => ({
 *   kernels: [gemmKernel({ m: 4096, n: 4096, k: 4096, count })],
 *   target,
 *   coreMhz: 900,
 *   timeS: 2.4e-3 * count,
 *   powerW: 120,
 * }));
 * const predict = fitBaseline("nearest-neighbour", rows);
 * assert.ok(Math.abs(predict(rows[2]!).timeS / rows[2]!.timeS - 1) < 1e-9);
 * ```
 */
export function fitBaseline(
  name: BaselineName,
  rows: readonly PowerRow[],
): (c: BaselineCase) => BaselinePrediction {
  const bound = (c: BaselineCase) => rooflineTime(c.kernels, c.target, c.coreMhz);
  if (name === "roofline") return (c) => ({ timeS: bound(c), powerW: c.target.tdpW });
  const x = rows.map(features);
  const centre = x[0]!.map((_, j) => x.reduce((s, row) => s + row[j]!, 0) / x.length);
  const scale = x[0]!.map((_, j) =>
    Math.sqrt(x.reduce((s, row) => s + (row[j]! - centre[j]!) ** 2, 0) / x.length) || 1
  );
  const standard = (row: readonly number[]) => row.map((v, j) => (v - centre[j]!) / scale[j]!);
  const z = x.map(standard);
  const slow = rows.map((row) => Math.log(row.timeS / bound(row)));
  const share = rows.map((row) => row.powerW / row.target.tdpW);
  const back = (c: BaselineCase, logSlow: number, powerShare: number): BaselinePrediction => ({
    timeS: bound(c) * Math.exp(logSlow),
    powerW: c.target.tdpW * Math.max(0.02, Math.min(1, powerShare)),
  });
  if (name === "nearest-neighbour") {
    return (c) => {
      const at = standard(features(c));
      let best = 0, least = Infinity;
      z.forEach((row, i) => {
        const d = row.reduce((s, v, j) => s + (v - at[j]!) ** 2, 0);
        if (d < least) [best, least] = [i, d];
      });
      return back(c, slow[best]!, share[best]!);
    };
  }
  if (name === "ridge") {
    const design = z.map((row) => [1, ...row]);
    const time = fitRidge(design, slow, { ridge: 0.01, unpenalised: 1 });
    const power = fitRidge(design, share, { ridge: 0.01, unpenalised: 1 });
    const dot = (w: Float64Array, row: readonly number[]) =>
      row.reduce((s, v, j) => s + v * w[j + 1]!, w[0]!);
    return (c) => {
      const at = standard(features(c));
      return back(c, dot(time, at), dot(power, at));
    };
  }
  const time = fitBoostedTrees(z, slow), power = fitBoostedTrees(z, share);
  return (c) => {
    const at = standard(features(c));
    return back(c, time(at), power(at));
  };
}

// What specifications and a kernel list say without any model of tiles or hosts.
function features(c: BaselineCase): number[] {
  const { kernels, target, coreMhz } = c;
  const launches = kernels.reduce((sum, k) => sum + k.count, 0);
  const [flops, matrixBytes, otherBytes, , elements] = powerTerms(kernels, target, coreMhz, {
    timeS: 1,
    deviceS: 1,
  });
  const peak = target.tensorFlops.bf16 * coreMhz / target.peakMhz;
  const bound = rooflineTime(kernels, target, coreMhz);
  return [
    Math.log(bound),
    Math.log(launches),
    Math.log(bound / launches),
    (flops! / target.voltage(coreMhz) ** 2) / peak / bound,
    matrixBytes! / target.memoryBytesPerS / bound,
    otherBytes! / target.memoryBytesPerS / bound,
    Math.log(elements! + 1),
    Math.log(peak),
    Math.log(target.memoryBytesPerS),
    Math.log(target.tdpW),
  ];
}
