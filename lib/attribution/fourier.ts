/**
 * Discrete Fourier transform in place: radix 2, decimation in time (Cooley and Tukey, 1965).
 *
 * @param re Real parts; the length is a power of two.
 * @param im Imaginary parts.
 */
export function forwardTransform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const r = re[i]!;
      re[i] = re[j]!;
      re[j] = r;
      const m = im[i]!;
      im[i] = im[j]!;
      im[j] = m;
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const angle = -2 * Math.PI / size;
    for (let k = 0; k < half; k++) {
      const wr = Math.cos(angle * k);
      const wi = Math.sin(angle * k);
      for (let start = k; start < n; start += size) {
        const other = start + half;
        const r = re[other]! * wr - im[other]! * wi;
        const m = re[other]! * wi + im[other]! * wr;
        re[other] = re[start]! - r;
        im[other] = im[start]! - m;
        re[start]! += r;
        im[start]! += m;
      }
    }
  }
}

/**
 * The inverse of {@linkcode forwardTransform}, in place.
 *
 * @param re Real parts.
 * @param im Imaginary parts.
 */
export function inverseTransform(re: Float64Array, im: Float64Array): void {
  forwardTransform(im, re);
  for (let i = 0; i < re.length; i++) {
    re[i]! /= re.length;
    im[i]! /= re.length;
  }
}
