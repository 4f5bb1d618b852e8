/** How busy each module of a device is, kernel by kernel and phase by phase. */

import type { Kernel } from "../kernel.ts";
import type { Target } from "../target.ts";
import type { EnergaizerModel } from "./model.ts";
import { modules, timeline } from "./timeline.ts";

/** Share of a time for which each module works. */
export interface ModuleActivity {
  /** Memory outside the chip. */
  readonly dram: number;
  /** Second-level cache. */
  readonly l2: number;
  /** Shared memory. */
  readonly smem: number;
  /** Arithmetic. */
  readonly math: number;
}

/** One phase of a kernel. */
export interface PhaseUtilisation {
  /** Which of the timeline's terms, such as matrixStart, matrixWork, matrixEnd or elementwise. */
  readonly term: string;
  /** Its part of the time of all launches, s. */
  readonly timeS: number;
  /** Activity in it. */
  readonly activity: ModuleActivity;
}

/** All launches of one kernel. */
export interface KernelUtilisation {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Time of all its launches, s. */
  readonly timeS: number;
  /** Activity over that time. */
  readonly activity: ModuleActivity;
  /** Its phases in order. */
  readonly phases: readonly PhaseUtilisation[];
}

/**
 * Module utilisation by EnergAIzer's timeline (arXiv:2604.20105): the clocks for which DRAM, L2, shared
 * memory and arithmetic work in each phase over the clocks of the phase. It is what the published
 * model multiplies with watts.
 *
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @param corrections Corrections of a fitted model. Default: 1 each, the analytic timeline, in which a
 * launch itself takes one clock.
 * @return One entry a kernel, in order.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { elementwiseKernel, gemmKernel, targetOf, utilisation } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const [product, add] = utilisation(
 *   [
 *     gemmKernel({ m: 8192, n: 8192, k: 8192 }),
 *     elementwiseKernel({ elements: 2 ** 26, bytesPerElement: 6 }),
 *   ],
 *   targetOf(findHardware("a100-pcie-40")),
 *   1410,
 * );
 * assert.ok(product!.activity.math > 0.7 && product!.activity.dram < 0.5);
 * assert.ok(add!.activity.dram > 0.9 && add!.activity.math < 0.1);
 * ```
 */
export function utilisation(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
  corrections: EnergaizerModel["corrections"] = {},
): KernelUtilisation[] {
  return kernels.map((kernel) => {
    const phases = timeline(kernel, target, coreMhz).map(({ term, clocks, busy }) => ({
      term,
      timeS: (corrections[term] ?? 1) * kernel.count * clocks / (coreMhz * 1e6),
      activity: activityOf(busy.map((b) => b / clocks)),
    }));
    const timeS = phases.reduce((sum, phase) => sum + phase.timeS, 0);
    const over = modules.map((module) =>
      phases.reduce((sum, phase) => sum + phase.timeS * phase.activity[module], 0) / timeS
    );
    return { kernel, timeS, activity: activityOf(over), phases };
  });
}

function activityOf(shares: readonly number[]): ModuleActivity {
  const [dram, l2, smem, math] = shares as [number, number, number, number];
  return { dram, l2, smem, math };
}
