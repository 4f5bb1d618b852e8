import { InputError } from "../errors.ts";
import type { Origin } from "../figures/mod.ts";

/** What can be said of a published figure. */
export type Verdict =
  | "reproduced"
  | "shape only"
  | "contradicted"
  | "undecided"
  | "cannot be checked";

/** A published figure beside ours, with what decides between them; the verdict is computed. */
export interface VerdictRow {
  /** What the paper shows and where. */
  readonly figure: string;
  /** Unit of both numbers; null for a pure number or a text. */
  readonly unit: string | null;
  /** What the paper says; a text where it is no number to compare with; null where it is not known. */
  readonly published: number | string | null;
  /** What we find; null where we cannot find it. */
  readonly ours: number | string | null;
  /** Relative difference, declared beforehand, up to which the figure counts as reproduced. */
  readonly within?: number;
  /** Whether the qualitative claim (a trend, an order) holds. */
  readonly holds?: boolean;
  /** Why it cannot be checked, is undecided or is contradicted; a remark on any other verdict. */
  readonly reason?: string;
  /** Where our number comes from. */
  readonly basis: Origin;
}

/** What {@linkcode judge} says of a row. */
export interface Judgement {
  /** The verdict. */
  readonly verdict: Verdict;
  /** (ours - published) / |published|; null where these are no two numbers, or it would divide by 0. */
  readonly difference: number | null;
  /** The verdict with what it was measured by: `reproduced within 5 %`, `shape only (outside 5 %)`. */
  readonly text: string;
}

/**
 * Decides whether a published figure is reproduced. The rule, in this order:
 *
 * 1. `holds: false` is contradicted, whatever the numbers.
 * 2. Two numbers and a tolerance: within it reproduced; outside it shape only when the claim holds,
 *    else contradicted.
 * 3. `holds: true` without a tolerance is shape only.
 * 4. Without either: undecided when both sides are there, cannot be checked when one is missing.
 *    Both need a reason.
 *
 * @param row The published figure, ours, and what decides.
 * @return The verdict, the relative difference and a text.
 * @throws {InputError} `bad-option` when a row cannot be decided by what it holds, or contradicts
 * itself.
 *
 * @example
 * ```ts
 * import { judge } from "@joulebook/joulebook/notebook";
 * import assert from "node:assert/strict";
 *
 * const row = { figure: "Table 2", unit: "GB", basis: "modelled", published: 17.2 } as const;
 * assert.deepEqual(judge({ ...row, ours: 17.2, within: 0.01 }), {
 *   verdict: "reproduced",
 *   difference: 0,
 *   text: "reproduced within 1 %",
 * });
 * assert.equal(judge({ ...row, ours: 34.4, within: 0.01 }).text, "contradicted (outside 1 %)");
 * assert.equal(judge({ ...row, ours: null, reason: "no config" }).verdict, "cannot be checked");
 * ```
 */
export function judge(row: VerdictRow): Judgement {
  check(row);
  const { published, ours, within, holds, reason } = row;
  const difference = relativeDifference(published, ours);
  const say = (verdict: Verdict, detail = "") => ({ verdict, difference, text: verdict + detail });
  const numbers = typeof published === "number" && typeof ours === "number";
  if (within !== undefined && numbers) {
    const bound = `${Number((100 * within).toPrecision(3))} %`;
    const inside = ours === published ||
      // The slack is that of the division, not of the tolerance.
      (difference !== null && Math.abs(difference) <= within * (1 + 1e-12));
    if (inside && holds === false) return say("contradicted", " (the claim, not the number)");
    if (inside) return say("reproduced", within === 0 ? " exactly" : ` within ${bound}`);
    return say(holds === true ? "shape only" : "contradicted", ` (outside ${bound})`);
  }
  if (holds === false) return say("contradicted");
  if (holds === true) {
    return say("shape only", numbers ? " (no tolerance declared)" : " (no two numbers to compare)");
  }
  if (reason === undefined) throw badRow(row, "nothing decides it", noVerdict(row));
  return say(published === null || ours === null ? "cannot be checked" : "undecided");
}

function noVerdict({ published, ours }: VerdictRow): string {
  return published !== null && ours !== null
    ? "within (two numbers), holds (a claim) or reason (undecided)"
    : "holds (a claim) or reason (why it cannot be checked)";
}

function check(row: VerdictRow): void {
  const { published, ours, within } = row;
  for (const [name, value] of Object.entries({ published, ours })) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw badRow(
        row,
        `${name} is no number`,
        "a finite number, or null and a reason",
        `${value}`,
      );
    }
  }
  if (within === undefined) return;
  if (!(within >= 0 && within < Infinity)) {
    throw badRow(row, "within is no tolerance", "a relative difference from 0 up", `${within}`);
  }
  if (typeof published === "string" || typeof ours === "string") {
    throw badRow(row, "a tolerance beside a text", "numbers, or holds in place of within");
  }
}

function badRow(row: VerdictRow, problem: string, expected: string, found?: string): InputError {
  return new InputError({
    code: "bad-option",
    problem: `verdict of "${row.figure}": ${problem}`,
    expected,
    ...(found !== undefined && { found }),
  });
}

function relativeDifference(
  published: VerdictRow["published"],
  ours: VerdictRow["ours"],
): number | null {
  if (typeof published !== "number" || typeof ours !== "number") return null;
  if (published === ours) return 0;
  return published === 0 ? null : (ours - published) / Math.abs(published);
}
