/**
 * Metrics: joules per token, prompt and request; cost, carbon, forecasts.
 *
 * @module
 */

export {};
