/** EnergAIzer as published: corrected timelines and power from module activity. */

import type { PowerRow } from "../fit/fit_power.ts";
import { fitNonNegative } from "../fit/nnls.ts";
import type { Kernel } from "../kernel.ts";
import type { Target } from "../target.ts";
import { modules, phaseTerms, timeline } from "./timeline.ts";

/** A fitted EnergAIzer model of one device. */
export interface EnergaizerModel {
  /** Correction of each term, none negative. */
  readonly corrections: Readonly<Record<string, number>>;
  /** Watts at full activity of DRAM, L2, shared memory, arithmetic and other, then static watts. */
  readonly power: readonly number[];
}

/** A prediction of EnergAIzer. */
export interface EnergaizerPrediction {
  /** Seconds. */
  readonly timeS: number;
  /** Watts, clipped at the power cap. */
  readonly powerW: number;
  /** Joules. */
  readonly energyJ: number;
}

// Reference point of the published scaling with voltage and clock.
const referenceV = 1.4, referenceMhz = 1980, referenceBytesPerS = 3500e9;

/**
 * Fits EnergAIzer to networks. The artifact fits the corrections for every kernel shape to its
 * nearest microbenchmarks, which are not published; here one set of corrections for a class of
 * kernels is fitted to whole networks by the same non-negative least squares. As published there is no host
 * or launch gap, and a network is the sum of its kernels.
 *
 * @param rows Measured runs of one device.
 * @return The model.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { fitEnergaizer, gemmKernel, predictEnergaizer, targetOf } from "@joulebook/joulebook/prediction";
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
 * const model = fitEnergaizer(rows);
 * const { timeS } = predictEnergaizer(model, rows[3]!.kernels, target, 900);
 * assert.ok(Math.abs(timeS / rows[3]!.timeS - 1) < 0.05);
 * ```
 */
export function fitEnergaizer(rows: readonly PowerRow[]): EnergaizerModel {
  const x = rows.map((row) => termSeconds(row.kernels, row.target, row.coreMhz));
  const weights = rows.map((row) => 1 / row.timeS);
  const fitted = fitNonNegative(x, rows.map((row) => row.timeS), { weights });
  const corrections = Object.fromEntries(phaseTerms.map((term, i) => [term, fitted[i]!]));
  const activity = rows.map((row) =>
    activities(row.kernels, row.target, row.coreMhz, corrections).terms
  );
  const power = fitNonNegative(
    activity.map((terms) => [...terms, 1]),
    rows.map((row) => row.powerW - row.target.idleW(row.coreMhz)),
    { weights: rows.map((row) => 1 / row.powerW) },
  );
  return { corrections, power: [...power] };
}

/**
 * Predicts a network: `T = sum of corrected phases`, `P = P_idle(f) + p_dram a_dram BW/3500 + s sum p_m a_m` with
 * `s = (V/1400 mV)^2 (f/1980 MHz)`, clipped at the cap without slowing down.
 *
 * @param model The fitted model.
 * @param kernels Kernels with counts.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @return The prediction.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { fitEnergaizer, gemmKernel, predictEnergaizer, targetOf } from "@joulebook/joulebook/prediction";
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
 * const p = predictEnergaizer(fitEnergaizer(rows), rows[0]!.kernels, target, 900);
 * assert.ok(p.powerW <= target.tdpW); // clipped at the cap
 * assert.equal(p.energyJ, p.timeS * p.powerW);
 * ```
 */
export function predictEnergaizer(
  model: EnergaizerModel,
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
): EnergaizerPrediction {
  const { timeS, terms } = activities(kernels, target, coreMhz, model.corrections);
  let powerW = target.idleW(coreMhz);
  [...terms, 1].forEach((v, i) => powerW += v * model.power[i]!);
  powerW = Math.min(powerW, target.tdpW);
  return { timeS, powerW, energyJ: timeS * powerW };
}

function termSeconds(kernels: readonly Kernel[], target: Target, coreMhz: number): Float64Array {
  const sums = new Float64Array(phaseTerms.length);
  for (const kernel of kernels) {
    for (const phase of timeline(kernel, target, coreMhz)) {
      sums[phaseTerms.indexOf(phase.term)]! += kernel.count * phase.clocks / (coreMhz * 1e6);
    }
  }
  return sums;
}

// Activity of each module and of "other" (the constants' share of time), scaled for the clock.
function activities(
  kernels: readonly Kernel[],
  target: Target,
  coreMhz: number,
  corrections: Readonly<Record<string, number>>,
) {
  const busyS = new Float64Array(modules.length);
  let timeS = 0, otherS = 0;
  for (const kernel of kernels) {
    for (const { term, clocks, busy } of timeline(kernel, target, coreMhz)) {
      const factor = corrections[term]! * kernel.count / (coreMhz * 1e6);
      timeS += factor * clocks;
      if (term.endsWith("Launch")) otherS += factor * clocks;
      busy.forEach((b, i) => busyS[i]! += factor * b);
    }
  }
  const s = (target.voltage(coreMhz) / referenceV) ** 2 * coreMhz / referenceMhz;
  const bandwidth = target.memoryBytesPerS / referenceBytesPerS;
  const terms = [
    bandwidth * busyS[0]! / timeS,
    s * busyS[1]! / timeS,
    s * busyS[2]! / timeS,
    s * busyS[3]! / timeS,
    s * otherS / timeS,
  ];
  return { timeS, terms };
}
