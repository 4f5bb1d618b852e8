import type { ReadResult } from "../formats/format.ts";
import type { PowerSeries } from "../power/series.ts";
import type { Claim } from "./claim.ts";
import type { Fault, Severity } from "./finding.ts";
import type { InputOutline } from "./outline.ts";

/** A series with the input that it came from. */
export interface SeriesSubject {
  /** The series. */
  readonly series: PowerSeries;
  /** The input. */
  readonly input: ReadResult;
}

/**
 * One rule of the linter: data that says what is checked and why, and a check for each kind of
 * thing that it applies to.
 */
export interface Rule {
  /** Short name in kebab case. */
  readonly id: string;
  /** How bad a finding is. */
  readonly severity: Severity;
  /** Why a finding matters, in one or two sentences. */
  readonly reason: string;
  /** Where the rule comes from. */
  readonly reference: string;
  /** Checks one power series. */
  readonly series?: (subject: SeriesSubject) => Fault[];
  /** Checks one row of results. */
  readonly claim?: (claim: Claim) => Fault[];
  /** Checks the rows of one table together. */
  readonly claims?: (claims: readonly Claim[]) => Fault[];
  /** Checks one input as a whole. */
  readonly input?: (input: ReadResult) => Fault[];
  /** Checks all inputs together, by what little of each is kept. */
  readonly inputs?: (outlines: readonly InputOutline[]) => Fault[];
}

/** Where a series stands, for a finding. */
export function whereOf({ series, input }: SeriesSubject): string {
  return `${input.path}, ${series.device.id} (${series.source.column})`;
}
