/**
 * Request logs: when each request came, answered and ended, and in how many tokens.
 *
 * @module
 */

export * from "./join_logs.ts";
export * from "./log.ts";
export { pickRequests } from "./pick.ts";
export { type RepeatOptions, repeatThinned } from "./repeat.ts";
export * from "./serving/mod.ts";
export { type Timeline, timeline, type TimelineOptions, withChunks } from "./timeline.ts";
export type { StepRateSource } from "./timeline_rates.ts";
export type { StepShape } from "./timeline_stretch.ts";
export type { PhaseWindows } from "./timeline_windows.ts";
export * from "./windows.ts";
