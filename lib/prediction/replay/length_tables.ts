/** What a sequence asks of a step, by its length, tabulated once for a model. */

import type { Architecture } from "../../models/architecture.ts";
import { cacheSize } from "../../models/cache.ts";
import { operators } from "../../models/operators.ts";
import type { WeightPrecision } from "../../models/weight_bytes.ts";
import { modelLoad } from "../model_load.ts";

/** Work of one sequence by its length in tokens; entry 0 is not used. */
export interface LengthTables {
  /** Operations of one generated token, which makes the sequence this long. */
  readonly decodeFlops: Float64Array;
  /** Bytes of cache and state that this token reads and writes. */
  readonly decodeBytes: Float64Array;
  /** Operations of a prompt of this length without the head. */
  readonly promptFlops: Float64Array;
  /** Operations of the head, once a prompt. */
  readonly headFlops: number;
  /** Bytes of cache that a new token writes. */
  readonly writtenBytes: number;
  /** Bytes of cache and state that the sequence keeps. */
  readonly keptBytes: Float64Array;
}

// Knots grow by 2 % a step. Between them work is linear in length but for the bend where a sliding
// window fills, so the error of a straight line is far below that of any prediction.
const KNOT_RATIO = 1.02;

/**
 * Tabulates the work of a sequence. The operator lists are built at a few hundred lengths; between
 * them work is joined by straight lines, that of prompts after division by their length.
 *
 * @param model The model.
 * @param maxLength Longest sequence.
 * @param precision How weights are stored.
 * @return The tables.
 */
export function lengthTables(
  model: Architecture,
  maxLength: number,
  precision: WeightPrecision | undefined,
): LengthTables {
  const stored = precision !== undefined && { precision };
  const load = (phase: "prefill" | "decode", length: number) =>
    modelLoad(model, { phase, batch: 1, length, ...stored });
  const headFlops = operators(model, { phase: "prefill", length: 1, ...stored })
    .reduce((sum, o) => o.part === "head" ? sum + o.count * o.flops : sum, 0);
  const grows = (phase: "prefill" | "decode") =>
    load(phase, 2).cacheBytes - load(phase, 1).cacheBytes;

  const columns = () => new Float64Array(maxLength + 1);
  const decodeFlops = columns(), decodeBytes = columns();
  const promptFlops = columns(), keptBytes = columns();
  const at = (length: number) => {
    const decode = load("decode", length);
    return [
      decode.decodeFlops,
      decode.cacheBytes,
      (load("prefill", length).prefillFlops - headFlops) / length,
      cacheSize(model, { length }).bytes,
    ] as const;
  };
  const into = [decodeFlops, decodeBytes, promptFlops, keptBytes];
  let from = 1, low = at(1);
  into.forEach((column, c) => column[1] = low[c]!);
  while (from < maxLength) {
    const to = Math.min(maxLength, Math.max(from + 1, Math.floor(from * KNOT_RATIO)));
    const high = at(to);
    for (let length = from + 1; length <= to; length++) {
      const share = (length - from) / (to - from);
      into.forEach((column, c) => {
        const value = low[c]! + share * (high[c]! - low[c]!);
        column[length] = value;
      });
    }
    from = to;
    low = high;
  }
  for (let length = 1; length <= maxLength; length++) promptFlops[length]! *= length;
  return {
    decodeFlops,
    decodeBytes,
    promptFlops,
    headFlops,
    // A prompt of n tokens reads what a step at length n reads and writes n tokens instead of one.
    writtenBytes: grows("prefill") - grows("decode"),
    keptBytes,
  };
}
