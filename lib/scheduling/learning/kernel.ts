/** Matrix products on 32-bit floats: a WebAssembly SIMD kernel and a plain fallback. */

import { matrixKernelBytes } from "./kernel_bytes.ts";

/**
 * C = A B, or C += A B: A is m x k with any strides, B k x n and C m x n row by row, n a multiple of 8.
 * Addresses and strides count bytes from the start of the arena.
 */
export type MatrixProduct = (
  a: number,
  aRowStride: number,
  aColumnStride: number,
  b: number,
  c: number,
  m: number,
  n: number,
  k: number,
  accumulate: number,
) => void;

/** Memory for a learner's numbers, with its matrix product. */
export interface Arena {
  /** A new zeroed block of floats on a 16-byte boundary; throws when the arena is full. */
  floats(length: number): Float32Array;
  /** The matrix product over this arena's memory. */
  readonly product: MatrixProduct;
  /** Which kernel is in use. */
  readonly kernel: "simd" | "plain";
}

/**
 * Reserves memory for a learner.
 *
 * Both kernels add the products of a sum in the same order and round each to 32 bits, so that their
 * results are the same.
 *
 * @param megabytes Size; it does not grow.
 * @param kernel `simd`, `plain`, or the first where WebAssembly SIMD exists.
 * @return The arena.
 *
 * @example
 * ```ts
 * import { createArena } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const { floats, product } = createArena(1);
 * const [a, b, c] = [floats(2), floats(16), floats(8)];
 * a.set([2, 3]);
 * b.fill(1, 0, 8);
 * b.fill(10, 8);
 * product(a.byteOffset, 8, 4, b.byteOffset, c.byteOffset, 1, 8, 2, 0); // (1 x 2) (2 x 8)
 * assert.equal(c[0], 32);
 * ```
 */
export function createArena(megabytes: number, kernel: "simd" | "plain" | "auto" = "auto"): Arena {
  const memory = new WebAssembly.Memory({ initial: megabytes * 16 });
  const heap = new Float32Array(memory.buffer);
  const bytes = matrixKernelBytes();
  const simd = kernel !== "plain" && WebAssembly.validate(bytes);
  let next = 16;
  return {
    kernel: simd ? "simd" : "plain",
    product: simd ? instantiate(bytes, memory) : plainProduct(heap),
    floats(length) {
      const start = next;
      next += Math.ceil(length / 4) * 16;
      if (next > memory.buffer.byteLength) throw new Error(`the arena of ${megabytes} MB is full`);
      return new Float32Array(memory.buffer, start, length);
    },
  };
}

function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): MatrixProduct {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports["product"] as MatrixProduct;
}

function plainProduct(heap: Float32Array): MatrixProduct {
  const { fround } = Math;
  return (a, aRowStride, aColumnStride, b, c, m, n, k, accumulate) => {
    const rowStep = aRowStride >> 2;
    const columnStep = aColumnStride >> 2;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const at = (c >> 2) + i * n + j;
        let sum = accumulate === 0 ? 0 : heap[at]!;
        let x = (a >> 2) + i * rowStep;
        let y = (b >> 2) + j;
        for (let l = 0; l < k; l++) {
          sum = fround(sum + fround(heap[x]! * heap[y]!));
          x += columnStep;
          y += n;
        }
        heap[at] = sum;
      }
    }
  };
}
