/**
 * Attribution: which joules belong to which request and phase.
 *
 * @module
 */

export { type Alignment, type AlignOptions, type OffsetSearch, SENSOR_WINDOWS_S } from "./align.ts";
export { alignTrace, type AlignTraceOptions } from "./align_trace.ts";
export { attributionTable } from "./attribution_table.ts";
export { attributeBatched } from "./batched.ts";
export * from "./batched_result.ts";
export { type CostModel, costModel } from "./cost_model.ts";
export type { StepRule } from "./divide.ts";
export type { EnginePlacement } from "./engines.ts";
export * from "./equal_share.ts";
export type { IdlePower } from "./idle.ts";
export type { IdleRule } from "./idle_rule.ts";
export type { LocalScale } from "./local_scale.ts";
export * from "./methods.ts";
export { modelWork } from "./model_work.ts";
export { type PhasePower, phasePower } from "./phase_power.ts";
export * from "./place.ts";
export * from "./score.ts";
export { isSerial, withoutWaits } from "./serial.ts";
export * from "./warning.ts";
export { attributeWindows, type WindowAttribution, type WindowEnergy } from "./windows.ts";
