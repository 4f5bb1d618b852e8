/** Fits the energy coefficients of a device to measured networks. */

import { networkTime } from "../network_time.ts";
import type { TimeCoefficients } from "../kernel_time.ts";
import { type PowerCoefficients, powerTermNames, powerTerms } from "../power_terms.ts";
import type { TimeRow } from "./fit_time.ts";
import { fitNonNegative } from "./nnls.ts";

/** A measured run with its power. */
export interface PowerRow extends TimeRow {
  /** Measured mean power, W. */
  readonly powerW: number;
}

/**
 * Prior coefficients: 1.5 pJ an operation and 100 pJ a byte are what 7 and 8 nm boards with HBM2 and
 * GDDR6 are known for. Of the byte 31 pJ are HBM2's own (3.9 pJ a bit: O'Connor et al., MICRO 2017), which
 * no core voltage changes; the rest is spent on the way through the chip and goes with its square. One clock
 * cannot tell the two apart, other clocks and other devices can. The rest are orders of magnitude.
 */
const powerPrior: PowerCoefficients = {
  jPerMatrixFlop: 1.5e-12,
  jPerMatrixByte: 31e-12,
  jPerOtherByte: 31e-12,
  jPerChipByte: 69e-12,
  jPerElement: 5e-12,
  jPerSmClock: 0.3e-9,
  awakeW: 5,
};

const spread: PowerCoefficients = {
  jPerMatrixFlop: 0.8e-12,
  jPerMatrixByte: 60e-12,
  jPerOtherByte: 60e-12,
  jPerChipByte: 20e-12,
  jPerElement: 10e-12,
  jPerSmClock: 0.3e-9,
  awakeW: 8,
};

/** Options of {@linkcode fitPower}. */
export interface FitPowerOptions {
  /** What the ridge pulls to. Default: {@linkcode powerPrior}. */
  readonly prior?: PowerCoefficients;
  /** Weight of the pull against the rows; 1 is as much as all rows together. Default: 0.02. */
  readonly ridge?: number;
}

/**
 * Energy coefficients by non-negative least squares of power above idle, errors relative, with a
 * ridge to the prior, since one clock cannot tell all terms apart. Measured times are used.
 *
 * @param rows Runs of one device; none at a power cap.
 * @param time Latency coefficients, for the share of the time that the device is busy.
 * @param options Prior and its weight.
 * @return The coefficients.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { fitPower, gemmKernel, shippedCoefficients, targetOf } from "@joulebook/joulebook/prediction";
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
 * const power = fitPower(rows, shippedCoefficients().time);
 * assert.ok(power.jPerMatrixFlop >= 0 && power.awakeW >= 0);
 * ```
 */
export function fitPower(
  rows: readonly PowerRow[],
  time: TimeCoefficients,
  { prior = powerPrior, ridge = 0.02 }: FitPowerOptions = {},
): PowerCoefficients {
  const terms = rows.map(({ kernels, target, coreMhz, timeS }) => {
    const { deviceS } = networkTime(kernels, target, coreMhz, time);
    return powerTerms(kernels, target, coreMhz, { timeS, deviceS: Math.min(deviceS, timeS) });
  });
  const above = rows.map(({ powerW, target, coreMhz }) => powerW - target.idleW(coreMhz));
  const pull = ridge * Math.sqrt(rows.length);
  const x = fitNonNegative(terms, above, {
    weights: rows.map(({ powerW }) => 1 / powerW),
    prior: powerTermNames.map((name) => prior[name]),
    ridge: powerTermNames.map((name) => pull / spread[name]),
  });
  return Object.fromEntries(
    powerTermNames.map((name, i) => [name, x[i]!]),
  ) as unknown as PowerCoefficients;
}
