/**
 * What is wrong with an attribution, or may be.
 *
 * - `idle-unknown`: no idle reading and none given; energies are bounds
 * - `below-idle`: less power with requests than idle power, so that energies are below 0
 * - `collinear`: the load does not vary enough to tell prefill from decode
 * - `power-without-requests`: power well above idle while the log has no request
 * - `unexplained-power`: power that no mix of the logged work explains
 * - `prefill-too-fast`: prompts computed faster than others: a prefix cache that the log hides
 * - `uneven-steps`: sequences do not get one token a step: speculative decoding
 * - `jittered-times`: times that do not fall on engine steps, as a client's do
 * - `clock-width`: the offset is known less well than the split needs
 * - `ends-estimated`: the log has no ends; they were estimated from the trace
 * - `partial-coverage`: the trace does not cover all requests
 */
export type AttributionWarningCode =
  | "idle-unknown"
  | "below-idle"
  | "collinear"
  | "power-without-requests"
  | "unexplained-power"
  | "prefill-too-fast"
  | "uneven-steps"
  | "jittered-times"
  | "clock-width"
  | "ends-estimated"
  | "partial-coverage";

/** One doubt about an attribution, with the figure that raised it. */
export interface AttributionWarning {
  /** Kind of doubt. */
  readonly code: AttributionWarningCode;
  /** What was seen and what it may mean. */
  readonly message: string;
  /** The figure that was looked at. */
  readonly value: number;
  /** The figure from which there is a doubt. */
  readonly limit: number;
}
