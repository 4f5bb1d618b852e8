/** Held-out tests on EnergAIzer's rows: families, devices, both, and other clocks. */

import { findHardware } from "../../hardware/find.ts";
import { fitPower } from "../fit/fit_power.ts";
import { fitTime } from "../fit/fit_time.ts";
import { calibrate, type KernelPrediction, predictKernels } from "../predict_kernels.ts";
import { transferPower } from "../power_transfer.ts";
import { type Target, targetOf } from "../target.ts";
import { rooflineTime } from "./broken_rows.ts";
import { loadEnergaizerRows, type MeasuredRun } from "./energaizer_rows.ts";

/** A measured run with its device. */
export interface EnergaizerCase extends MeasuredRun {
  /** The device. */
  readonly target: Target;
}

/** A measured run beside a prediction that never saw it. */
export interface ScoredRun {
  /** The run. */
  readonly run: EnergaizerCase;
  /** The prediction. */
  readonly predicted: KernelPrediction;
}

/** The rows that take part, and those that do not. */
export interface EnergaizerCases {
  /** Rows that take part. */
  readonly runs: EnergaizerCase[];
  /** Rows left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

/** Options of {@linkcode energaizerCases}. */
export interface EnergaizerCasesOptions {
  /** Whether to repair the kernel lists; the roofline rule always uses them as published. Default: true. */
  readonly repair?: boolean;
}

/**
 * Reads the rows, drops those that beat the roofline of their published kernel list, and looks their
 * devices up.
 *
 * @param csv Text of `energaizer_measured.csv`.
 * @param workloads Kernel lists by file name.
 * @param options Whether to repair the lists.
 * @return Rows and counts.
 *
 * @example
 * ```ts
 * import { energaizerCases } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "set,gpu,model,config,precision,batch,seq,freq_set_mhz,energy_j_per_iter," +
 *   "time_ms_per_iter,avg_power_w,avg_freq_mhz\na10,A10,net,,bf16,1,16,900,0.1,1,100,900\n";
 * const list = '[[{"dim": 64, "op": "relu", "prec": "bf16"}, ["elementwise"]]]';
 * const { runs, left } = energaizerCases(csv, new Map([["net__pbf16_b1_s16_modeprefill.json", list]]));
 * assert.equal(runs[0]?.timeS, 0.001);
 * assert.equal(left["faster than the roofline"], 0);
 * ```
 */
export function energaizerCases(
  csv: string,
  workloads: ReadonlyMap<string, string>,
  { repair = true }: EnergaizerCasesOptions = {},
): EnergaizerCases {
  const targets = new Map<string, Target>();
  const targetFor = (id: string): Target => {
    const known = targets.get(id) ?? targetOf(findHardware(id));
    targets.set(id, known);
    return known;
  };
  const published = loadEnergaizerRows(csv, workloads, { repair: false });
  const used = repair ? loadEnergaizerRows(csv, workloads) : published;
  const runs: EnergaizerCase[] = [];
  let broken = 0;
  used.runs.forEach((run, i) => {
    const target = targetFor(run.hardware);
    const bound = rooflineTime(published.runs[i]!.kernels, target, run.coreMhz);
    if (bound > run.timeS) broken++;
    else runs.push({ ...run, target });
  });
  return {
    runs,
    left: {
      "faster than the roofline": broken,
      "no published kernel list": used.withoutKernels,
      "other precision than the kernel lists": used.otherPrecision,
    },
  };
}

/** A run whose clock fell below the set one was at its power cap. */
export function wasCapped(run: MeasuredRun): boolean {
  return run.ranMhz < run.coreMhz - 15;
}

/** Options of {@linkcode heldOutFamilies}. */
export interface HeldOutOptions {
  /** Whether each workload's run at 900 MHz is given for calibration. Default: false. */
  readonly oneMeasurement?: boolean;
}

/**
 * Every family predicted by a fit that never saw it on any device. The fits use runs at 900 MHz only,
 * none at the cap; runs at other clocks are only predicted.
 *
 * @param runs All runs.
 * @param options Whether one run at 900 MHz is given.
 * @return A prediction for each run; with `oneMeasurement` only for other clocks.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { gemmKernel, heldOutFamilies, targetOf } from "@joulebook/joulebook/prediction";
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
 * const scored = heldOutFamilies(runs);
 * assert.equal(scored.length, 3);
 * assert.ok(scored.every(({ run, predicted }) => Math.abs(predicted.timeS / run.timeS - 1) < 0.1));
 * ```
 */
export function heldOutFamilies(
  runs: readonly EnergaizerCase[],
  { oneMeasurement = false }: HeldOutOptions = {},
): ScoredRun[] {
  const base = runs.filter((run) => run.set !== "dvfs" && !wasCapped(run));
  const scored: ScoredRun[] = [];
  for (const family of new Set(runs.map((run) => run.family))) {
    const train = base.filter((run) => run.family !== family);
    const time = fitTime(train);
    for (const id of new Set(train.map((run) => run.hardware))) {
      const own = time.byDevice[id]!;
      const power = fitPower(train.filter((run) => run.hardware === id), own);
      for (const run of runs) {
        if (run.family !== family || run.hardware !== id) continue;
        const { coreMhz, kernels, target } = run;
        if (!oneMeasurement) {
          scored.push({ run, predicted: predictKernels(kernels, target, own, power, { coreMhz }) });
        } else if (run.set === "dvfs") {
          const given = base.filter((b) => b.hardware === id && b.workload === run.workload);
          const calibration = calibrate(given, target, own, power);
          scored.push({
            run,
            predicted: predictKernels(kernels, target, own, power, { coreMhz, calibration }),
          });
        }
      }
    }
  }
  return scored;
}

/** Options of {@linkcode unseenDevices}. */
export interface UnseenDeviceOptions {
  /** Whether the family of each run is kept out of the fit as well. Default: false. */
  readonly unseenFamily?: boolean;
}

/**
 * Every device predicted by a fit on the other ones, with energy coefficients carried over by
 * specifications.
 *
 * @param runs Runs at 900 MHz.
 * @param options Whether families are held out too.
 * @return A prediction for each run.
 */
export function unseenDevices(
  runs: readonly EnergaizerCase[],
  { unseenFamily = false }: UnseenDeviceOptions = {},
): ScoredRun[] {
  const scored: ScoredRun[] = [];
  const families = unseenFamily ? [...new Set(runs.map((run) => run.family))] : [null];
  for (const id of new Set(runs.map((run) => run.hardware))) {
    for (const family of families) {
      const train = runs.filter((run) =>
        run.hardware !== id && run.family !== family && !wasCapped(run)
      );
      const time = fitTime(train);
      const from = train[0]!.hardware;
      const own = train.filter((run) => run.hardware === from);
      const power = transferPower(
        findHardware(from),
        fitPower(own, time.byDevice[from]!),
        findHardware(id),
      );
      for (const run of runs) {
        if (run.hardware !== id || (family !== null && run.family !== family)) continue;
        const { coreMhz, kernels, target } = run;
        const predicted = predictKernels(kernels, target, time.shared, power, { coreMhz });
        scored.push({ run, predicted });
      }
    }
  }
  return scored;
}
