/**
 * What was left out of an input, and why: nothing is lost without a count.
 *
 * @module
 */

/** Records of an input that were left out for one reason. */
export interface Loss {
  /** Why, as a short code in kebab case, for instance `truncated-row` or `not-available`. */
  readonly reason: string;
  /** How many records. */
  readonly count: number;
  /** Line of the first of them, counted from 1, where the input has lines. */
  readonly firstLine?: number;
  /** What stood there, cut to 80 characters. */
  readonly example?: string;
}

/**
 * Counts losses by reason while an input is read.
 *
 * @example
 * ```ts
 * import { LossCounter } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * const losses = new LossCounter();
 * losses.add("not-available", 7, "[N/A]");
 * losses.add("not-available", 9);
 * assert.deepEqual(losses.list(), [
 *   { reason: "not-available", count: 2, firstLine: 7, example: "[N/A]" },
 * ]);
 * ```
 */
export class LossCounter {
  readonly #byReason = new Map<string, { count: number; firstLine?: number; example?: string }>();

  /**
   * Counts records lost for a reason; the first call of a reason sets its line and example.
   *
   * @param reason Why, as a short code in kebab case.
   * @param line Line of the record, counted from 1.
   * @param example What stood there.
   * @param count How many records.
   */
  add(reason: string, line?: number, example?: string, count = 1): void {
    if (count === 0) return;
    const seen = this.#byReason.get(reason);
    if (seen !== undefined) {
      seen.count += count;
      return;
    }
    this.#byReason.set(reason, {
      count,
      ...(line !== undefined && { firstLine: line }),
      ...(example !== undefined && { example: example.slice(0, 80) }),
    });
  }

  /** How many records were lost for a reason so far; 0 when none. */
  count(reason: string): number {
    return this.#byReason.get(reason)?.count ?? 0;
  }

  /** All losses, in the order in which their reasons first came up. */
  list(): Loss[] {
    return [...this.#byReason].map(([reason, loss]) => ({ reason, ...loss }));
  }
}
