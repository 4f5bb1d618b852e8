/**
 * Power series: what a trace of watts or joules is, and what can be made of it.
 *
 * @module
 */

export {};
