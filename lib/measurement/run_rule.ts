/** What a rule about a run is. */

import type { Fault } from "../plausibility/finding.ts";
import type { Rule } from "../plausibility/rule.ts";
import type { Run, RunCell } from "./read_run_folder.ts";
import type { MeasureSettings } from "./settings.ts";

/** A run with its settings. */
export interface LintedRun {
  /** The run. */
  readonly run: Run;
  /** Its settings; null for a run that was imported. */
  readonly settings: MeasureSettings | null;
}

/** One rule about a run as a whole. */
export interface RunRule extends Pick<Rule, "id" | "severity" | "reason" | "reference"> {
  /** Looks for faults. */
  readonly check: (linted: LintedRun) => Fault[];
}

/** Where a cell stands, for a finding. */
export function placeOf(run: Run, cell: RunCell): string {
  return `${run.dir}, ${cell.id}${cell.attempt > 1 ? ` (run ${cell.attempt})` : ""}`;
}
