import type { Clock } from "../clock.ts";
import type { Loss } from "../losses.ts";

/**
 * Named spans of time, such as the phases of a run, as columns of equal length. Names may repeat.
 */
export interface Windows {
  /** What the times count from. */
  readonly clock: Clock;
  /** Name of each window. */
  readonly names: readonly string[];
  /** Seconds. */
  readonly startS: Float64Array;
  /** Seconds, not before the start. */
  readonly endS: Float64Array;
  /** Energy that the source itself gives for the window, in joules; NaN where it gives none. */
  readonly referenceJ: Float64Array;
  /** What the source calls that reference, and how its unit was settled; null when there is none. */
  readonly reference:
    | { readonly column: string; readonly unit: string; readonly note?: string }
    | null;
  /** Path and format of the source. */
  readonly source: { readonly path: string; readonly format: string };
  /** What the reader left out, and why. */
  readonly dropped: readonly Loss[];
}

/**
 * Windows from plain columns, checked.
 *
 * @param init Names, starts and ends in seconds; by default on the epoch clock with no reference.
 * @return The windows.
 * @throws {RangeError} When lengths differ or a window ends before it starts.
 *
 * @example
 * ```ts
 * import { windows } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const phases = windows({
 *   names: ["load", "generate"],
 *   startS: Float64Array.of(0, 10),
 *   endS: Float64Array.of(10, 60),
 * });
 * assert.ok(Number.isNaN(phases.referenceJ[0]));
 * ```
 */
export function windows(
  init: Pick<Windows, "names" | "startS" | "endS"> & Partial<Windows>,
): Windows {
  const { names, startS, endS } = init;
  const referenceJ = init.referenceJ ?? new Float64Array(names.length).fill(NaN);
  for (const [name, column] of Object.entries({ startS, endS, referenceJ })) {
    if (column.length !== names.length) {
      throw new RangeError(`${name} has ${column.length} values, names ${names.length}`);
    }
  }
  for (let i = 0; i < names.length; i++) {
    if (!(endS[i]! >= startS[i]!)) {
      throw new RangeError(`window ${i} (${names[i]}) ends at ${endS[i]}, starts at ${startS[i]}`);
    }
  }
  return {
    clock: init.clock ?? "epoch",
    names,
    startS,
    endS,
    referenceJ,
    reference: init.reference ?? null,
    source: init.source ?? { path: "(memory)", format: "columns" },
    dropped: init.dropped ?? [],
  };
}
