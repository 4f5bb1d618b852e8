/** A chain of denoising steps that ends in a Gaussian head, trained end to end. */

import type { Random } from "../../random.ts";
import type { Arena } from "./kernel.ts";
import { createMlp, type Mlp, padded } from "./mlp.ts";

/** A stochastic head on a condition: plain layers or a denoising chain. */
export interface ConditionalHead {
  /** Rows of [mean, raw deviation] for a condition; keeps what the backward pass needs. */
  forward(condition: Float32Array, rows: number, random: Random): Float32Array;
  /** Adds to the gradients. */
  backward(headSlope: Float32Array, rows: number): void;
  /** Numbers between rows of the head. */
  readonly headWidth: number;
  /** Networks with parameters. */
  readonly nets: readonly Mlp[];
}

const times = 8;

/**
 * The denoising chain of DRESS (arXiv 2503.07433): x_W from a standard normal, then W steps with the
 * variance-preserving schedule beta_t = 1 - exp(-0.1 / W - 4.95 (2t - 1) / W^2). Each step predicts the
 * noise from (x, t, condition), estimates x_0 = x / sqrt(abar) - sqrt(1 / abar - 1) eps cut to +-1, and
 * draws from the posterior around its mean, without noise in the last step. A linear head on the
 * rectified x_0 gives mean and deviation. Simplified against the published code: one ReLU network of
 * two hidden layers takes the concatenated input, time enters as fixed sinusoids.
 *
 * @param arena Memory and kernel.
 * @param conditionSize Numbers of a condition.
 * @param latent Width M of x.
 * @param steps Denoising steps W.
 * @param width Width of the hidden layers.
 * @param rows Most rows.
 * @param random Source of the initial weights.
 * @return The head.
 */
export function createDiffusionHead(
  arena: Arena,
  conditionSize: number,
  latent: number,
  steps: number,
  width: number,
  rows: number,
  random: Random,
): ConditionalHead {
  const net = createMlp(arena, [latent + times + conditionSize, width, width, latent], random, {
    activation: "relu",
    rows,
    tapes: steps,
  });
  const head = createMlp(arena, [latent, 2], random, { activation: "relu", rows, lastScale: 0.3 });
  const m = padded(latent);
  const schedule = noiseSchedule(steps);
  const x = Array.from({ length: steps + 1 }, () => new Float32Array(rows * latent));
  const clipped = Array.from({ length: steps }, () => new Uint8Array(rows * latent));
  const slope = new Float32Array(rows * latent);
  const noiseSlope = new Float32Array(rows * m);

  return {
    headWidth: head.outputWidth,
    nets: [net, head],
    forward(condition, count, stream) {
      const end = count * latent;
      for (let i = 0; i < end; i++) x[steps]![i] = stream.normal();
      for (let t = steps; t >= 1; t--) {
        const from = x[t]!;
        const to = x[t - 1]!;
        const cut = clipped[t - 1]!;
        const input = net.input(t - 1);
        for (let r = 0; r < count; r++) {
          let at = r * net.inputWidth;
          for (let i = 0; i < latent; i++) input[at++] = from[r * latent + i]!;
          for (let f = 0; f < times / 2; f++) {
            input[at++] = Math.sin(t * Math.pow(100, -2 * f / times));
            input[at++] = Math.cos(t * Math.pow(100, -2 * f / times));
          }
          for (let i = 0; i < conditionSize; i++) input[at++] = condition[r * conditionSize + i]!;
        }
        const eps = net.forward(count, t - 1);
        const s = schedule[t - 1]!;
        for (let r = 0; r < count; r++) {
          for (let i = 0; i < latent; i++) {
            const at = r * latent + i;
            const guess = from[at]! * s.inverseRoot - s.noiseFactor * eps[r * m + i]!;
            const start = Math.max(-1, Math.min(1, guess));
            cut[at] = start === guess ? 0 : 1;
            const noise = t > 1 ? s.deviation * stream.normal() : 0;
            to[at] = s.startFactor * start + s.currentFactor * from[at]! + noise;
          }
        }
      }
      const input = head.input();
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < latent; i++) {
          input[r * head.inputWidth + i] = Math.max(0, x[0]![r * latent + i]!);
        }
      }
      return head.forward(count);
    },
    backward(headSlope, count) {
      head.backward(headSlope, count, true);
      const top = head.inputGradient();
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < latent; i++) {
          const at = r * latent + i;
          slope[at] = x[0]![at]! > 0 ? top[r * head.inputWidth + i]! : 0;
        }
      }
      for (let t = 1; t <= steps; t++) {
        const s = schedule[t - 1]!;
        const cut = clipped[t - 1]!;
        for (let r = 0; r < count; r++) {
          for (let i = 0; i < latent; i++) {
            const at = r * latent + i;
            const bySlope = cut[at] === 1 ? 0 : s.startFactor * slope[at]!;
            noiseSlope[r * m + i] = -s.noiseFactor * bySlope;
            slope[at] = s.currentFactor * slope[at]! + s.inverseRoot * bySlope;
          }
        }
        net.backward(noiseSlope, count, true, t - 1);
        const below = net.inputGradient();
        for (let r = 0; r < count; r++) {
          for (let i = 0; i < latent; i++) slope[r * latent + i]! += below[r * net.inputWidth + i]!;
        }
      }
    },
  };
}

interface ScheduleStep {
  readonly inverseRoot: number;
  readonly noiseFactor: number;
  readonly startFactor: number;
  readonly currentFactor: number;
  readonly deviation: number;
}

function noiseSchedule(steps: number): ScheduleStep[] {
  let product = 1;
  return Array.from({ length: steps }, (_, i) => {
    const beta = 1 - Math.exp(-0.1 / steps - 4.95 * (2 * (i + 1) - 1) / (steps * steps));
    const before = product;
    product *= 1 - beta;
    return {
      inverseRoot: 1 / Math.sqrt(product),
      noiseFactor: Math.sqrt(1 / product - 1),
      startFactor: beta * Math.sqrt(before) / (1 - product),
      currentFactor: (1 - before) * Math.sqrt(1 - beta) / (1 - product),
      deviation: Math.sqrt(beta * (1 - before) / (1 - product)),
    };
  });
}

/** The fully connected head: two hidden layers on the condition. */
export function createDenseHead(
  arena: Arena,
  conditionSize: number,
  width: number,
  rows: number,
  random: Random,
): ConditionalHead {
  const net = createMlp(arena, [conditionSize, width, width, 2], random, {
    activation: "relu",
    rows,
    lastScale: 0.3,
  });
  return {
    headWidth: net.outputWidth,
    nets: [net],
    forward(condition, count) {
      const input = net.input();
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < conditionSize; i++) {
          input[r * net.inputWidth + i] = condition[r * conditionSize + i]!;
        }
      }
      return net.forward(count);
    },
    backward(headSlope, count) {
      net.backward(headSlope, count, true);
    },
  };
}
