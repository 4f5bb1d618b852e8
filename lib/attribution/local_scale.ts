/**
 * How much the true power differs from the cost model over time: a factor that is constant around
 * each reading. What lies between two moments is read from its integral.
 */
export interface LocalScale {
  /** Ends of the spans on which the factor is constant, in seconds on the log's clock. */
  readonly edgesS: Float64Array;
  /** The factor on each span; one fewer than edges. */
  readonly factor: Float32Array;
}

/** Options of {@linkcode localScale}. */
export interface LocalScaleOptions {
  /** Seconds either side over which measured and modelled power are averaged before they are divided. */
  readonly smoothS: number;
  /** Smallest and largest factor that is believed. */
  readonly range: readonly [number, number];
}

/**
 * Measured over modelled power, locally.
 *
 * @param centreS Middle of what each reading averages, in seconds on the log's clock, increasing.
 * @param measuredW Measured power above idle.
 * @param modelW Modelled power averaged over the same windows; where it is 0 nothing was computed.
 * @param options Smoothing and range.
 * @return The factor.
 */
export function localScale(
  centreS: Float64Array,
  measuredW: Float64Array,
  modelW: Float64Array,
  options: LocalScaleOptions,
): LocalScale {
  const n = centreS.length;
  const { smoothS } = options;
  const [least, most] = options.range;
  const factor = new Float32Array(n);
  const edgesS = new Float64Array(n + 1);
  let from = 0;
  let to = 0;
  let measured = 0;
  let model = 0;
  for (let i = 0; i < n; i++) {
    const centre = centreS[i]!;
    while (to < n && centreS[to]! <= centre + smoothS) {
      measured += measuredW[to]!;
      model += modelW[to]!;
      to++;
    }
    while (centreS[from]! < centre - smoothS) {
      measured -= measuredW[from]!;
      model -= modelW[from]!;
      from++;
    }
    // Sums that grow and shrink keep rounding; fresh ones where nothing is averaged.
    const [above, below] = to - from === 1 ? [measuredW[i]!, modelW[i]!] : [measured, model];
    factor[i] = below > 1e-9 ? Math.min(most, Math.max(least, above / below)) : 1;
    edgesS[i] = i === 0 ? centre : (centreS[i - 1]! + centre) / 2;
  }
  if (n > 0) edgesS[n] = centreS[n - 1]!;
  return { edgesS, factor };
}

/**
 * Reads the integral of the factor at moments that mostly increase. Outside the trace the factor is
 * 0: what was not measured is not divided.
 */
export class ScaleReader {
  readonly #scale: LocalScale;
  readonly #before: Float64Array;
  #at = 0;

  /**
   * Prepares the integral.
   *
   * @param scale The factor.
   */
  constructor(scale: LocalScale) {
    this.#scale = scale;
    const { edgesS, factor } = scale;
    this.#before = new Float64Array(factor.length + 1);
    for (let i = 0; i < factor.length; i++) {
      this.#before[i + 1] = this.#before[i]! + factor[i]! * (edgesS[i + 1]! - edgesS[i]!);
    }
  }

  /** Integral of the factor from the first edge to a moment, in seconds. */
  integralTo(timeS: number): number {
    const { edgesS, factor } = this.#scale;
    const last = factor.length - 1;
    if (last < 0 || timeS <= edgesS[0]!) return 0;
    if (timeS >= edgesS[last + 1]!) return this.#before[last + 1]!;
    let at = this.#at;
    let tries = 0;
    while (at < last && timeS >= edgesS[at + 1]! && tries++ < 64) at++;
    while (at > 0 && timeS < edgesS[at]! && tries++ < 64) at--;
    if (tries >= 64) {
      let low = 0;
      let high = last;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (edgesS[middle]! <= timeS) low = middle;
        else high = middle - 1;
      }
      at = low;
    }
    this.#at = at;
    return this.#before[at]! + factor[at]! * (timeS - edgesS[at]!);
  }
}
