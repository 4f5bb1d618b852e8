/**
 * Attribution: which joules belong to which request and phase.
 *
 * @module
 */

export {};
