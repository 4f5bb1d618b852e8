/** Other predictors on EnergAIzer's rows, held out by family as ours is. */

import { type BaselineName, baselineNames, fitBaseline } from "../baselines/baselines.ts";
import { fitEnergaizer, predictEnergaizer } from "../energaizer/model.ts";
import { type EnergaizerCase, wasCapped } from "./energaizer_protocol.ts";
import type { Quantities } from "../predict_network.ts";

/** A method that is compared. */
export type ComparedMethod = BaselineName | "energaizer";

/** All methods in the order in which tables show them. */
export const comparedMethods: readonly ComparedMethod[] = ["energaizer", ...baselineNames];

/** A run beside another method's prediction. */
export interface ComparedRun {
  /** The run. */
  readonly run: EnergaizerCase;
  /** The prediction. */
  readonly predicted: Quantities;
}

/**
 * Predicts every run by a method fitted on the other families at 900 MHz: EnergAIzer for each device
 * apart, as published; the baselines on both devices together.
 *
 * @param method Which one.
 * @param runs All runs.
 * @return Predictions.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { compareHeldOut, gemmKernel, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const target = targetOf(findHardware("a10"));
 * const runs = ["a", "b", "c"].map((family, i) => ({
 *   set: "a10",
 *   hardware: "a10",
 *   family,
 *   workload: `${family} b1`,
 *   coreMhz: 900,
 *   timeS: 2.4e-3 * (i + 1),
 *   powerW: 120,
 *   energyJ: 0.288 * (i + 1),
 *   ranMhz: 900,
 *   kernels: [gemmKernel({ m: 4096, n: 4096, k: 4096, count: i + 1 })],
 *   target,
 * }));
 * const scored = compareHeldOut("roofline", runs);
 * assert.equal(scored.length, 3);
 * assert.ok(scored.every(({ run, predicted }) => predicted.timeS < run.timeS));
 * ```
 */
export function compareHeldOut(
  method: ComparedMethod,
  runs: readonly EnergaizerCase[],
): ComparedRun[] {
  const base = runs.filter((run) => run.set !== "dvfs" && !wasCapped(run));
  const scored: ComparedRun[] = [];
  for (const family of new Set(runs.map((run) => run.family))) {
    const train = base.filter((run) => run.family !== family);
    const held = runs.filter((run) => run.family === family);
    if (method === "energaizer") {
      for (const id of new Set(held.map((run) => run.hardware))) {
        const model = fitEnergaizer(train.filter((run) => run.hardware === id));
        for (const run of held) {
          if (run.hardware !== id) continue;
          const predicted = predictEnergaizer(model, run.kernels, run.target, run.coreMhz);
          scored.push({ run, predicted });
        }
      }
      continue;
    }
    const predict = fitBaseline(method, train);
    for (const run of held) {
      const { timeS, powerW } = predict(run);
      scored.push({ run, predicted: { timeS, powerW, energyJ: timeS * powerW } });
    }
  }
  return scored;
}
