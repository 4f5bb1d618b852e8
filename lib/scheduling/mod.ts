/**
 * Scheduling: work over data centres with batteries, renewables and prices.
 *
 * @module
 */

export {};
