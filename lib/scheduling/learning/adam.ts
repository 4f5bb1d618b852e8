/** Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1) and Polyak averaging. */

/** An optimiser of one block of parameters. */
export interface Adam {
  /** Takes a step down the gradients and clears them. */
  step(parameters: Float32Array, gradients: Float32Array): void;
  /** Moments and step count, to be saved. */
  readonly state: Float32Array;
}

/** Adam with decay 0.9 and 0.999; `clip` bounds the gradient's norm (default none). */
export function createAdam(length: number, rate: number, clip = Infinity): Adam {
  const state = new Float32Array(2 * length + 1);
  const first = state.subarray(0, length);
  const second = state.subarray(length, 2 * length);
  return {
    state,
    step(parameters, gradients) {
      const t = ++state[2 * length]!;
      let norm = 0;
      if (clip < Infinity) {
        for (let i = 0; i < length; i++) norm += gradients[i]! * gradients[i]!;
      }
      const factor = norm > clip * clip ? clip / Math.sqrt(norm) : 1;
      const correction = Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t);
      for (let i = 0; i < length; i++) {
        const g = gradients[i]! * factor;
        const m = 0.9 * first[i]! + 0.1 * g;
        const v = 0.999 * second[i]! + 0.001 * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i]! -= rate * correction * m / (Math.sqrt(v) + 1e-8);
      }
      gradients.fill(0);
    },
  };
}

/** target += rate (source - target). */
export function average(target: Float32Array, source: Float32Array, rate: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += rate * (source[i]! - target[i]!);
}
