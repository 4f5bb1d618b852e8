/**
 * Attribution: which joules belong to which request and phase.
 *
 * @module
 */

export * from "./equal_share.ts";
export * from "./place.ts";
export * from "./windows.ts";
