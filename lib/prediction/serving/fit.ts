/** Fits the step and power models of serving to measured rows. */

import { fitResiduals } from "../fit/levenberg.ts";
import { fitRidge } from "../fit/ridge.ts";
import { solveOperatingPoint } from "../operating_point.ts";
import type { Target } from "../target.ts";
import type { ServingLoad } from "./load.ts";
import { explainedPower, type PoweredTarget, servingPower, servingPowerTerms } from "./power.ts";
import { type StepCoefficients, type StepForm, stepTime } from "./step.ts";

/** A measured steady state of a serving engine. */
export interface ServingRow {
  /** What one step does; lengths that are not published are filled in by the fit. */
  readonly load: (lengths: PromptLengths) => ServingLoad;
  /** The device. */
  readonly target: Target;
  /** Bandwidth of its link in one direction, bytes a second. */
  readonly linkBytesPerS: number;
  /** Measured time of a step, s. */
  readonly timeS: number;
  /** Measured power of one device, W. */
  readonly powerW: number;
}

/** Prompt tokens by task, which the leaderboard does not publish. */
export type PromptLengths = Readonly<Record<string, number>>;

/** One fitted form of the model. */
export interface ServingFit {
  /** What it takes for unknown. */
  readonly form: StepForm;
  /** Step coefficients. */
  readonly step: StepCoefficients;
  /** Prompt tokens by task. */
  readonly promptTokens: PromptLengths;
  /** Coefficients of the power terms. */
  readonly power: readonly number[];
}

// Prior medians and standard deviations of the logarithms: what vLLM on a recent GPU is known to
// reach. They are wide; the data decides.
const priors: readonly (readonly [keyof StepCoefficients, number, number])[] = [
  ["weightEfficiency", 0.75, 0.2],
  ["cacheEfficiency", 0.6, 0.4],
  ["decodeEfficiency", 0.6, 0.3],
  ["layerS", 45e-6, 0.5],
  ["expertLayerS", 100e-6, 0.7],
  ["stepS", 2e-3, 1],
  ["sequenceS", 40e-6, 1],
  ["exchangeS", 2.5e-6, 0.7],
  ["linkEfficiency", 0.4, 0.5],
  ["prefillEfficiency", 0.5, 0.5],
  ["imbalance", 1.05, 0.1],
  ["quantisedLayerS", 20e-6, 0.7],
  ["logitBytes", 335, 1],
  ["fp8Efficiency", 0.8, 0.2],
  ["blockEfficiency", 0.8, 0.7],
  ["fp4Efficiency", 0.8, 0.3],
  ["recurrentS", 30e-6, 1],
];

const promptPriors: Readonly<Record<string, number>> = {
  "lm-arena-chat": 150,
  "gpqa": 200,
  "image-chat": 1200,
  "video-chat": 5000,
  "sourcegraph-fim": 400,
};

/** Both forms; their geometric mean is the prediction. */
export const stepForms: readonly StepForm[] = ["mean", "chance"];

/**
 * Fits one form: step times by robust least squares of log ratios, then power by ridge regression of
 * the share of the span between idle and TDP, weighted towards relative errors.
 *
 * @param rows Measured rows; those at the power cap tell the span's end and stay in.
 * @param form Which of the two forms.
 * @return The fit.
 */
export function fitServing(rows: readonly ServingRow[], form: StepForm): ServingFit {
  const tasks = Object.keys(promptPriors);
  const medians = [...priors.map((p) => p[1]), ...tasks.map((t) => promptPriors[t]!)];
  const widths = [...priors.map((p) => p[2]), ...tasks.map(() => 1)];
  const read = (p: ArrayLike<number>) => ({
    step: Object.fromEntries(
      priors.map(([name], i) => [name, Math.exp(p[i]!)]),
    ) as unknown as StepCoefficients,
    promptTokens: Object.fromEntries(
      tasks.map((task, i) => [task, Math.exp(p[priors.length + i]!)]),
    ),
  });
  const { parameters } = fitResiduals(
    (p) => {
      const { step, promptTokens } = read(p);
      return Float64Array.from(rows, (row) => {
        const load = row.load(promptTokens);
        const t = stepTime(load, row.target, row.linkBytesPerS, step, form);
        return Math.log(t.timeS / row.timeS);
      });
    },
    medians.map(Math.log),
    { huber: 0.15, priorWeight: widths.map((w) => 0.3 / w) },
  );
  const { step, promptTokens } = read(parameters);
  const terms = rows.map((row) => {
    const load = row.load(promptTokens);
    const t = stepTime(load, row.target, row.linkBytesPerS, step, form);
    return servingPowerTerms(load, row.target, row.timeS, t);
  });
  const shares = rows.map(({ target, powerW }) => {
    const idleW = target.idleW(target.maxMhz);
    return (powerW - idleW) / (target.tdpW - idleW);
  });
  const power = fitRidge(terms, shares, {
    ridge: 0.01,
    weights: shares.map((s) => 1 / (s + 0.1)),
    unpenalised: 1,
  });
  return { form, step, promptTokens, power: [...power] };
}

/** Time of a step and power of a device by all forms together. */
export interface ServingPrediction {
  /** Time of the step, s. */
  readonly timeS: number;
  /** Power of one device, W. */
  readonly powerW: number;
}

/** Devices between which power is carried over. */
export interface PowerBridge {
  /** The device that was fitted, and the bandwidth of its link in one direction. */
  readonly from: PoweredTarget & { readonly linkBytesPerS: number };
  /** The device that is predicted. */
  readonly to: PoweredTarget;
}

/**
 * Predicts a step: geometric mean of the forms' times and mean of their powers, since averaging
 * forms predicts unseen architectures better than choosing one. On another device than the fitted one
 * power above idle is that of the fitted device in the ratio of what bytes, operations and clocks
 * explain on both, at most 97 % of TDP.
 *
 * @param fits Fits of all forms.
 * @param row The load by prompt lengths, and the device.
 * @param bridge Devices, when the power model was fitted on another one. Default: none.
 * @return Time and power.
 */
export function predictServing(
  fits: readonly ServingFit[],
  row: Pick<ServingRow, "load" | "target" | "linkBytesPerS">,
  bridge?: PowerBridge,
): ServingPrediction {
  let logS = 0, powerW = 0;
  for (const fit of fits) {
    const load = row.load(fit.promptTokens);
    const from = bridge?.from ?? row;
    const t = stepTime(load, from.target, from.linkBytesPerS, fit.step, fit.form);
    const watts = servingPower(
      servingPowerTerms(load, from.target, t.timeS, t),
      fit.power,
      from.target,
    );
    let point: ServingPrediction = { timeS: t.timeS, powerW: watts };
    if (bridge !== undefined) {
      const { target } = bridge.to;
      const scale = (watts - from.target.idleW(from.target.maxMhz)) /
        explainedPower(load, bridge.from, t.timeS, t.weightBytes);
      const at = (coreMhz: number): ServingPrediction => {
        const slowed = atClock(row.target, coreMhz);
        const own = stepTime(load, slowed, row.linkBytesPerS, fit.step, fit.form);
        const explainedW = explainedPower(load, bridge.to, own.timeS, own.weightBytes, coreMhz);
        return { timeS: own.timeS, powerW: target.idleW(coreMhz) + scale * explainedW };
      };
      point = solveOperatingPoint(at, { coreMhz: target.maxMhz, capW: 0.97 * target.tdpW });
      point = { timeS: point.timeS, powerW: Math.min(point.powerW, 0.97 * target.tdpW) };
    }
    logS += Math.log(point.timeS) / fits.length;
    powerW += point.powerW / fits.length;
  }
  return { timeS: Math.exp(logS), powerW };
}

/** A device whose matrix units run at a clock. */
function atClock(target: Target, coreMhz: number): Target {
  const bf16 = target.tensorFlops.bf16 * coreMhz / target.maxMhz;
  return { ...target, tensorFlops: { ...target.tensorFlops, bf16 } };
}
