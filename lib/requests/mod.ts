/**
 * Request logs: when each request came, answered and ended, and in how many tokens.
 *
 * @module
 */

export * from "./log.ts";
export * from "./serving/mod.ts";
export * from "./windows.ts";
