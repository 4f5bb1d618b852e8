/**
 * Measurement: a declared benchmark run against a real endpoint, with power sampled beside it, kept
 * in a run folder. The only part of the library that starts programs, opens sockets and reads the
 * clock.
 *
 * @module
 */

export { parseMeasureConfig } from "./config.ts";
export type * from "./settings.ts";
export { type Cell, sweepCells } from "./sweep.ts";
