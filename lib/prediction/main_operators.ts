/** Which classes of operators a network's time depends on. */

import { rooflineTime } from "./evaluation/broken_rows.ts";
import type { Kernel } from "./kernel.ts";
import type { Target } from "./target.ts";

// A class with less of the time cannot move a prediction by more than the fit's own errors.
const leastShare = 0.05;

/**
 * Classes of operators with at least 5 % of a network's roofline time. A vision transformer's one
 * patch convolution is no experience with convolutions, and no reason to widen its interval.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @return The classes.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { elementwiseKernel, gemmKernel, mainOperators, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const classes = mainOperators(
 *   [gemmKernel({ m: 8192, n: 8192, k: 8192 }), elementwiseKernel({ elements: 4096, bytesPerElement: 4 })],
 *   targetOf(findHardware("a10")),
 *   900,
 * );
 * assert.deepEqual(classes, ["gemm"]);
 * ```
 */
export function mainOperators(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
): Kernel["op"][] {
  const allS = rooflineTime(kernels, target, coreMhz);
  return [...Map.groupBy(kernels, ({ op }) => op)]
    .filter(([, group]) => rooflineTime(group, target, coreMhz) >= leastShare * allS)
    .map(([op]) => op);
}
