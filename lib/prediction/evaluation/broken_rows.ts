/** The roofline rule: a run faster than its device can be has failed, whatever its log says. */

import type { Kernel } from "../kernel.ts";
import type { Target } from "../target.ts";

/**
 * The least time that a network can take on a device: for each kernel the larger of its arithmetic
 * at peak rate and its bytes at peak bandwidth (Williams, Waterman, Patterson, CACM 52(4), 2009).
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz; peaks fall with it.
 * @return Seconds.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { gemmKernel, rooflineTime, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const target = targetOf(findHardware("a100-pcie-40"));
 * const kernel = gemmKernel({ m: 8192, n: 8192, k: 8192 });
 * assert.ok(Math.abs(rooflineTime([kernel], target, 1410) - kernel.flops / 312e12) < 1e-12);
 * ```
 */
export function rooflineTime(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
): number {
  const clock = coreMhz / target.peakMhz;
  let timeS = 0;
  for (const kernel of kernels) {
    const peak = clock *
      (kernel.tensor ? target.tensorFlops[kernel.precision] : target.vectorFlops);
    timeS += kernel.count *
      Math.max(kernel.flops / peak, kernel.bytes / target.memoryBytesPerS);
  }
  return timeS;
}
