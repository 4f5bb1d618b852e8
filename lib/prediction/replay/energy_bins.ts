/** Energy by time bin, summed exactly while a simulated server runs. */

/** Joules in bins of equal length from time 0. */
export class EnergyBins {
  /** Length of a bin, in seconds. */
  readonly binS: number;
  readonly #joules: number[] = [];

  constructor(binS: number) {
    this.binS = binS;
  }

  /** Adds constant power between two moments, divided among the bins it touches. */
  add(startS: number, endS: number, powerW: number): void {
    let bin = Math.floor(startS / this.binS);
    for (let at = startS; at < endS; bin++) {
      const until = Math.min(endS, (bin + 1) * this.binS);
      while (this.#joules.length <= bin) this.#joules.push(0);
      if (until > at) this.#joules[bin]! += powerW * (until - at);
      at = Math.max(at, until);
    }
  }

  /** The joules of each bin up to a moment; the last bin may be shorter. */
  joules(endS: number): Float64Array {
    const joules = new Float64Array(Math.ceil(endS / this.binS));
    joules.set(this.#joules.slice(0, joules.length));
    return joules;
  }
}
