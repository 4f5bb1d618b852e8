/**
 * Models: a language model from its configuration: parameters, cache, FLOPs and bytes.
 *
 * @module
 */

export {};
