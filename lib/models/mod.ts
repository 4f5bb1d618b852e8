/**
 * Models: a language model from its configuration: parameters, cache, FLOPs and bytes.
 *
 * @module
 */

export * from "./architecture.ts";
export * from "./parameters.ts";
export * from "./read_config.ts";
