/** Shapers that reward novelty (RND) or resemblance to success (SASR). */

import { createRandom, type Random } from "../../random.ts";
import { createAdam } from "./adam.ts";
import type { Arena } from "./kernel.ts";
import { createMlp, padded } from "./mlp.ts";
import type { Shaper } from "./shaper.ts";

/**
 * Random network distillation (Burda et al., arXiv 1810.12894): the bonus is the error of a network
 * that learns to predict a fixed random one at the next observation, over its running deviation, cut
 * to 5 and scaled by eta.
 */
export function rndShaping(
  arena: Arena,
  observationSize: number,
  rows: number,
  eta: number,
  seed: number,
): Shaper {
  const random = createRandom(seed);
  const features = 16;
  const sizes = [observationSize, 64, features];
  const fixed = createMlp(arena, sizes, random, { activation: "relu", rows });
  const learned = createMlp(arena, sizes, random, { activation: "relu", rows });
  const adam = createAdam(learned.parameters.length, 1e-3);
  const slope = new Float32Array(rows * padded(features));
  const scale = new Float32Array(1);
  return {
    name: "rnd",
    blocks: [learned.parameters, adam.state, scale, fixed.parameters],
    shape(batch) {
      copyRows(batch.next, observationSize, fixed.input(), fixed.inputWidth, batch.rows);
      copyRows(batch.next, observationSize, learned.input(), learned.inputWidth, batch.rows);
      const target = fixed.forward(batch.rows);
      const guess = learned.forward(batch.rows);
      const width = padded(features);
      const errors = new Float32Array(batch.rows);
      let mean = 0;
      for (let r = 0; r < batch.rows; r++) {
        for (let f = 0; f < features; f++) {
          const error = guess[r * width + f]! - target[r * width + f]!;
          errors[r]! += error * error / features;
          slope[r * width + f] = 2 * error / features / batch.rows;
        }
        mean += errors[r]! / batch.rows;
      }
      scale[0] = scale[0] === 0 ? mean : 0.99 * scale[0]! + 0.01 * mean;
      for (let r = 0; r < batch.rows; r++) {
        batch.reward[r]! += eta * Math.min(5, errors[r]! / Math.max(1e-8, scale[0]!));
      }
      learned.backward(slope, batch.rows, true);
      adam.step(learned.parameters, learned.gradients);
    },
  };
}

/**
 * Self-adaptive success rates (Ma et al., ICLR 2025): the bonus is a draw from Beta(S + 1, F + 1),
 * where S and F count how often states like this one were followed by reward and not, estimated with
 * random Fourier features of a Gaussian kernel. A sampled row counts once each time it is sampled, a
 * simplification; retention keeps a tenth of the counts' growth.
 */
export function sasrShaping(observationSize: number, eta: number, seed: number): Shaper {
  const random = createRandom(seed);
  const features = 64;
  const bandwidth = Math.sqrt(observationSize);
  const directions = Float32Array.from(
    { length: features * observationSize },
    () => random.normal() / bandwidth,
  );
  const phases = Float32Array.from({ length: features }, () => 2 * Math.PI * random.uniform());
  const success = new Float32Array(features + 1);
  const failure = new Float32Array(features + 1);
  const phi = new Float32Array(features);
  return {
    name: "sasr",
    blocks: [success, failure],
    shape(batch, stream) {
      for (let r = 0; r < batch.rows; r++) {
        const at = r * observationSize;
        for (let f = 0; f < features; f++) {
          let dot = phases[f]!;
          for (let i = 0; i < observationSize; i++) {
            dot += directions[f * observationSize + i]! * batch.observation[at + i]!;
          }
          phi[f] = Math.cos(dot) * Math.sqrt(2 / features);
        }
        const density = (sums: Float32Array): number => {
          let dot = 0;
          for (let f = 0; f < features; f++) dot += phi[f]! * sums[f]!;
          return Math.max(0, dot);
        };
        const bonus = sampleBeta(density(success) + 1, density(failure) + 1, stream);
        const sums = batch.raw[r]! > 0 ? success : failure;
        for (let f = 0; f < features; f++) sums[f]! += 0.1 * phi[f]!;
        sums[features]!++;
        batch.reward[r]! += eta * (2 * bonus - 1);
      }
    },
  };
}

/** Beta(a, b) from two gammas (Marsaglia and Tsang 2000), a and b at least 1. */
function sampleBeta(a: number, b: number, random: Random): number {
  const x = sampleGamma(a, random);
  return x / (x + sampleGamma(b, random));
}

function sampleGamma(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Copies packed rows into padded ones. */
export function copyRows(
  from: Float32Array,
  size: number,
  to: Float32Array,
  width: number,
  rows: number,
  offset = 0,
): void {
  for (let r = 0; r < rows; r++) {
    const a = r * size;
    const b = r * width + offset;
    for (let i = 0; i < size; i++) to[b + i] = from[a + i]!;
  }
}
