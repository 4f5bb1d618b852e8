/** Time of a whole network: the device's kernels against the host that launches them. */

import type { Kernel } from "./kernel.ts";
import { kernelTime, type TimeCoefficients } from "./kernel_time.ts";
import type { Target } from "./target.ts";

/** Time of a network, and what it is made of. */
export interface NetworkTime {
  /** Time from first launch to last result, s. */
  readonly timeS: number;
  /** Time for which the device works, s. */
  readonly deviceS: number;
  /** Time the host needs to launch everything, s. */
  readonly hostS: number;
}

/** Options of {@linkcode networkTime}. */
export interface NetworkTimeOptions {
  /** Time the host needs for one launch, s, where it is known. Default: the fitted cost by class. */
  readonly hostLaunchS?: number;
}

/**
 * Time of a network on a device: `t = (t_device^8 + t_host^8)^(1/8)`, since host and device run in
 * parallel and the slower one counts.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @param coefficients Latency coefficients.
 * @param options Known launch cost.
 * @return The times.
 */
export function networkTime(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
  coefficients: TimeCoefficients,
  { hostLaunchS }: NetworkTimeOptions = {},
): NetworkTime {
  let deviceS = 0, hostS = 0;
  for (const kernel of kernels) {
    deviceS += kernel.count * kernelTime(kernel, target, coreMhz, coefficients);
    hostS += kernel.count *
      (hostLaunchS ??
        (kernel.op === "gemm" || kernel.op === "conv"
          ? coefficients.hostGemmS
          : coefficients.hostOtherS));
  }
  const larger = Math.max(deviceS, hostS), ratio = Math.min(deviceS, hostS) / larger;
  return { timeS: larger * (1 + ratio ** 8) ** (1 / 8), deviceS, hostS };
}
