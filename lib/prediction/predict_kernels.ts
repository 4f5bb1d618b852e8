/** Time, power and energy of a kernel list on a device. */

import type { Kernel } from "./kernel.ts";
import type { TimeCoefficients } from "./kernel_time.ts";
import { networkTime } from "./network_time.ts";
import { solveOperatingPoint } from "./operating_point.ts";
import { type PowerCoefficients, powerTerms, sumPower } from "./power_terms.ts";
import type { Target } from "./target.ts";

/** Three scalars that a few measurements of a host and device pin down. */
export interface Calibration {
  /** Factor on the time of the host. */
  readonly host: number;
  /** Factor on the time of the device. */
  readonly device: number;
  /** Factor on power above idle. */
  readonly power: number;
}

/** Options of {@linkcode predictKernels}. */
export interface PredictKernelsOptions {
  /** Core clock that is set, MHz. Default: the highest. */
  readonly coreMhz?: number;
  /** Power limit, W. Default: TDP. */
  readonly capW?: number;
  /** Time the host needs for one launch, s, where it is known. Default: the fitted cost by class. */
  readonly hostLaunchS?: number;
  /** Factors from measurements. Default: none. */
  readonly calibration?: Calibration;
}

/** A prediction for a kernel list. */
export interface KernelPrediction {
  /** Time of one pass, s. */
  readonly timeS: number;
  /** Mean power, W. */
  readonly powerW: number;
  /** Energy of one pass, J: power x time. */
  readonly energyJ: number;
  /** Clock that is run, MHz: the set one, or less at the cap. */
  readonly coreMhz: number;
  /** Whether the power cap lowered the clock. */
  readonly capped: boolean;
  /** Whether the host's launches take longer than the device's work. */
  readonly hostBound: boolean;
}

/**
 * Share of the limit that a board holds on average when it is capped: the 90th percentile of mean
 * power over limit in Zeus's sweeps of V100, A40, P100 and RTX 6000 (ml-energy/zeus, summary_power)
 * lies between 0.94 and 0.98 where the limit binds.
 */
export const cappedShare = 0.97;

/**
 * Predicts one pass of a network.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param time Latency coefficients.
 * @param power Energy coefficients.
 * @param options Clock, cap, known launch cost, calibration.
 * @return The prediction; under a cap the clock is solved for and the slow-down included.
 */
export function predictKernels(
  kernels: readonly Kernel[],
  target: Target,
  time: TimeCoefficients,
  power: PowerCoefficients,
  options: PredictKernelsOptions = {},
): KernelPrediction {
  const { coreMhz = target.maxMhz, capW = target.tdpW, hostLaunchS, calibration } = options;
  const timeAt = (mhz: number) => {
    const t = networkTime(kernels, target, mhz, time, {
      ...(hostLaunchS !== undefined && { hostLaunchS }),
    });
    if (calibration === undefined) return t;
    const deviceS = t.deviceS * calibration.device, hostS = t.hostS * calibration.host;
    const larger = Math.max(deviceS, hostS), ratio = Math.min(deviceS, hostS) / larger;
    return { timeS: larger * (1 + ratio ** 8) ** (1 / 8), deviceS, hostS };
  };
  const at = (mhz: number) => {
    const t = timeAt(mhz);
    const idleW = target.idleW(mhz);
    const aboveW = sumPower(powerTerms(kernels, target, mhz, t), power, 0);
    return { timeS: t.timeS, powerW: idleW + aboveW * (calibration?.power ?? 1) };
  };
  const point = solveOperatingPoint(at, { coreMhz, capW: capW * cappedShare });
  const t = timeAt(point.coreMhz);
  return { ...point, energyJ: point.timeS * point.powerW, hostBound: t.hostS > t.deviceS };
}

/**
 * Calibration from measurements of the same or like workloads: the geometric mean ratio of measured
 * to predicted time goes to whichever of host and device bounds each one, and the mean ratio of power
 * above idle to the power.
 *
 * @param runs Measured runs with their kernels.
 * @param target The device.
 * @param time Latency coefficients.
 * @param power Energy coefficients.
 * @return The factors; 1 where no run tells.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { calibrate, coefficientsFor, gemmKernel, predictNetwork } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const a10 = findHardware("a10");
 * const kernels = [gemmKernel({ m: 4096, n: 4096, k: 4096, count: 10 })];
 * const plain = predictNetwork(kernels, a10, { coreMhz: 900 });
 * const measured = { kernels, coreMhz: 900, timeS: 1.1 * plain.timeS, powerW: plain.powerW };
 * const { target, time, power } = coefficientsFor(a10);
 * const calibration = calibrate([measured], target, time, power);
 * const again = predictNetwork(kernels, a10, { coreMhz: 900, calibration });
 * assert.ok(Math.abs(again.timeS / measured.timeS - 1) < 1e-3);
 * ```
 */
export function calibrate(
  runs: readonly {
    readonly kernels: readonly Kernel[];
    readonly coreMhz: number;
    readonly timeS: number;
    readonly powerW: number;
  }[],
  target: Target,
  time: TimeCoefficients,
  power: PowerCoefficients,
): Calibration {
  const host: number[] = [], device: number[] = [];
  let hostMost = Infinity, deviceMost = Infinity;
  for (const run of runs) {
    const t = networkTime(run.kernels, target, run.coreMhz, time);
    (t.hostS > t.deviceS ? host : device).push(Math.log(run.timeS / t.timeS));
    // Neither side can take longer than the whole.
    hostMost = Math.min(hostMost, run.timeS / t.hostS);
    deviceMost = Math.min(deviceMost, run.timeS / t.deviceS);
  }
  const mean = (logs: number[]) =>
    logs.length === 0 ? 1 : Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
  const factors = {
    host: host.length > 0 ? mean(host) : Math.min(1, hostMost),
    device: device.length > 0 ? mean(device) : Math.min(1, deviceMost),
    power: 1,
  };
  let logs = 0;
  for (const run of runs) {
    const { powerW } = predictKernels(run.kernels, target, time, power, {
      coreMhz: run.coreMhz,
      calibration: factors,
    });
    const idleW = target.idleW(run.coreMhz);
    logs += Math.log(Math.max(1, run.powerW - idleW) / Math.max(1, powerW - idleW));
  }
  return { ...factors, power: runs.length === 0 ? 1 : Math.exp(logs / runs.length) };
}
