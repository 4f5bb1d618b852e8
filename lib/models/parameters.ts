/** How many parameters a model has, in all and used by one token. */

import type { Architecture, Part, Weight } from "./architecture.ts";

/** Parameter counts of a model. */
export interface ParameterCount {
  /** All parameters of the language model and its towers, without multi-token prediction. */
  readonly total: number;
  /** Those that one text token uses: idle experts and towers are left out. */
  readonly active: number;
  /** The same without the token embedding, whose rows are only looked up. */
  readonly activeWithoutEmbedding: number;
  /** Those of multi-token-prediction modules, which are not part of `total`. */
  readonly mtp: number;
  /** Those of vision and audio towers with their projectors, a part of `total`. */
  readonly towers: number;
  /** Total by what they belong to. */
  readonly byPart: Readonly<Partial<Record<Part, number>>>;
  /** Parts that the configuration names and that are not counted, with the reason. */
  readonly uncounted: readonly string[];
}

/** Parameters of a weight over all its copies. */
export function parametersOf(w: Weight): number {
  return (w.copies ?? 1) * each(w);
}

function each(w: Weight): number {
  return w.shape.reduce((a, b) => a * b, 1) + (w.bias ? w.shape[0]! : 0);
}

/**
 * Counts parameters exactly.
 *
 * A tied head is counted once. Active follows the usual reading of names such as 235B-A22B: every
 * weight except the experts that a token does not use; `activeWithoutEmbedding` is the reading of
 * the gpt-oss model card.
 *
 * @param model The model.
 * @return The counts.
 *
 * @example
 * ```ts
 * import { countParameters, shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const count = countParameters(shippedModel("Qwen/Qwen3-30B-A3B"));
 * assert.equal(count.total, 30_532_122_624);
 * assert.equal(Math.round(count.active / 1e8), 34); // 3.4 billion: A3B
 * ```
 */
export function countParameters(model: Architecture): ParameterCount {
  const byPart: Partial<Record<Part, number>> = {};
  let total = 0, active = 0, embedding = 0, towers = 0;
  const add = (w: Weight, times: number, used: boolean): void => {
    const all = times * parametersOf(w);
    byPart[w.part] = (byPart[w.part] ?? 0) + all;
    total += all;
    if (used) active += times * (w.active ?? w.copies ?? 1) * each(w);
    if (w.part === "embedding" && w.lookup) embedding += all;
  };
  for (const w of model.root) add(w, 1, true);
  const counts = new Map<number, number>();
  for (const kind of model.order) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, times] of counts) {
    for (const w of model.layers[kind]!.weights) add(w, times, true);
  }
  for (const tower of model.towers) {
    for (const w of tower.weights) {
      add(w, 1, false);
      towers += parametersOf(w);
    }
  }
  return {
    total,
    active,
    activeWithoutEmbedding: active - (model.tied ? 0 : embedding),
    mtp: model.mtp.reduce((sum, w) => sum + parametersOf(w), 0),
    towers,
    byPart,
    uncounted: model.uncounted,
  };
}
