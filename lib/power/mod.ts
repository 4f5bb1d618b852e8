/**
 * Power series: what a trace of watts or joules is, and what can be made of it.
 *
 * @module
 */

export { basisOf } from "./basis.ts";
export * from "./device.ts";
export { type DeviceName, deviceNames } from "./device_name.ts";
export * from "./integrate.ts";
export * from "./series.ts";
export * from "./shift.ts";
export * from "./sum.ts";
export * from "./sum_series.ts";
