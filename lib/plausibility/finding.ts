/**
 * How bad a finding is.
 *
 * - `error`: the number is wrong, or contradicts another in the same place
 * - `warning`: the number may be right, but not under the name or for the purpose it is given
 * - `note`: worth knowing before the number is used
 */
export type Severity = "error" | "warning" | "note";

/** One thing that is wrong with a measurement or a published result. */
export interface Finding {
  /** Id of the rule that found it. */
  readonly rule: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** Where: path, and within it a device, a table row or a request. */
  readonly where: string;
  /** One sentence for a person. */
  readonly message: string;
  /** What would be plausible, as text with units. */
  readonly expected: string;
  /** What is there, as text with units. */
  readonly found: string;
}

const severities: readonly Severity[] = ["error", "warning", "note"];

/**
 * Findings with the worst first; those of one severity stay in their order.
 *
 * @param findings Any findings; they are not changed.
 * @return A new list.
 *
 * @example
 * ```ts
 * import { type Finding, worstFirst } from "@joulebook/joulebook/plausibility";
 * import assert from "node:assert/strict";
 *
 * const of = (severity: Finding["severity"]): Finding => ({
 *   rule: "r", severity, where: "a.csv", message: "m", expected: "1 W", found: "2 W",
 * });
 * const sorted = worstFirst([of("note"), of("error"), of("warning")]);
 * assert.deepEqual(sorted.map(({ severity }) => severity), ["error", "warning", "note"]);
 * ```
 */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) =>
    severities.indexOf(a.severity) - severities.indexOf(b.severity)
  );
}

/** A finding without what its rule already says. */
export type Fault = Pick<Finding, "where" | "message" | "expected" | "found">;
