/**
 * Prediction: latency, power and energy on hardware that nobody has measured yet.
 *
 * @module
 */

export {};
