/**
 * Hardware: accelerators as data.
 *
 * @module
 */

export {};
