/**
 * Seeded random numbers: the only source of randomness in lib/.
 *
 * @module
 */

/** A deterministic stream of random numbers; the same seed gives the same stream everywhere. */
export interface Random {
  /** Uniform in [0, 1) with 32 random bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, both values of a pair used). */
  normal(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Integer in [0, n). */
  integer(n: number): number;
  /** A new independent stream; streams of different labels do not overlap in practice. */
  fork(label: number): Random;
}

/**
 * A random stream from a seed: the sfc32 generator of C. Doty-Humphrey's PractRand, its state
 * filled by splitmix32 from the seed.
 *
 * @param seed Any integer; it is taken modulo 2^32.
 * @return The stream.
 *
 * @example
 * ```ts
 * import { createRandom } from "@joulebook/joulebook";
 * import assert from "node:assert/strict";
 *
 * assert.equal(createRandom(7).uniform(), createRandom(7).uniform());
 * assert.notEqual(createRandom(7).uniform(), createRandom(8).uniform());
 * ```
 */
export function createRandom(seed: number): Random {
  let mix = seed >>> 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = next();
  let b = next();
  let c = next();
  let counter = 1;
  const bits = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  const uniform = (): number => bits() / 4294967296;
  let spare = NaN;
  return {
    uniform,
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare;
        spare = NaN;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    exponential: () => -Math.log(1 - uniform()),
    integer: (n) => Math.floor(uniform() * n),
    fork: (label) => createRandom((bits() ^ Math.imul(label | 0, 0x85ebca6b)) >>> 0),
  };
}
