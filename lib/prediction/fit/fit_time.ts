/** Fits the latency model of kernel lists to measured networks. */

import type { Kernel } from "../kernel.ts";
import type { TimeCoefficients } from "../kernel_time.ts";
import { networkTime } from "../network_time.ts";
import type { Target } from "../target.ts";
import { fitResiduals } from "./levenberg.ts";

/** A measured run of a network at a set clock. */
export interface TimeRow {
  /** Merged kernels. */
  readonly kernels: readonly Kernel[];
  /** The device. */
  readonly target: Target;
  /** Core clock, MHz. */
  readonly coreMhz: number;
  /** Measured time, s. */
  readonly timeS: number;
  /** Time the host needs for one launch, s, where it is known. Default: fitted. */
  readonly hostLaunchS?: number;
}

/** A coefficient with the median and the deviation of the logarithm of its prior. */
export type TimePrior = readonly [keyof TimeCoefficients, median: number, sd: number];

/**
 * Prior medians and standard deviations of the logarithms, from specifications and the literature:
 * STREAM-like kernels reach 0.93 of the bus, an L2 slice feeds an SM about 47 bytes a clock
 * (A100 white paper: 5120 bytes a clock over 108 SMs), softmax and normalisation reach about 0.6 of
 * the bus at full clock on six GPUs of NeuSight's data, which is about three elements a clock and SM, a depthwise kernel spends about ten
 * instructions on a multiply-add, eager PyTorch launches in 20 to 40 us.
 */
export const timePriors: readonly TimePrior[] = [
  ["matrixEfficiency", 0.85, 0.1],
  ["matrixMemoryEfficiency", 0.85, 0.1],
  ["memoryEfficiency", 0.93, 0.05],
  ["loopClocks", 1500, 0.7],
  ["batchedLoopClocks", 3000, 0.7],
  ["tileBytes", 47, 0.4],
  ["lastWaveShare", 0.6, 0.3],
  ["misalignment", 0.33, 0.5],
  ["largeTileBias", 0.2, 0.7],
  ["kernelClocks", 4500, 0.7],
  ["hostGemmS", 35e-6, 0.7],
  ["hostOtherS", 20e-6, 0.7],
  ["overlap", 2, 0.3],
  ["elementwiseBytes", 16, 0.7],
  ["softmaxRate", 3, 1],
  ["normRate", 3, 1],
  ["depthwiseRate", 12, 0.7],
  ["convEfficiency", 0.8, 0.15],
  ["pointConvEfficiency", 0.9, 0.15],
  ["convLayout", 2, 0.3],
];

// The part of a coefficient below which it has no meaning; a p-norm needs p >= 1.
const floors: Partial<Record<keyof TimeCoefficients, number>> = { overlap: 1 };

/** A fit of {@linkcode fitTime}. */
export interface TimeFit {
  /** Coefficients that hold for every device. */
  readonly shared: TimeCoefficients;
  /** Coefficients by device id: the shared ones with the device's own departure. */
  readonly byDevice: Readonly<Record<string, TimeCoefficients>>;
}

/** Options of {@linkcode fitTime}. */
export interface FitTimeOptions {
  /** Coefficients that are fitted; the others stay at their prior. Default: all. */
  readonly only?: readonly (keyof TimeCoefficients)[];
  /** Prior medians in place of the general ones. Default: none. */
  readonly from?: TimeCoefficients;
}

/**
 * Fits the coefficients to all rows together by robust least squares of log ratios. Every device may
 * depart a little in matrix and memory efficiency (prior deviations 10 % and 3 %), so that a new
 * device is predicted by the shared part.
 *
 * @param rows Measured runs; none at a power cap.
 * @param options What to fit.
 * @return The fit.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { fitTime, gemmKernel, targetOf } from "@joulebook/joulebook/prediction";
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
 * const { shared } = fitTime(rows);
 * assert.ok(shared.matrixEfficiency > 0.5 && shared.matrixEfficiency < 1.2);
 * ```
 */
export function fitTime(
  rows: readonly TimeRow[],
  { only, from }: FitTimeOptions = {},
): TimeFit {
  const devices = [...new Set(rows.map((row) => row.target.id))].sort();
  const names = timePriors.map(([name]) => name);
  const start = timePriors.map(([name, median]) =>
    Math.log((from?.[name] ?? median) - (floors[name] ?? 0))
  );
  const weight = timePriors.map(([name, , sd]) =>
    only === undefined || only.includes(name) ? 0.1 / sd : 1e3
  );
  const sharedOf = (p: ArrayLike<number>): TimeCoefficients => {
    const values: Record<string, number> = {};
    names.forEach((name, i) => values[name] = (floors[name] ?? 0) + Math.exp(p[i]!));
    values["lastWaveShare"] = Math.min(1, values["lastWaveShare"]!);
    return values as unknown as TimeCoefficients;
  };
  const departed = (p: ArrayLike<number>, device: number): TimeCoefficients => {
    const shared = sharedOf(p);
    const at = names.length + 2 * device;
    return {
      ...shared,
      matrixEfficiency: shared.matrixEfficiency * Math.exp(p[at]!),
      memoryEfficiency: shared.memoryEfficiency * Math.exp(p[at + 1]!),
    };
  };
  const { parameters } = fitResiduals(
    (p) => {
      const byDevice = devices.map((_, i) => departed(p, i));
      return Float64Array.from(rows, (row) => {
        const { kernels, target, coreMhz, timeS } = row;
        const coefficients = byDevice[devices.indexOf(target.id)]!;
        return Math.log(networkTime(kernels, target, coreMhz, coefficients, row).timeS / timeS);
      });
    },
    [...start, ...devices.flatMap(() => [0, 0])],
    { huber: 0.1, priorWeight: [...weight, ...devices.flatMap(() => [1, 0.1 / 0.03])] },
  );
  return {
    shared: sharedOf(parameters),
    byDevice: Object.fromEntries(devices.map((id, i) => [id, departed(parameters, i)])),
  };
}
