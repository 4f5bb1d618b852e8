/**
 * Plausibility: what is wrong with a trace or a published result.
 *
 * @module
 */

export {};
