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
  const { models, hardware, pricePerHour = {} } = options;
  return joinSweep(
    sweepUnits(options).map((unit) =>
      sweepBlock(models[unit.model]!, hardware[unit.hardware]!, unit)
    ),
    pricePerHour,
  );
}

/** Part of a sweep: one model on one device, stored and shared in one way. */
export interface SweepUnit {
  /** Place of the model. */
  readonly model: number;
  /** Place of the device. */
  readonly hardware: number;
  /** How weights are stored. */
  readonly precision: WeightPrecision;
  /** Devices that share every layer. */
  readonly tensorParallel: number;
  /** Requests that run together. */
  readonly batch: readonly number[];
  /** Prompt tokens. */
  readonly inputTokens: readonly number[];
  /** Generated tokens. */
  readonly outputTokens: readonly number[];
}

/** The parts of a sweep, in the order of its rows. */
export function sweepUnits(options: SweepOptions): SweepUnit[] {
  const { models, hardware, inputTokens, outputTokens } = options;
  const { batch = [1], tensorParallel = [1], precision = ["published"] } = options;
  return models.flatMap((_, model) =>
    hardware.flatMap((_, device) =>
      precision.flatMap((stored) =>
        tensorParallel.map((tp): SweepUnit => ({
          model,
          hardware: device,
          precision: stored,
          tensorParallel: tp,
          batch,
          inputTokens,
          outputTokens,
        }))
      )
    )
  );
}

/** Columns of a part of a sweep: settings, then predictions. */
export type SweepColumn =
  | "batch"
  | "inputTokens"
  | "outputTokens"
  | "tensorParallel"
  | "ttftS"
  | "tpotS"
  | "requestS"
  | "powerW"
  | "energyJ"
  | "jPerOutputToken"
  | "deviceS"
  | "bytesPerDevice";

const columns: readonly SweepColumn[] = [
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
  "bytesPerDevice",
];

/** Predictions of a part of a sweep, as columns. */
export interface SweepBlock {
  /** Id of the model. */
  readonly model: string;
  /** Id of the device. */
  readonly hardware: string;
  /** How weights are stored. */
  readonly precision: WeightPrecision;
  /** Settings and predictions, a column each. */
  readonly numbers: Readonly<Record<SweepColumn, Float64Array>>;
  /** 1 where weights and cache fit into memory. */
  readonly fits: Uint8Array;
  /** Configurations left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

/**
 * Predicts a part of a sweep.
 *
 * @param model Its model.
 * @param device Its device.
 * @param unit Its settings.
 * @return The predictions.
 * @throws InputError (`bad-option`) for sizes that are not positive whole numbers.
 */
export function sweepBlock(model: Architecture, device: Hardware, unit: SweepUnit): SweepBlock {
  const rows: number[][] = [];
  const fits: number[] = [];
  const left: Record<string, number> = {};
  const { precision, tensorParallel } = unit;
  for (const batch of unit.batch) {
    for (const inputTokens of unit.inputTokens) {
      for (const outputTokens of unit.outputTokens) {
        try {
          const options = { batch, inputTokens, outputTokens, tensorParallel, precision };
          const p = predictModel(model, device, options);
          rows.push([
            batch,
            inputTokens,
            outputTokens,
            tensorParallel,
            p.prefill.timeS,
            p.stepS,
            p.request.timeS,
            p.request.powerW,
            p.request.energyJ,
            p.jPerOutputToken,
            p.request.timeS * tensorParallel / batch,
            p.bytesPerDevice,
          ]);
          fits.push(device.memoryBytes === null || p.bytesPerDevice <= device.memoryBytes ? 1 : 0);
        } catch (error) {
          // A device without published peaks, a format the model does not come in, heads that no
          // such number of devices divides.
          if (!(error instanceof InputError) || error.code !== "refused") throw error;
          left[error.problem] = (left[error.problem] ?? 0) + 1;
        }
      }
    }
  }
  const numbers = Object.fromEntries(
    columns.map((name, c) => [name, Float64Array.from(rows, (row) => row[c]!)]),
  ) as SweepBlock["numbers"];
  return {
    model: model.id,
    hardware: device.id,
    precision,
    numbers,
    fits: Uint8Array.from(fits),
    left,
  };
}

/**
 * The parts of a sweep as one table, with costs and the Pareto front over all of them.
 *
 * @param blocks The parts in their order.
 * @param pricePerHour Price of a device for an hour by catalogue id.
 * @return The sweep.
 */
export function joinSweep(
  blocks: readonly SweepBlock[],
  pricePerHour: Readonly<Record<string, number>> = {},
): Sweep {
  const words = (of: (block: SweepBlock) => string): string[] =>
    blocks.flatMap((block) => new Array<string>(block.fits.length).fill(of(block)));
  const numbers = Object.fromEntries(
    columns.map((name) => [name, blocks.flatMap((block) => Array.from(block.numbers[name]))]),
  ) as Record<SweepColumn, number[]>;
  const names = {
    model: words((block) => block.model),
    hardware: words((block) => block.hardware),
    precision: words((block) => block.precision),
  };
  const cost = numbers.deviceS.map((deviceS, i) =>
    deviceS * (pricePerHour[names.hardware[i]!] ?? NaN) / 3600
  );
  const fits = blocks.flatMap((block) => Array.from(block.fits, (v) => v === 1));
  const pareto = new Uint8Array(fits.length);
  const groups = Map.groupBy(
    fits.keys(),
    (i) => `${names.model[i]} ${numbers.inputTokens[i]} ${numbers.outputTokens[i]}`,
  );
  for (const group of groups.values()) {
    const able = group.filter((i) => fits[i]);
    const priced = able.every((i) => !Number.isNaN(cost[i]!));
    const columns = [numbers.requestS, numbers.energyJ, priced ? cost : numbers.deviceS];
    const front = paretoFront(columns.map((values) => able.map((i) => values[i]!)));
    able.forEach((i, at) => pareto[i] = front[at]!);
  }
  const left: Record<string, number> = {};
  for (const block of blocks) {
    for (const [reason, count] of Object.entries(block.left)) {
      left[reason] = (left[reason] ?? 0) + count;
    }
  }
  const { bytesPerDevice, ...others } = numbers;
  return {
    table: table({
      ...names,
      ...others,
      cost,
      bytesPerDevice,
      fits,
      pareto: Array.from(pareto, (v) => v === 1),
    }),
    left,
  };
}
