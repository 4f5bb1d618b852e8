/**
 * A run as independent tasks: cut by the data, placed on the cores of this machine or by Slurm, and
 * put together in the order of the data, so that the result does not depend on the cut or the place.
 *
 * @module
 */

export type { TaskContext, TaskKind, UnitFunction } from "./kind.ts";
export { makeTasks } from "./task.ts";
export type { Task } from "./task.ts";
export { cutEvenly } from "./cut.ts";
export type { CutOptions } from "./cut.ts";
export { InputFiles } from "./input_file.ts";
export type { InputFile } from "./input_file.ts";
export { openRun, readManifest, TaskRun } from "./run.ts";
export type { RunManifest, RunOptions, UnitList } from "./run_options.ts";
export type { RunFolder } from "./run_folder.ts";
export type { Engine, Placement, TaskState } from "./engines/engine.ts";
export type { TaskFailure } from "./failure.ts";
export { workersEngine } from "./engines/workers.ts";
export { slurmEngine } from "./engines/slurm.ts";
export { readSiteLines } from "./engines/slurm_options.ts";
export type { SlurmOptions } from "./engines/slurm_options.ts";
export type { TaskProgress } from "./progress.ts";
export { decodeValue, encodeValue } from "./value_codec.ts";
export {
  calibrateStretchesKindUrl,
  divideStretchesKindUrl,
  evaluateKindUrl,
  inspectKindUrl,
  lintKindUrl,
  replayKindUrl,
  scheduleKindUrl,
  sumStretchesKindUrl,
  sweepKindUrl,
  windowStretchesKindUrl,
} from "./kinds/mod.ts";
export type { ClockOptions } from "./attribute/clocks.ts";
export { attributeStore } from "./attribute/attribute_store.ts";
export type {
  AttributeStoreOptions,
  ServerEnergy,
  StoreAttribution,
} from "./attribute/attribute_store.ts";
export { attributeStoreWindows } from "./attribute/attribute_store_windows.ts";
export type { StoreWindows, StoreWindowsOptions } from "./attribute/attribute_store_windows.ts";
export type {
  CountedWarning,
  EnergySums,
  MergedRequest,
  MergedWindows,
  ServerSettings,
  StretchSettings,
} from "../attribution/partitioned/mod.ts";
