/** Errors on single kernels, by coefficients that were fitted to something else. */

import { InputError } from "../../errors.ts";
import { findHardware } from "../../hardware/find.ts";
import { type PredictorCoefficients, shippedCoefficients } from "../coefficients.ts";
import type { KernelOp } from "../kernel.ts";
import { predictKernels } from "../predict_kernels.ts";
import { transferPower } from "../power_transfer.ts";
import { targetOf } from "../target.ts";
import { accuracy } from "./accuracy.ts";
import { rooflineTime } from "./broken_rows.ts";
import type { MeasuredKernel } from "./kernel_rows.ts";
import type { SplitReport } from "./split_report.ts";

/** Options of {@linkcode evaluateKernels}. */
export interface EvaluateKernelsOptions {
  /** Name of the data in the report. */
  readonly data: string;
  /**
   * The device whose measured coefficients are carried over to every other one by specifications.
   * Default: `a100-pcie-40`, fitted to whole networks.
   */
  readonly from?: string;
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

const names: Readonly<Partial<Record<KernelOp, string>>> = {
  gemm: "matrix products",
  norm: "normalisation",
};

/**
 * Predicts kernels one by one, without a host, and compares with the roofline at TDP. Coefficients
 * come from one device; when that is not the kernels' own, nothing measured on theirs is used.
 *
 * @param kernels Measured kernels.
 * @param options Where the coefficients come from.
 * @return One entry a device, class and method; power and energy only where power was measured.
 * @throws InputError (`bad-option`) when there are no coefficients of `from`.
 *
 * @example
 * ```ts
 * import { evaluateKernels, loadGemms } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const row = { gemm_dtype: "bfloat16", m: 4096, n: 4096, k: 4096, latency: 0.2, power: 600 };
 * const { kernels } = loadGemms([row], "h200-sxm-141");
 * const [ours, roofline] = evaluateKernels(kernels, { data: "made up" });
 * assert.equal(ours?.split, "matrix products; h200-sxm-141 from a100-pcie-40");
 * assert.ok(ours!.latency.mape < roofline!.latency.mape);
 * ```
 */
export function evaluateKernels(
  kernels: readonly MeasuredKernel[],
  { data, from = "a100-pcie-40", coefficients = shippedCoefficients() }: EvaluateKernelsOptions,
): SplitReport[] {
  const source = findHardware(from);
  const time = coefficients.timeByDevice[from] ??
    coefficients.timeByArchitecture[targetOf(source).architecture] ?? coefficients.time;
  const carried = coefficients.power[from];
  if (carried === undefined) {
    throw new InputError({
      code: "bad-option",
      problem: `no energy coefficients of ${from}`,
      expected: Object.keys(coefficients.power).join(", "),
    });
  }
  const groups = Map.groupBy(kernels, ({ target, kernel }) => `${target.id} ${kernel.op}`);
  return [...groups.values()].flatMap((group) => {
    const { target, kernel: { op } } = group[0]!;
    const power = target.id === from
      ? carried
      : transferPower(source, carried, findHardware(target.id));
    const split = `${names[op] ?? op}; ${target.id} from ${from}`;
    const methods = [
      [
        "joulebook",
        (k: MeasuredKernel) => predictKernels([k.kernel], target, time, power, { hostLaunchS: 0 }),
      ],
      ["roofline", (k: MeasuredKernel) => {
        const timeS = rooflineTime([k.kernel], target, target.maxMhz);
        return { timeS, powerW: target.tdpW, energyJ: timeS * target.tdpW };
      }],
    ] as const;
    return methods.map(([method, predict]): SplitReport => {
      const scored = group.map((measured) => ({ measured, predicted: predict(measured) }));
      const powered = scored.filter(({ measured }) => !Number.isNaN(measured.powerW));
      return {
        data,
        split,
        method,
        latency: accuracy(scored.map(({ measured, predicted }) => ({
          predicted: predicted.timeS,
          measured: measured.timeS,
        }))),
        power: accuracy(powered.map(({ measured, predicted }) => ({
          predicted: predicted.powerW,
          measured: measured.powerW,
        }))),
        energy: accuracy(powered.map(({ measured, predicted }) => ({
          predicted: predicted.energyJ,
          measured: measured.timeS * measured.powerW,
        }))),
      };
    });
  });
}
