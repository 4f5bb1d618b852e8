import type { ServingPhysics } from "./physics.ts";

/**
 * A dense 8-billion-parameter model in 16 bits on an accelerator of the class of an H100: shapes of
 * Llama 3 8B (32 layers, 4096 wide, 8 key-value heads of 128); rates about 60 % of the dense peak
 * and 80 % of the memory bandwidth; energies are round figures of the order that published boards
 * show, not a measurement.
 */
export const DENSE_PHYSICS: ServingPhysics = {
  idleW: 80,
  activeBaseW: 60,
  flopsPerToken: 2 * 8.03e9,
  flopsPerContextToken: 4 * 32 * 4096,
  weightBytes: 16.06e9,
  experts: null,
  cacheBytesPerToken: 2 * 32 * 8 * 128 * 2,
  prefillJPerFlop: 0.9e-12,
  decodeJPerFlop: 1.17e-12,
  jPerByte: 80e-12,
  superlinear: 0.15,
  flopsPerS: 600e12,
  bytesPerS: 2.7e12,
  hostS: 0.0012,
  capW: 700,
  stepNoise: 0.03,
  drift: 0.02,
};

/**
 * A mixture of experts: 30 billion parameters of which 3.3 are active (shapes of Qwen3 30B-A3B: 48
 * layers, 4 key-value heads of 128, 8 of 128 experts), so that the weights read grow with the batch.
 */
export const MOE_PHYSICS: ServingPhysics = {
  ...DENSE_PHYSICS,
  flopsPerToken: 2 * 3.3e9,
  flopsPerContextToken: 4 * 48 * 4096,
  weightBytes: 61e9,
  experts: { count: 128, perToken: 8, bytes: 57.8e9 },
  cacheBytesPerToken: 2 * 48 * 4 * 128 * 2,
};

/** The dense preset with five milliseconds of host time in every step. */
export const HOST_BOUND_PHYSICS: ServingPhysics = { ...DENSE_PHYSICS, hostS: 0.005 };

/** The dense preset with a power limit of 450 W, which long prompts reach. */
export const CAPPED_PHYSICS: ServingPhysics = { ...DENSE_PHYSICS, capW: 450 };

/** The dense preset with a high power floor while any work runs. */
export const HIGH_BASE_PHYSICS: ServingPhysics = { ...DENSE_PHYSICS, activeBaseW: 150 };
