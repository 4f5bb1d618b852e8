/** A prediction for a traced network with its interval and warnings, from shipped coefficients. */

import { findHardware } from "../hardware/find.ts";
import type { Hardware } from "../hardware/hardware.ts";
import {
  type IntervalFactors,
  type PredictorCoefficients,
  shippedCoefficients,
} from "./coefficients.ts";
import type { Kernel } from "./kernel.ts";
import type { TimeCoefficients } from "./kernel_time.ts";
import { mainOperators } from "./main_operators.ts";
import type { PowerCoefficients } from "./power_terms.ts";
import { nearestAnchor, transferPower } from "./power_transfer.ts";
import {
  type KernelPrediction,
  predictKernels,
  type PredictKernelsOptions,
} from "./predict_kernels.ts";
import { type Target, targetOf } from "./target.ts";

/** Time, power and energy. */
export interface Quantities {
  /** Seconds. */
  readonly timeS: number;
  /** Watts. */
  readonly powerW: number;
  /** Joules. */
  readonly energyJ: number;
}

/** Options of {@linkcode predictNetwork}. */
export interface PredictNetworkOptions extends PredictKernelsOptions {
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/** A prediction with its 90 % interval. */
export interface NetworkPrediction extends KernelPrediction {
  /** Lower ends. */
  readonly low: Quantities;
  /** Upper ends. */
  readonly high: Quantities;
  /** What lies outside what was fitted, and facts that were assumed. */
  readonly warnings: readonly string[];
}

/** Which device the coefficients come from. */
export interface DeviceCoefficients {
  /** The device as the predictor sees it. */
  readonly target: Target;
  /** Latency coefficients. */
  readonly time: TimeCoefficients;
  /** Energy coefficients. */
  readonly power: PowerCoefficients;
  /** Whether networks were measured on this very device. */
  readonly measured: boolean;
  /** What was carried over from where, and facts that were assumed. */
  readonly warnings: readonly string[];
}

/**
 * Coefficients for a device: its own where it was measured, else carried over from the nearest one.
 *
 * @param hardware The device.
 * @param coefficients All coefficients. Default: the shipped ones.
 * @return Target, coefficients and warnings.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { coefficientsFor } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * assert.equal(coefficientsFor(findHardware("a10")).measured, true);
 * const l4 = coefficientsFor(findHardware("l4"));
 * assert.equal(l4.measured, false);
 * assert.ok(l4.warnings.some((text) => text.startsWith("no network was measured on l4")));
 * ```
 */
export function coefficientsFor(
  hardware: Hardware,
  coefficients: PredictorCoefficients = shippedCoefficients(),
): DeviceCoefficients {
  const target = targetOf(hardware);
  const warnings = target.assumed.map((text) => `${hardware.id}: assumed ${text}`);
  // Grace Hopper, Blackwell Ultra and the like feed their matrix units as their namesake does.
  const architecture = Object.keys(coefficients.timeByArchitecture)
    .find((name) => hardware.architecture.includes(name)) ?? hardware.architecture;
  const own = coefficients.timeByDevice[hardware.id];
  const anchors = Object.entries(coefficients.power).map(([id, c]) => ({
    hardware: findHardware(id),
    coefficients: c,
  }));
  const anchor = nearestAnchor(anchors, hardware);
  const power = anchor.hardware.id === hardware.id
    ? anchor.coefficients
    : transferPower(anchor.hardware, anchor.coefficients, hardware);
  if (own === undefined) {
    warnings.push(
      `no network was measured on ${hardware.id}: energy coefficients come from ` +
        `${anchor.hardware.id}${anchor.hardware.id === hardware.id ? "'s matrix products" : ""}`,
    );
  }
  return {
    target,
    time: own ?? coefficients.timeByArchitecture[architecture] ?? coefficients.time,
    power,
    measured: own !== undefined,
    warnings,
  };
}

/**
 * Predicts one pass of a kernel list on a device.
 *
 * @param kernels Kernels with counts, repaired where the tracer needs it.
 * @param hardware The device.
 * @param options Clock, cap, known launch cost, calibration, coefficients.
 * @return Time, power and energy with a 90 % interval and warnings.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { gemmKernel, predictNetwork } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const product = gemmKernel({ m: 8192, n: 8192, k: 8192, count: 100 });
 * const p = predictNetwork([product], findHardware("a100-sxm-80"));
 * assert.ok(p.timeS > product.count * product.flops / 312e12); // never faster than the peak
 * assert.ok(Math.abs(p.energyJ - p.powerW * p.timeS) < 1e-9 * p.energyJ);
 * ```
 */
export function predictNetwork(
  kernels: readonly Kernel[],
  hardware: Hardware,
  options: PredictNetworkOptions = {},
): NetworkPrediction {
  const all = options.coefficients ?? shippedCoefficients();
  const device = coefficientsFor(hardware, all);
  const prediction = predictKernels(kernels, device.target, device.time, device.power, options);
  const warnings = [...device.warnings];
  const intervals = all.kernelIntervals;
  const sets: IntervalFactors[] = [
    prediction.hostBound ? intervals.hostBound : intervals.deviceBound,
  ];
  if (!device.measured) sets.push(intervals.otherHardware);
  const main = mainOperators(kernels, device.target, prediction.coreMhz);
  if (main.includes("conv") || main.includes("depthwise")) {
    sets.push(intervals.convolutions);
    warnings.push("convolutions: only two networks with them were fitted; the interval is wider");
  }
  if (main.includes("attention")) {
    sets.push(intervals.convolutions);
    warnings.push("fused attention was not in the fitted networks; the interval is wider");
  }
  if (kernels.some(({ precision }) => precision !== "bf16" && precision !== "fp32")) {
    sets.push(intervals.otherHardware);
    warnings.push("only 16-bit networks were fitted; the interval is wider");
  }
  if (prediction.hostBound) {
    warnings.push("host-bound: time depends on the host's launch cost, which differs by machine");
  }
  if (prediction.capped) {
    warnings.push(`at the power cap: the clock falls to ${prediction.coreMhz.toFixed(0)} MHz`);
  }
  return { ...prediction, ...spread(prediction, widest(sets)), warnings };
}

/** The widest factor of each quantity. */
export function widest(sets: readonly IntervalFactors[]): IntervalFactors {
  const most = (key: keyof IntervalFactors) => Math.max(...sets.map((s) => s[key]));
  return { timeS: most("timeS"), powerW: most("powerW"), energyJ: most("energyJ") };
}

/** Both ends of the interval around a prediction. */
export function spread(
  { timeS, powerW, energyJ }: Quantities,
  factors: IntervalFactors,
): { readonly low: Quantities; readonly high: Quantities } {
  return {
    low: {
      timeS: timeS / factors.timeS,
      powerW: powerW / factors.powerW,
      energyJ: energyJ / factors.energyJ,
    },
    high: {
      timeS: timeS * factors.timeS,
      powerW: powerW * factors.powerW,
      energyJ: energyJ * factors.energyJ,
    },
  };
}
