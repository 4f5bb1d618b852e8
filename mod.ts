/**
 * Joulebook: where the joules of AI inference went.
 *
 * @module
 */

export * from "./lib/clock.ts";
export * from "./lib/errors.ts";
export * from "./lib/losses.ts";
export * from "./lib/random.ts";
