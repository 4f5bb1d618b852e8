/**
 * Energies of spans by bin, the energy of a span taken to be even over it. A span without length
 * falls into one bin.
 *
 * The functions of this file use nothing outside of themselves: the page of a report carries them.
 *
 * @param from Starts of the spans, in seconds.
 * @param to Their ends; a span with an end before its start, or NaN, is left out.
 * @param energyJ Their energies, in joules; what is not positive is left out.
 * @param startS Start of the first bin.
 * @param binS Length of a bin.
 * @param bins Number of bins.
 * @return Joules of each bin; what lies outside the bins is left out.
 */
export function spreadEnergy(
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  energyJ: ArrayLike<number>,
  startS: number,
  binS: number,
  bins: number,
): Float64Array {
  const sums = new Float64Array(bins);
  for (let i = 0; i < from.length; i++) {
    const [a, b, joules] = [(from[i]! - startS) / binS, (to[i]! - startS) / binS, energyJ[i]!];
    if (!(joules > 0) || !(b >= a) || b < 0 || a > bins) continue;
    const first = Math.max(0, Math.floor(a));
    const last = Math.min(bins - 1, Math.floor(b));
    for (let bin = first; bin <= last; bin++) {
      const inside = Math.min(b, bin + 1) - Math.max(a, bin);
      sums[bin]! += b > a ? joules * Math.max(0, inside) / (b - a) : joules;
    }
  }
  return sums;
}

/** Mean power of each bin by what it went to, in watts; together they are what was measured. */
export interface PowerStack {
  /** Idle power. */
  readonly idleW: Float64Array;
  /** One column for each layer. */
  readonly layersW: readonly Float64Array[];
  /** Power above idle in bins without any layer. */
  readonly restW: Float64Array;
}

/**
 * Divides the measured power of each bin: idle power first, the rest in proportion to the layers'
 * energies there.
 *
 * @param measuredW Mean power of each bin, in watts.
 * @param idleW Idle power that is kept apart; 0 when the energies contain it.
 * @param layersJ Energies of the layers by bin, as {@linkcode spreadEnergy} gives them.
 * @return Columns as long as the bins.
 */
export function stackPower(
  measuredW: Float64Array,
  idleW: number,
  layersJ: readonly Float64Array[],
): PowerStack {
  const idle = measuredW.map((watts) => Math.min(watts, idleW));
  const whole = measuredW.map((_, i) => layersJ.reduce((sum, layer) => sum + layer[i]!, 0));
  const layersW = layersJ.map((layer) =>
    layer.map((joules, i) => whole[i]! > 0 ? (measuredW[i]! - idle[i]!) * joules / whole[i]! : 0)
  );
  const restW = measuredW.map((watts, i) =>
    Math.max(0, layersW.reduce((rest, layer) => rest - layer[i]!, watts - idle[i]!))
  );
  return { idleW: idle, layersW, restW };
}
