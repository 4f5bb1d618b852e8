/** Time, power and energy of a language model's phases on a device. */

import { InputError } from "../errors.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { Architecture } from "../models/architecture.ts";
import type { WeightPrecision } from "../models/weight_bytes.ts";
import { type PredictorCoefficients, shippedCoefficients } from "./coefficients.ts";
import { modelLoad } from "./model_load.ts";
import { type Quantities, spread } from "./predict_network.ts";
import { powerBridge } from "./power_bridge.ts";
import { residentBytes } from "./resident_bytes.ts";
import { predictServing } from "./serving/fit.ts";
import { type Target, targetOf } from "./target.ts";

/** Factors from a few measurements of the same host and device. */
export interface ServingCalibration {
  /** Factor on time. */
  readonly time: number;
  /** Factor on power above idle. */
  readonly power: number;
}

/** Options of {@linkcode predictModel}. */
export interface PredictModelOptions {
  /** Requests that run together. Default: 1. */
  readonly batch?: number;
  /** Prompt tokens of each. */
  readonly inputTokens: number;
  /** Generated tokens of each. */
  readonly outputTokens: number;
  /** Devices that share every layer. Default: 1. */
  readonly tensorParallel?: number;
  /** How weights are stored. Default: as published. */
  readonly precision?: WeightPrecision;
  /** Factors for prompt pass and generation. Default: none. */
  readonly calibration?: {
    readonly prefill: ServingCalibration;
    readonly decode: ServingCalibration;
  };
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/** One phase with its 90 % interval. */
export interface PhasePrediction extends Quantities {
  /** Lower ends. */
  readonly low: Quantities;
  /** Upper ends. */
  readonly high: Quantities;
}

/** A prediction for a batch of equal requests. */
export interface ModelPrediction {
  /** The prompt pass of the batch; its time is the time to first token. Power over all devices. */
  readonly prefill: PhasePrediction;
  /** All steps of generation of the batch. */
  readonly decode: PhasePrediction;
  /** One request: its time from start to end, and its share of the batch's energy. */
  readonly request: PhasePrediction;
  /** Mean time of a step of generation (time per output token), s. */
  readonly stepS: number;
  /** Energy of an output token over both phases, J. */
  readonly jPerOutputToken: number;
  /** Bytes of weights and cache on each device at the end. */
  readonly bytesPerDevice: number;
  /** The part of them that is cache and state. */
  readonly cacheBytesPerDevice: number;
  /** Bytes of weights that a step reads on each device, with all experts at work. */
  readonly stepBytesPerDevice: number;
  /** What lies outside what was fitted, and facts that were assumed. */
  readonly warnings: readonly string[];
}

/**
 * Predicts prompt pass and generation of a batch of equal requests in a serving engine. Steps of
 * generation are taken at the first, middle and last length and summed by Simpson's rule, as the
 * cache grows. Energy is power x time.
 *
 * @param model The model.
 * @param hardware The device.
 * @param options Batch, lengths, parallelism, precision.
 * @return Phases with 90 % intervals, and warnings.
 * @throws InputError (`bad-option`) for sizes that are not positive whole numbers; (`refused`) for an
 * encoder or a device without published peaks.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { predictModel } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const p = predictModel(shippedModel("meta-llama/Llama-3.1-8B"), findHardware("h100-sxm-80"), {
 *   inputTokens: 512,
 *   outputTokens: 256,
 * });
 * assert.ok(p.stepS > 15e9 / 3350e9); // 15 GB of weights are read for every token
 * assert.ok(p.request.low.energyJ < p.request.energyJ && p.request.energyJ < p.request.high.energyJ);
 * ```
 */
export function predictModel(
  model: Architecture,
  hardware: Hardware,
  options: PredictModelOptions,
): ModelPrediction {
  const { batch = 1, inputTokens, outputTokens, tensorParallel = 1, precision } = options;
  for (
    const [name, value] of Object.entries({ batch, inputTokens, outputTokens, tensorParallel })
  ) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InputError({
        code: "bad-option",
        problem: `${name} cannot be used`,
        expected: "a whole number of at least 1",
        found: String(value),
      });
    }
  }
  checkSplit(model, tensorParallel);
  const coefficients = options.coefficients ?? shippedCoefficients();
  const target = targetOf(hardware);
  const known = coefficients.servingHardware.includes(hardware.id);
  // On the fitted device no fact but its published peaks and idle power is used.
  const warnings = known ? [] : target.assumed.map((text) => `${hardware.id}: assumed ${text}`);
  const linkBytesPerS = hardware.link?.bytesPerS ?? hardware.pcie?.bytesPerS ?? 16e9;
  if (tensorParallel > 1 && hardware.link === null) {
    warnings.push(`${hardware.id} has no known link: all-reduces go over PCIe`);
  }
  const bridge = known
    ? undefined
    : powerBridge(coefficients.servingHardware[0]!, hardware, coefficients);
  const step = (phase: "prefill" | "decode", length: number) => {
    const load = modelLoad(model, {
      phase,
      batch,
      length,
      tensorParallel,
      ...(precision !== undefined && { precision }),
    });
    const row = { load: () => load, target, linkBytesPerS };
    const p = predictServing(coefficients.serving, row, bridge);
    const factors = options.calibration?.[phase] ?? { time: 1, power: 1 };
    const idleW = target.idleW(target.maxMhz);
    return {
      load,
      timeS: p.timeS * factors.time,
      powerW: tensorParallel *
        Math.min(target.tdpW, idleW + (p.powerW - idleW) * factors.power),
    };
  };
  const prompt = step("prefill", inputTokens);
  const steps = [1, (outputTokens + 1) / 2, outputTokens].map((made) =>
    step("decode", inputTokens + Math.round(made))
  );
  const simpson = (of: (s: { timeS: number; powerW: number }) => number): number =>
    (of(steps[0]!) + 4 * of(steps[1]!) + of(steps[2]!)) / 6;
  const stepS = simpson((s) => s.timeS);
  const decodeS = outputTokens * stepS;
  const decodeJ = outputTokens * simpson((s) => s.timeS * s.powerW);

  const factors = coefficients.servingIntervals[known ? "fittedHardware" : "otherHardware"];
  if (!known) {
    warnings.push(
      `the serving model was fitted on ${coefficients.servingHardware.join(", ")} only; ` +
        `${hardware.id} is predicted from its specifications and the interval is wider`,
    );
  }
  const last = steps[2]!.load;
  const cacheBytesPerDevice = last.cacheBytes / tensorParallel;
  const bytesPerDevice = residentBytes(model, precision) / tensorParallel + cacheBytesPerDevice;
  if (hardware.memoryBytes !== null && bytesPerDevice > hardware.memoryBytes) {
    warnings.push(
      `weights and cache need ${(bytesPerDevice / 1e9).toFixed(1)} GB on each device, which has ` +
        `${(hardware.memoryBytes / 1e9).toFixed(1)} GB: this cannot run`,
    );
  }
  if (model.maxPositions !== null && inputTokens + outputTokens > model.maxPositions) {
    warnings.push(
      `${
        inputTokens + outputTokens
      } tokens are more than the ${model.maxPositions} positions that ` +
        `${model.id} is made for`,
    );
  }
  const phase = (timeS: number, energyJ: number, powerW = energyJ / timeS): PhasePrediction => {
    const q = { timeS, powerW, energyJ };
    return { ...q, ...spread(q, factors) };
  };
  const prefillJ = prompt.timeS * prompt.powerW;
  const timeS = prompt.timeS + decodeS;
  return {
    prefill: phase(prompt.timeS, prefillJ),
    decode: phase(decodeS, decodeJ),
    request: phase(timeS, (prefillJ + decodeJ) / batch, (prefillJ + decodeJ) / timeS),
    stepS,
    jPerOutputToken: (prefillJ + decodeJ) / (batch * outputTokens),
    bytesPerDevice,
    cacheBytesPerDevice,
    stepBytesPerDevice: (last.denseBytes + last.expertBytes) / tensorParallel,
    warnings,
  };
}

/**
 * Factors from measured requests: geometric mean ratios of measured to predicted time and power above
 * idle for each phase.
 *
 * @param runs Measured phases beside their predictions without calibration.
 * @param target The device.
 * @return The factors.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { calibrateServing, targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const predicted = { timeS: 0.02, powerW: 400, energyJ: 8 };
 * const measured = { timeS: 0.03, powerW: 400 };
 * const { time } = calibrateServing([{ measured, predicted }], targetOf(findHardware("h100-sxm-80")));
 * assert.ok(Math.abs(time - 1.5) < 1e-12);
 * ```
 */
export function calibrateServing(
  runs: readonly {
    readonly measured: Omit<Quantities, "energyJ">;
    readonly predicted: Quantities;
  }[],
  target: Target,
): ServingCalibration {
  const mean = (of: (run: (typeof runs)[number]) => number): number =>
    Math.exp(runs.reduce((sum, run) => sum + Math.log(of(run)), 0) / Math.max(1, runs.length));
  const idleW = target.idleW(target.maxMhz);
  const above = (w: number) => Math.max(0.01 * target.tdpW, w - idleW);
  return {
    time: mean(({ measured, predicted }) => measured.timeS / predicted.timeS),
    power: mean(({ measured, predicted }) => above(measured.powerW) / above(predicted.powerW)),
  };
}

/** Serving engines refuse to cut the query heads of an attention into unequal parts. */
function checkSplit(model: Architecture, devices: number): void {
  for (const { mixer } of model.layers) {
    const heads = mixer?.kind === "attention" || mixer?.kind === "latent" ? mixer.heads : devices;
    if (heads % devices === 0) continue;
    throw new InputError({
      code: "refused",
      problem: `${model.id} cannot be split over ${devices} devices`,
      expected: `a divisor of its ${heads} attention heads`,
      found: String(devices),
    });
  }
}
