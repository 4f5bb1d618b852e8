/** Settings of a replay. */

import { InputError } from "../../errors.ts";
import type { WeightPrecision } from "../../models/weight_bytes.ts";
import type { SchedulerOptions } from "../../requests/serving/engine.ts";
import type { PredictorCoefficients } from "../coefficients.ts";

/** Options of {@linkcode replay}. */
export interface ReplayOptions {
  /** Devices of a server, which share every layer. Default: 1. */
  readonly tensorParallel?: number;
  /** How weights are stored. Default: as published. */
  readonly precision?: WeightPrecision;
  /** Servers with the whole model. Default: 1. */
  readonly replicas?: number;
  /**
   * Which server takes a request: each in turn, or the one with the fewest requests that wait or run,
   * the first of equals. Default: `least-loaded`.
   */
  readonly routing?: "round-robin" | "least-loaded";
  /** Limits of a step. Default: 256 sequences and 2048 tokens. */
  readonly scheduler?: SchedulerOptions;
  /** Share of the memory for weights and cache, as vLLM's `gpu_memory_utilization`. Default: 0.9. */
  readonly memoryShare?: number;
  /** Times are divided by it: 2 doubles the rate of arrivals. Default: 1. */
  readonly rateScale?: number;
  /** Length of a bin of power over time, s. Default: 1. */
  readonly binS?: number;
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/** All settings but the optional precision and coefficients filled in. */
export type ReplaySettings =
  & Required<Omit<ReplayOptions, "precision" | "coefficients">>
  & Pick<ReplayOptions, "precision" | "coefficients">;

/** Fills in and checks the options. */
export function replaySettings(options: ReplayOptions): ReplaySettings {
  const settings = {
    tensorParallel: 1,
    replicas: 1,
    routing: "least-loaded" as const,
    scheduler: { maxSequences: 256, maxTokens: 2048 },
    memoryShare: 0.9,
    rateScale: 1,
    binS: 1,
    ...options,
  };
  const { scheduler, tensorParallel, replicas, memoryShare, rateScale, binS } = settings;
  const { maxSequences, maxTokens } = scheduler;
  for (
    const [name, value] of Object.entries({ tensorParallel, replicas, maxSequences, maxTokens })
  ) {
    check(
      Number.isSafeInteger(value) && value >= 1,
      name,
      "a whole number of at least 1",
      value,
    );
  }
  check(
    maxTokens >= maxSequences,
    "maxTokens",
    `at least maxSequences, ${maxSequences}`,
    maxTokens,
  );
  check(memoryShare > 0 && memoryShare <= 1, "memoryShare", "above 0, at most 1", memoryShare);
  check(rateScale > 0 && rateScale < Infinity, "rateScale", "a positive number", rateScale);
  check(binS > 0 && binS < Infinity, "binS", "a positive number of seconds", binS);
  return settings;
}

function check(holds: boolean, name: string, expected: string, found: number): void {
  if (holds) return;
  throw new InputError({
    code: "bad-option",
    problem: `${name} cannot be used`,
    expected,
    found: String(found),
  });
}
