/**
 * Hardware: accelerators as data, looked up by any printed name, with source and confidence for
 * every fact, and the limits that follow from them.
 *
 * @module
 */

export * from "./catalogue.ts";
export * from "./dvfs.ts";
export * from "./find.ts";
export * from "./hardware.ts";
export * from "./limits.ts";
export * from "./provenance.ts";
export * from "./schema.ts";
