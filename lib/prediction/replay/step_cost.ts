/** Time and power of a step that generates and reads prompts at once. */

import { InputError } from "../../errors.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { WeightPrecision } from "../../models/weight_bytes.ts";
import { type PredictorCoefficients, shippedCoefficients } from "../coefficients.ts";
import { modelLoad } from "../model_load.ts";
import { powerBridge } from "../power_bridge.ts";
import { predictModel } from "../predict_model.ts";
import { residentBytes } from "../resident_bytes.ts";
import { predictServing } from "../serving/fit.ts";
import type { ServingLoad, ServingPrecision } from "../serving/load.ts";
import { targetOf } from "../target.ts";
import { type LengthTables, lengthTables } from "./length_tables.ts";

/** The work of one step, summed over its sequences; the engine writes it anew for every step. */
export interface StepWork {
  /** Sequences that generate a token. */
  decoding: number;
  /** Sequences of which a part of the prompt is read. */
  prompts: number;
  /** Prompt tokens read. */
  promptTokens: number;
  /** Operations of generated tokens. */
  decodeFlops: number;
  /** Operations of prompt tokens. */
  prefillFlops: number;
  /** Bytes of cache and state read and written. */
  cacheBytes: number;
}

/** A server as the engine sees it. */
export interface ServerCost {
  /** Work of a sequence by its length. */
  readonly tables: LengthTables;
  /** Power of all devices of the server between steps, W. */
  readonly idleW: number;
  /** Bytes of cache that fit beside the weights, over all devices of the server. */
  readonly capacityBytes: number;
  /** What the predictor warns of. */
  readonly warnings: readonly string[];
  /** Time of a step, s, and power of all devices meanwhile, W. */
  step(work: StepWork): { readonly timeS: number; readonly powerW: number };
}

/** Options of {@linkcode serverCost}. */
export interface ServerCostOptions {
  /** Longest sequence. */
  readonly maxLength: number;
  /** Devices that share every layer. */
  readonly tensorParallel: number;
  /** Share of the memory for weights and cache. */
  readonly memoryShare: number;
  /** How weights are stored. Default: as published. */
  readonly precision?: WeightPrecision;
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/**
 * Prepares the predictor for a server: all that does not change from step to step is worked out once.
 * A step of generation alone, or of whole prompts alone, costs what {@linkcode predictModel} says.
 *
 * @param model The model.
 * @param hardware The device.
 * @param options Longest sequence, parallelism, memory, precision.
 * @return The server.
 * @throws InputError (`refused`) when the memory is unknown or the weights do not fit.
 */
export function serverCost(
  model: Architecture,
  hardware: Hardware,
  options: ServerCostOptions,
): ServerCost {
  const { maxLength, tensorParallel, precision } = options;
  const coefficients = options.coefficients ?? shippedCoefficients();
  const stored = precision !== undefined && { precision };
  const { warnings } = predictModel(model, hardware, {
    inputTokens: 1,
    outputTokens: 1,
    tensorParallel,
    coefficients,
    ...stored,
  });
  const capacityBytes = cacheCapacity(model, hardware, options);
  const target = targetOf(hardware);
  const linkBytesPerS = hardware.link?.bytesPerS ?? hardware.pcie?.bytesPerS ?? 16e9;
  const bridge = coefficients.servingHardware.includes(hardware.id)
    ? undefined
    : powerBridge(coefficients.servingHardware[0]!, hardware, coefficients);
  const loadOf = (batch: number) =>
    modelLoad(model, { phase: "decode", batch, length: 1, tensorParallel, ...stored });
  const base = loadOf(1);
  // Which precision rules is decided by the bytes read, so that with experts it depends on the tokens.
  const precisions: ServingPrecision[] = [];
  const precisionAt = (tokens: number): ServingPrecision =>
    base.experts === 0 ? base.precision : precisions[tokens] ??= loadOf(tokens).precision;
  const load: { -readonly [K in keyof ServingLoad]: ServingLoad[K] } = { ...base };
  const row = { load: () => load, target, linkBytesPerS };
  return {
    tables: lengthTables(model, maxLength, precision),
    idleW: tensorParallel * target.idleW(target.maxMhz),
    capacityBytes,
    warnings,
    step(work) {
      load.tokens = work.decoding + work.promptTokens;
      load.sequences = work.decoding + work.prompts;
      load.precision = precisionAt(load.tokens);
      load.decodeFlops = work.decodeFlops;
      load.prefillFlops = work.prefillFlops;
      load.cacheBytes = work.cacheBytes;
      load.recurrentSequences = work.decoding * base.recurrentSequences;
      const { timeS, powerW } = predictServing(coefficients.serving, row, bridge);
      return { timeS, powerW: tensorParallel * Math.min(target.tdpW, powerW) };
    },
  };
}

function cacheCapacity(
  model: Architecture,
  hardware: Hardware,
  { tensorParallel, memoryShare, precision }: ServerCostOptions,
): number {
  if (hardware.memoryBytes === null) {
    throw new InputError({
      code: "refused",
      problem: `the memory of ${hardware.id} is not known, so nobody can say how many requests fit`,
      advice: "describe the device in a hardware file with its memory",
    });
  }
  const usable = memoryShare * hardware.memoryBytes * tensorParallel;
  const bytes = residentBytes(model, precision);
  if (bytes < usable) return usable - bytes;
  throw new InputError({
    code: "refused",
    problem: `the weights of ${model.id} do not fit into ${tensorParallel} x ${hardware.id}`,
    expected: `less than ${(usable / 1e9).toFixed(1)} GB`,
    found: `${(bytes / 1e9).toFixed(1)} GB`,
    advice: "share the layers among more devices or store the weights in fewer bits",
  });
}
