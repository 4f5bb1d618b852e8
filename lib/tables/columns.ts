import type { ResultTable } from "../formats/format.ts";
import { type PowerSeries, valuesOf } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { Windows } from "../requests/windows.ts";

/** What Joulebook's readers give, as far as it has rows. */
export type Tabular = PowerSeries | RequestLog | Windows | ResultTable;

/** Columns of equal length by name; units stand at the ends of the names. */
export type Columns = Readonly<Record<string, ArrayLike<unknown>>>;

/**
 * The rows of a series, a log, windows or results as columns by name. Nothing is copied where a
 * column is there as it is.
 *
 * | source | columns |
 * | --- | --- |
 * | power series | `timeS`; `powerW`, or `energyJ` (a counter), or `intervalJ` and `durationS` |
 * | request log | `id` where there are any, `submitS`, `firstTokenS`, `endS`, `inputTokens`, `outputTokens`, `cachedTokens` where known, `success` (boolean), `replica` (a name) where there are several |
 * | windows | `name`, `startS`, `endS`, `referenceJ` |
 * | results | their own |
 *
 * Token times are not among them: a request has many.
 *
 * @param source What was read.
 * @return The columns.
 *
 * @example
 * ```ts
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import { columnsOf } from "@joulebook/joulebook/tables";
 * import assert from "node:assert/strict";
 *
 * const series = sampledPower({ timeS: Float64Array.of(0, 1), powerW: Float64Array.of(80, 90) });
 * assert.deepEqual(Object.keys(columnsOf(series)), ["timeS", "powerW"]);
 * ```
 */
export function columnsOf(source: Tabular): Columns {
  if ("quantity" in source) {
    const value = { power: "powerW", counter: "energyJ", interval: "intervalJ" }[source.quantity];
    return {
      timeS: source.timeS,
      [value]: valuesOf(source),
      ...(source.quantity === "interval" && { durationS: source.durationS }),
    };
  }
  if ("submitS" in source) {
    return {
      ...(source.ids !== null && { id: source.ids }),
      submitS: source.submitS,
      firstTokenS: source.firstTokenS,
      endS: source.endS,
      inputTokens: source.inputTokens,
      outputTokens: source.outputTokens,
      ...(source.cachedTokens !== null && { cachedTokens: source.cachedTokens }),
      success: Array.from(source.success, (flag) => flag === 1),
      ...(source.replica !== null && {
        replica: Array.from(source.replica, (index) => source.replicas[index] ?? null),
      }),
    };
  }
  if ("startS" in source) {
    const { names, startS, endS, referenceJ } = source;
    return { name: names, startS, endS, referenceJ };
  }
  return source.columns;
}

/** Whether a value is one of those that {@linkcode columnsOf} takes. */
export function isTabular(value: unknown): value is Tabular {
  if (typeof value !== "object" || value === null) return false;
  const has = (...names: readonly string[]): boolean => names.every((name) => name in value);
  return has("quantity", "timeS", "device") || has("submitS", "tokenCount") ||
    has("names", "startS", "referenceJ") || has("name", "columns", "units");
}
