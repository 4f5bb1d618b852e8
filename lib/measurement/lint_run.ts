import type { Fault, Finding } from "../plausibility/finding.ts";
import type { Run } from "./read_run_folder.ts";
import type { LintedRun, RunRule } from "./run_rule.ts";
import { runRules } from "./run_rules.ts";
import { runSettings } from "./run_settings.ts";

/**
 * Looks for what is wrong with a run as a whole: what cannot be seen in its power and requests alone.
 *
 * @param run What {@linkcode readRunFolder} gave.
 * @param rules The rules to apply; by default all.
 * @return The findings, in the order of the rules.
 *
 * @example
 * ```ts
 * import { lintRun, type Run } from "@joulebook/joulebook/measurement";
 * import { windows } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run: Run = {
 *   dir: "run",
 *   state: "unfinished",
 *   status: { version: 1, state: "running", updatedS: 4, cells: 2, done: 0, sessions: [] },
 *   config: "",
 *   environment: null,
 *   clock: null,
 *   changes: [],
 *   cells: [],
 *   requests: null,
 *   power: [],
 *   windows: windows({ names: [], startS: new Float64Array(0), endS: new Float64Array(0) }),
 *   notes: [],
 *   dropped: [],
 * };
 * assert.equal(lintRun(run)[0]!.rule, "run-incomplete");
 * ```
 */
export function lintRun(run: Run, rules: readonly RunRule[] = runRules): Finding[] {
  const linted: LintedRun = { run, settings: runSettings(run) };
  return rules.flatMap(({ id, severity, check }) =>
    check(linted).map((fault: Fault): Finding => ({ rule: id, severity, ...fault }))
  );
}
