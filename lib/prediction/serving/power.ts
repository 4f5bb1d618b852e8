/** Power of a device while it serves. */

import type { PowerCoefficients } from "../power_terms.ts";
import type { Target } from "../target.ts";
import type { ServingLoad } from "./load.ts";
import type { StepTime } from "./step.ts";

/**
 * What moves power between idle and TDP, each a number of order one: awake; bandwidth shares of
 * weights and cache; share of the time in which memory or matrix units are the limit, rather than
 * launches, links or sampling; root of the share of the arithmetic peak, since power saturates before
 * it; log of sequences a device over 10; prompts prepared on the host; bandwidth share of quantised
 * weights, which are widened before use; that of weights with a scale a block, which are also
 * rescaled.
 *
 * @param load The step's work.
 * @param target The device.
 * @param timeS Time of the step, s.
 * @param step Time of the memory and matrix units, and bytes of weights read over all devices.
 * @return The terms.
 */
export function servingPowerTerms(
  load: ServingLoad,
  target: Target,
  timeS: number,
  { deviceS, weightBytes }: Pick<StepTime, "deviceS" | "weightBytes">,
): Float64Array {
  const seconds = load.devices * timeS;
  const weights = weightBytes / (seconds * target.memoryBytesPerS);
  const flops = load.decodeFlops + load.prefillFlops;
  return Float64Array.of(
    1,
    weights,
    load.cacheBytes / (seconds * target.memoryBytesPerS),
    deviceS / timeS,
    Math.sqrt(flops / (seconds * target.tensorFlops.bf16)),
    Math.log(load.sequences / load.devices) / 10,
    load.multimodal ? 1 : 0,
    load.precision === "bf16" ? 0 : weights,
    load.precision === "fp8-block" ? weights : 0,
  );
}

/**
 * Power of one device: idle plus a share of the span from idle to TDP, between 5 and 97 % of it.
 *
 * @param terms Terms of {@linkcode servingPowerTerms}.
 * @param coefficients One a term.
 * @param target The device.
 * @return Watts.
 */
export function servingPower(
  terms: ArrayLike<number>,
  coefficients: ArrayLike<number>,
  target: Target,
): number {
  let share = 0;
  for (let i = 0; i < coefficients.length; i++) share += coefficients[i]! * terms[i]!;
  const idleW = target.idleW(target.maxMhz);
  return idleW + (target.tdpW - idleW) * Math.max(0.05, Math.min(0.97, share));
}

/** A device with its energy coefficients. */
export interface PoweredTarget {
  /** The device. */
  readonly target: Target;
  /** Energy coefficients of its matrix products. */
  readonly power: PowerCoefficients;
}

/**
 * Power above idle that bytes, operations and clocks explain: less than what a serving device takes,
 * since its many small kernels are not in it, but with the right ratio between devices.
 *
 * @param load The step's work.
 * @param device The device.
 * @param timeS Time of the step, s.
 * @param weightBytes Bytes of weights read over all devices.
 * @param coreMhz Core clock, MHz. Default: the highest.
 * @return Watts of one device.
 */
export function explainedPower(
  load: ServingLoad,
  { target, power }: PoweredTarget,
  timeS: number,
  weightBytes: number,
  coreMhz: number = target.maxMhz,
): number {
  const seconds = load.devices * timeS;
  const v2 = target.voltage(coreMhz) ** 2;
  const bytes = (weightBytes + load.cacheBytes) / seconds;
  const flops = (load.decodeFlops + load.prefillFlops) / seconds;
  return v2 * power.jPerMatrixFlop * flops +
    (power.jPerMatrixByte + v2 * power.jPerChipByte) * bytes +
    v2 * power.jPerSmClock * target.smCount * coreMhz * 1e6 + power.awakeW;
}
