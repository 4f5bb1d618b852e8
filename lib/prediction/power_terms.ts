/** Power of a network as a sum of physical terms. */

import type { Kernel } from "./kernel.ts";
import type { NetworkTime } from "./network_time.ts";
import type { Target } from "./target.ts";

/** Energy coefficients of a device. */
export interface PowerCoefficients {
  /** Energy of a matrix operation at one volt, J. */
  readonly jPerMatrixFlop: number;
  /** Energy of a byte moved by a matrix product, J. */
  readonly jPerMatrixByte: number;
  /** Energy of a byte moved by any other kernel, J. */
  readonly jPerOtherByte: number;
  /** Energy of any byte on its way through the chip at one volt, J. */
  readonly jPerChipByte: number;
  /** Energy of an element outside the matrix units at one volt, J. */
  readonly jPerElement: number;
  /** Energy of a clock of one busy SM at one volt, J. */
  readonly jPerSmClock: number;
  /** Power of a device that is awake over one that idles, W. */
  readonly awakeW: number;
}

/** Names of the terms in the order of {@linkcode powerTerms}. */
export const powerTermNames: readonly (keyof PowerCoefficients)[] = [
  "jPerMatrixFlop",
  "jPerMatrixByte",
  "jPerOtherByte",
  "jPerChipByte",
  "jPerElement",
  "jPerSmClock",
  "awakeW",
];

/**
 * What each coefficient is multiplied with to give watts above idle: work over time, dynamic work on
 * the chip scaled with the square of the supply voltage (P = C V^2 f), memory outside it not.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @param time Time of the network at that clock.
 * @return One factor a coefficient, in the order of {@linkcode powerTermNames}.
 */
export function powerTerms(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
  time: Pick<NetworkTime, "timeS" | "deviceS">,
): Float64Array {
  let matrixFlops = 0, matrixBytes = 0, otherBytes = 0, elements = 0;
  for (const { op, count, flops, bytes, elements: each, tensor } of kernels) {
    if (tensor) {
      matrixFlops += count * flops;
      matrixBytes += count * bytes;
    } else otherBytes += count * bytes;
    elements += count * (op === "attention" ? each : tensor ? 0 : Math.max(each, flops / 4));
  }
  const v2 = target.voltage(coreMhz) ** 2;
  const busy = Math.min(1, time.deviceS / time.timeS);
  return Float64Array.of(
    v2 * matrixFlops / time.timeS,
    matrixBytes / time.timeS,
    otherBytes / time.timeS,
    v2 * (matrixBytes + otherBytes) / time.timeS,
    v2 * elements / time.timeS,
    v2 * busy * target.smCount * coreMhz * 1e6,
    1,
  );
}

/**
 * Power above idle and idle power together.
 *
 * @param terms Factors of {@linkcode powerTerms}.
 * @param coefficients Energy coefficients.
 * @param idleW Idle power at the clock, W.
 * @return Watts, not limited by any cap.
 */
export function sumPower(
  terms: ArrayLike<number>,
  coefficients: PowerCoefficients,
  idleW: number,
): number {
  let powerW = idleW;
  powerTermNames.forEach((name, i) => powerW += coefficients[name] * terms[i]!);
  return powerW;
}
