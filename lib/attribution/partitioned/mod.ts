/**
 * Attribution of more than fits into memory: stretches of time of many servers, each looked at by
 * itself, with one fit over all of them.
 */

export { calibrateStretch, poolCalibrations } from "./calibrate.ts";
export type { Calibration, ServerSettings } from "./calibrate.ts";
export { FitPool, partsOfStretch, sumStretch } from "./fit_stretch.ts";
export type { StretchSums } from "./fit_stretch.ts";
export { divideStretch, reasonCodes } from "./divide_stretch.ts";
export type { RequestPieces, StretchEnergies } from "./divide_stretch.ts";
export { addSums, StretchMerger, WarningTally } from "./merge.ts";
export type { CountedWarning, EnergySums, MergedRequest } from "./merge.ts";
export type { Stretch, StretchSettings } from "./stretch.ts";
export type { ValueCounts } from "./value_counts.ts";
export { mergeWindows, windowsFrom, windowStretch } from "./window_stretch.ts";
export type { MergedWindows, WindowStretch } from "./window_stretch.ts";
