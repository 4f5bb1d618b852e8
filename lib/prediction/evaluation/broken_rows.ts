/** The roofline rule: a run faster than its device can be has failed, whatever its log says. */

import { bytesOf, type Kernel } from "../kernel.ts";
import type { Target } from "../target.ts";

/**
 * The least time that a network can take on a device: for each kernel the larger of its arithmetic
 * at peak rate and its bytes at peak bandwidth (Williams, Waterman, Patterson, CACM 52(4), 2009).
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz; peaks fall with it.
 * @return Seconds.
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

/**
 * Matrix products alone, which no cache can shorten: the bound by which rows are judged broken, as
 * small passes may stay in the cache.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @return Seconds.
 */
export function arithmeticBound(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
): number {
  let flops = 0;
  for (const { count, flops: each, tensor, precision } of kernels) {
    if (tensor && bytesOf(precision) === 2) flops += count * each;
  }
  return flops / (target.tensorFlops.bf16 * coreMhz / target.peakMhz);
}
