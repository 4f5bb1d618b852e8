/** What scripts/schedule_claims.ts writes: everything the claims are decided by. */

import type { Outcome } from "./play_system.ts";
import type { Arm } from "./learned.ts";
import type { RunOf } from "./run_of.ts";

/** A claim as differences between what should be better and worse, one a seed. */
export interface Claim {
  /** What is claimed. */
  readonly claim: string;
  /** Unit of the differences. */
  readonly unit: string;
  /** Better less worse, paired by seed. */
  readonly differences: readonly number[];
}

/** The results file. */
export interface ClaimsDocument {
  /** For a reader of the file. */
  readonly about: string;
  /** Nothing in it is measured. */
  readonly simulated: true;
  /** Version of Joulebook that ran it. */
  readonly version: string;
  /** What parts of the system add. */
  readonly system: RunOf & {
    readonly seeds: readonly number[];
    readonly days: readonly number[];
    readonly claims: readonly Claim[];
  };
  /** What the assumed constants do: one entry a constant and value, outcomes by seed. */
  readonly assumptions: RunOf & {
    readonly seeds: readonly number[];
    readonly days: readonly number[];
    readonly rows: readonly {
      readonly constant: string;
      readonly unit: string | null;
      readonly value: number;
      readonly assumed: boolean;
      readonly outcomes: readonly Outcome[];
    }[];
  };
  /** What learning does; null when it was not run. */
  readonly learning:
    | (RunOf & { readonly arms: readonly Arm[]; readonly claims: readonly Claim[] })
    | null;
}
