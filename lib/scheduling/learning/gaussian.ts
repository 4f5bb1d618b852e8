/** The squashed Gaussian policy head of soft actor-critic. */

import type { Random } from "../../random.ts";

const low = -5;
const high = 2;

/** Samples of a head and what its gradient needs. */
export interface SquashedSample {
  /** Actions in (-1, 1), rows x size. */
  readonly action: Float32Array;
  /** Log density of each row's action. */
  readonly logDensity: Float32Array;
  /** Noise used. */
  readonly noise: Float32Array;
}

/** Memory for samples. */
export function createSquashedSample(rows: number, size: number): SquashedSample {
  return {
    action: new Float32Array(rows * size),
    logDensity: new Float32Array(rows),
    noise: new Float32Array(rows * size),
  };
}

/**
 * Draws a = tanh(mean + exp(s) noise), s squashed into [-5, 2] by tanh, and its log density
 * (Haarnoja et al., arXiv 1801.01290, appendix C).
 *
 * @param head Rows of [mean..., raw s...] with a row stride.
 * @param stride Numbers between rows of the head.
 * @param rows Rows.
 * @param size Numbers of an action.
 * @param random Source of noise, or null for the mean action.
 * @param out Where samples go.
 */
export function sampleSquashed(
  head: Float32Array,
  stride: number,
  rows: number,
  size: number,
  random: Random | null,
  out: SquashedSample,
): void {
  for (let r = 0; r < rows; r++) {
    let log = 0;
    for (let i = 0; i < size; i++) {
      const mean = head[r * stride + i]!;
      const s = low + (high - low) / 2 * (Math.tanh(head[r * stride + size + i]!) + 1);
      const noise = random === null ? 0 : random.normal();
      const u = mean + Math.exp(s) * noise;
      const action = Math.tanh(u);
      out.noise[r * size + i] = noise;
      out.action[r * size + i] = action;
      // log(1 - tanh(u)^2) in the form that does not lose digits.
      log += -0.5 * noise * noise - s - 0.9189385332046727 -
        2 * (0.6931471805599453 - u - softplus(-2 * u));
    }
    out.logDensity[r] = log;
  }
}

/**
 * Gradient of sum(weight log density) + sum(slope action) by the head.
 *
 * @param head As sampled from.
 * @param stride Numbers between rows of head and gradient.
 * @param rows Rows.
 * @param size Numbers of an action.
 * @param sample What was sampled.
 * @param actionSlope Gradient by the action, rows x slopeStride.
 * @param slopeStride Numbers between its rows.
 * @param slopeOffset Where actions start in its rows.
 * @param weight Factor of every log density.
 * @param out Gradient by the head; padding untouched.
 */
export function squashedGradient(
  head: Float32Array,
  stride: number,
  rows: number,
  size: number,
  sample: SquashedSample,
  actionSlope: Float32Array,
  slopeStride: number,
  slopeOffset: number,
  weight: number,
  out: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < size; i++) {
      const raw = Math.tanh(head[r * stride + size + i]!);
      const s = low + (high - low) / 2 * (raw + 1);
      const action = sample.action[r * size + i]!;
      const noise = sample.noise[r * size + i]!;
      const slope = actionSlope[r * slopeStride + slopeOffset + i]!;
      // d action / d u = 1 - a^2; d log density / d u = 2 a; d u / d s = exp(s) noise.
      const byU = slope * (1 - action * action) + weight * 2 * action;
      out[r * stride + i] = byU;
      out[r * stride + size + i] = (byU * Math.exp(s) * noise - weight) *
        (high - low) / 2 * (1 - raw * raw);
    }
  }
}

function softplus(x: number): number {
  return x > 20 ? x : Math.log1p(Math.exp(x));
}
