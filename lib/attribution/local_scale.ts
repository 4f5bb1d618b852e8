/**
 * How much the true power differs from the cost model over time: a factor that is constant around
 * each reading. What lies between two moments is read from its integral.
 */
export interface LocalScale {
  /** Middle of each reading on the log's clock, in seconds; a factor holds half way to the next. */
  readonly centreS: Float64Array;
  /** The factor around each reading. */
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
 * @param powerW Measured power.
 * @param idleW Idle power, taken off it.
 * @param modelW Modelled power averaged over the same windows; where it is 0 nothing was computed.
 * @param options Smoothing and range.
 * @return The factor.
 */
export function localScale(
  centreS: Float64Array,
  powerW: Float64Array,
  idleW: number,
  modelW: Float32Array,
  options: LocalScaleOptions,
): LocalScale {
  const n = centreS.length;
  const { smoothS } = options;
  const [least, most] = options.range;
  const factor = new Float32Array(n);
  let from = 0;
  let to = 0;
  let measured = 0;
  let model = 0;
  for (let i = 0; i < n; i++) {
    const centre = centreS[i]!;
    while (to < n && centreS[to]! <= centre + smoothS) {
      measured += powerW[to]! - idleW;
      model += modelW[to]!;
      to++;
    }
    while (centreS[from]! < centre - smoothS) {
      measured -= powerW[from]! - idleW;
      model -= modelW[from]!;
      from++;
    }
    // Sums that grow and shrink keep rounding; fresh ones where nothing is averaged.
    const [above, below] = to - from === 1 ? [powerW[i]! - idleW, modelW[i]!] : [measured, model];
    factor[i] = below > 1e-9 ? Math.min(most, Math.max(least, above / below)) : 1;
  }
  return { centreS, factor };
}

/**
 * Reads the integral of the factor at moments that do not decrease. Outside the trace the factor is
 * 0: what was not measured is not divided.
 */
export class ScaleReader {
  readonly #scale: LocalScale;
  #at = 0;
  #beginS: number;
  #before = 0;

  /**
   * Begins at the first reading.
   *
   * @param scale The factor.
   */
  constructor(scale: LocalScale) {
    this.#scale = scale;
    this.#beginS = scale.centreS[0] ?? 0;
  }

  /** Integral of the factor from the first reading to a moment, in seconds. */
  integralTo(timeS: number): number {
    const { centreS, factor } = this.#scale;
    const last = factor.length - 1;
    if (!(timeS > this.#beginS)) return this.#before;
    let at = this.#at;
    let beginS = this.#beginS;
    let before = this.#before;
    while (at < last) {
      const endS = (centreS[at]! + centreS[at + 1]!) / 2;
      if (timeS < endS) break;
      before += factor[at]! * (endS - beginS);
      beginS = endS;
      at++;
    }
    this.#at = at;
    this.#beginS = beginS;
    this.#before = before;
    return before + factor[at]! * (Math.min(timeS, centreS[last]!) - beginS);
  }
}
