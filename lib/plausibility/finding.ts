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

/** A finding without what its rule already says. */
export type Fault = Pick<Finding, "where" | "message" | "expected" | "found">;
