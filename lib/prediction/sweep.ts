/** Predictions for every combination of settings, as one table with its Pareto front. */

import { type ColumnTable, table } from "arquero";
import { InputError } from "../errors.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { Architecture } from "../models/architecture.ts";
import type { WeightPrecision } from "../models/weight_bytes.ts";
import { paretoFront } from "./pareto.ts";
import { predictModel } from "./predict_model.ts";

/** What to combine. */
export interface SweepOptions {
  /** Models. */
  readonly models: readonly Architecture[];
  /** Devices. */
  readonly hardware: readonly Hardware[];
  /** Requests that run together. Default: 1. */
  readonly batch?: readonly number[];
  /** Prompt tokens. */
  readonly inputTokens: readonly number[];
  /** Generated tokens. */
  readonly outputTokens: readonly number[];
  /** Devices that share every layer. Default: 1. */
  readonly tensorParallel?: readonly number[];
  /** How weights are stored. Default: as published. */
  readonly precision?: readonly WeightPrecision[];
  /** Price of a device for an hour by catalogue id, in any currency. Default: unknown. */
  readonly pricePerHour?: Readonly<Record<string, number>>;
}

/** A sweep. */
export interface Sweep {
  /**
   * One row a configuration: `model`, `hardware`, `batch`, `inputTokens`, `outputTokens`, `tensorParallel`, `precision`,
   * `ttftS`, `tpotS`, `requestS`, `powerW`, `energyJ` (a request), `jPerOutputToken`, `deviceS` (device
   * seconds a request), `cost` (a request; NaN without a price), `bytesPerDevice`, `fits` and `pareto`.
   */
  readonly table: ColumnTable;
  /** Configurations left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

/**
 * Predicts every combination. The Pareto front is that of request time, energy and cost (device seconds where
 * there is no price) for each model, prompt and output length, among configurations that fit into memory.
 *
 * @param options What to combine.
 * @return The table and counts of what could not be predicted.
 * @throws InputError (`bad-option`) for sizes that are not positive whole numbers.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { sweep } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const { table } = sweep({
 *   models: [shippedModel("meta-llama/Llama-3.1-8B")],
 *   hardware: [findHardware("h100-sxm-80"), findHardware("l4")],
 *   batch: [1, 16],
 *   inputTokens: [512],
 *   outputTokens: [128],
 * });
 * assert.equal(table.numRows(), 4);
 * ```
 */
export function sweep(options: SweepOptions): Sweep {
  const { models, hardware, inputTokens, outputTokens, pricePerHour = {} } = options;
  const { batch = [1], tensorParallel = [1], precision = ["published"] } = options;
  const names = [
    "batch",
    "inputTokens",
    "outputTokens",
    "tensorParallel",
    "ttftS",
    "tpotS",
    "requestS",
    "powerW",
    "energyJ",
    "jPerOutputToken",
    "deviceS",
    "cost",
    "bytesPerDevice",
  ] as const;
  const numbers = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    (typeof names)[number],
    number[]
  >;
  const words = { model: [] as string[], hardware: [] as string[], precision: [] as string[] };
  const fits: boolean[] = [];
  const left: Record<string, number> = {};
  for (const model of models) {
    for (const device of hardware) {
      for (const stored of precision) {
        for (const tp of tensorParallel) {
          for (const b of batch) {
            for (const input of inputTokens) {
              for (const output of outputTokens) {
                try {
                  const p = predictModel(model, device, {
                    batch: b,
                    inputTokens: input,
                    outputTokens: output,
                    tensorParallel: tp,
                    precision: stored,
                  });
                  const deviceS = p.request.timeS * tp / b;
                  const row = [
                    b,
                    input,
                    output,
                    tp,
                    p.prefill.timeS,
                    p.stepS,
                    p.request.timeS,
                    p.request.powerW,
                    p.request.energyJ,
                    p.jPerOutputToken,
                    deviceS,
                    deviceS * (pricePerHour[device.id] ?? NaN) / 3600,
                    p.bytesPerDevice,
                  ];
                  names.forEach((name, i) => numbers[name].push(row[i]!));
                  words.model.push(model.id);
                  words.hardware.push(device.id);
                  words.precision.push(stored);
                  fits.push(device.memoryBytes === null || p.bytesPerDevice <= device.memoryBytes);
                } catch (error) {
                  // A device without published peaks, a format the model does not come in, heads that no
                  // such number of devices divides.
                  if (!(error instanceof InputError) || error.code !== "refused") throw error;
                  left[error.problem] = (left[error.problem] ?? 0) + 1;
                }
              }
            }
          }
        }
      }
    }
  }
  const pareto = new Uint8Array(fits.length);
  const groups = Map.groupBy(
    fits.keys(),
    (i) => `${words.model[i]} ${numbers.inputTokens[i]} ${numbers.outputTokens[i]}`,
  );
  for (const group of groups.values()) {
    const able = group.filter((i) => fits[i]);
    const priced = able.every((i) => !Number.isNaN(numbers.cost[i]!));
    const columns = [numbers.requestS, numbers.energyJ, priced ? numbers.cost : numbers.deviceS];
    const front = paretoFront(columns.map((column) => able.map((i) => column[i]!)));
    able.forEach((i, at) => pareto[i] = front[at]!);
  }
  return {
    table: table({
      ...words,
      ...numbers,
      fits,
      pareto: Array.from(pareto, (v) => v === 1),
    }),
    left,
  };
}
