/**
 * Measurement: a declared benchmark run against a real endpoint, with power sampled beside it, kept
 * in a run folder. The only part of the library that starts programs, opens sockets and reads the
 * clock.
 *
 * @module
 */

export { attributeRun, type RunAttributionOptions } from "./attribute_run.ts";
export { parseMeasureConfig } from "./config.ts";
export { type ImportOptions, importRun } from "./import_run.ts";
export { lintRun } from "./lint_run.ts";
export { measure, type MeasureOptions, type MeasureResult } from "./measure.ts";
export type { ProgressReport } from "./progress.ts";
export {
  type Environment,
  isRunFolder,
  readRunFolder,
  type Run,
  type RunCell,
} from "./read_run_folder.ts";
export type * from "./records.ts";
export type { CellEnergy, RunAttribution } from "./run_attribution.ts";
export type { LintedRun, RunRule } from "./run_rule.ts";
export { runRules } from "./run_rules.ts";
export { runSettings } from "./run_settings.ts";
export { type RunPower, runPower } from "./run_power.ts";
export type * from "./settings.ts";
export type { SamplerStart } from "./start_samplers.ts";
export { type CellSummary, type RunSummary, summarise } from "./summary.ts";
export { type Cell, sweepCells } from "./sweep.ts";
