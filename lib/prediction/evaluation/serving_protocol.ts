/** Held-out tests on the leaderboard's rows: models, architectures, devices. */

import type { Quantities } from "../predict_network.ts";
import { fitServing, imbalanceForms, predictServing } from "../serving/fit.ts";
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
  { from }: HeldOutServingOptions = {},
): ScoredServing[] {
  const scored: ScoredServing[] = [];
  for (const held of new Set(rows.map((row) => row[key]))) {
    if (held === from) continue;
    const train = rows.filter((row) => from === undefined ? row[key] !== held : row[key] === from);
    if (train.length === 0) continue;
    const fits = imbalanceForms.map((form) => fitServing(train, form));
    for (const row of rows) {
      if (row[key] !== held) continue;
      const { timeS, powerW } = predictServing(fits, row);
      scored.push({
        row,
        predicted: { timeS, powerW, energyJ: timeS * powerW * row.devices / row.batch },
        measured: { timeS: row.timeS, powerW: row.powerW, energyJ: row.jPerToken },
      });
    }
  }
  return scored;
}
