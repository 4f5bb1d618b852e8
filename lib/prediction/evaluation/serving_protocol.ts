/** Held-out tests on the leaderboard's rows: models, architectures, devices. */

import { findHardware } from "../../hardware/find.ts";
import { createRandom } from "../../random.ts";
import type { PredictorCoefficients } from "../coefficients.ts";
import { powerBridge } from "../power_bridge.ts";
import type { Quantities } from "../predict_network.ts";
import { fitServing, predictServing, stepForms } from "../serving/fit.ts";
import { applyRefit, refitServing } from "../serving/refit.ts";
import type { LeaderboardRow } from "./ml_energy_rows.ts";

/** A measured row beside a prediction that never saw it; energy is that of an output token. */
export interface ScoredServing {
  /** The row. */
  readonly row: LeaderboardRow;
  /** Prediction. */
  readonly predicted: Quantities;
  /** Measurement. */
  readonly measured: Quantities;
}

/** Options of {@linkcode heldOutServing}. */
export interface HeldOutServingOptions {
  /** With `hardware`: the device to fit on. Default: every other one. */
  readonly from?: string;
  /** With `hardware`: where energy coefficients come from. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/**
 * Predicts every row by a fit that saw none of its model, architecture or device.
 *
 * @param rows Rows.
 * @param key What is held out together.
 * @param options For devices, the one to fit on.
 * @return Predictions beside measurements.
 */
export function heldOutServing(
  rows: readonly LeaderboardRow[],
  key: "model" | "architecture" | "hardware",
  { from, coefficients }: HeldOutServingOptions = {},
): ScoredServing[] {
  const scored: ScoredServing[] = [];
  for (const held of new Set(rows.map((row) => row[key]))) {
    if (held === from) continue;
    const train = rows.filter((row) => from === undefined ? row[key] !== held : row[key] === from);
    if (train.length === 0) continue;
    const fits = stepForms.map((form) => fitServing(train, form));
    for (const row of rows) {
      if (row[key] !== held) continue;
      const bridge = key === "hardware"
        ? powerBridge(train[0]!.hardware, findHardware(row.hardware), coefficients)
        : undefined;
      const { timeS, powerW } = predictServing(fits, row, bridge);
      scored.push({
        row,
        predicted: { timeS, powerW, energyJ: timeS * powerW * row.devices / row.batch },
        measured: { timeS: row.timeS, powerW: row.powerW, energyJ: row.jPerToken },
      });
    }
  }
  return scored;
}

/** Options of {@linkcode refittedServing}. */
export interface RefittedServingOptions {
  /** Rows given. Default: 5. */
  readonly given?: number;
  /** Draws of the rows given. Default: 20. */
  readonly draws?: number;
  /** Seed of the draws. Default: 1. */
  readonly seed?: number;
}

/**
 * Predicts rows of one device by a fit on another that a handful of the device's rows adapt; the rows
 * given are drawn at random several times and are not scored.
 *
 * @param train Rows of the fitted device.
 * @param rows Rows of the other device.
 * @param options How many rows and draws.
 * @return Predictions beside measurements, of all draws together.
 */
export function refittedServing(
  train: readonly LeaderboardRow[],
  rows: readonly LeaderboardRow[],
  { given = 5, draws = 20, seed = 1 }: RefittedServingOptions = {},
): ScoredServing[] {
  const fits = stepForms.map((form) => fitServing(train, form));
  const plain = rows.map((row) =>
    predictServing(fits, row, powerBridge(train[0]!.hardware, findHardware(row.hardware)))
  );
  const random = createRandom(seed);
  const scored: ScoredServing[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(given, rows.length)) chosen.add(random.integer(rows.length));
    const refit = refitServing([...chosen].map((i) => rows[i]!), [...chosen].map((i) => plain[i]!));
    rows.forEach((row, i) => {
      if (chosen.has(i)) return;
      const { timeS, powerW } = applyRefit(refit, plain[i]!, row.target);
      scored.push({
        row,
        predicted: { timeS, powerW, energyJ: timeS * powerW * row.devices / row.batch },
        measured: { timeS: row.timeS, powerW: row.powerW, energyJ: row.jPerToken },
      });
    });
  }
  return scored;
}
