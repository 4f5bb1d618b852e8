/**
 * What can be said of a series without keeping it: counts, extent, energy, steps. Steps between
 * readings are kept as a histogram with 64 bins an octave, so that gaps can be told from steps at
 * the end, when the median step is known.
 */
const binsPerOctave = 64;
const lowestExponent = -24;
const octaves = 54;
const binCount = octaves * binsPerOctave;

const bits = new DataView(new ArrayBuffer(8));

function binOf(h: number): number {
  bits.setFloat64(0, h);
  // Sign, exponent and the first six bits of the fraction.
  const index = (bits.getUint32(0) >>> 14) - ((lowestExponent + 1023) << 6);
  return index < 0 ? 0 : index >= binCount ? binCount - 1 : index;
}

function upperEdge(bin: number): number {
  const octave = Math.floor(bin / binsPerOctave);
  return 2 ** (octave + lowestExponent) * (1 + (bin % binsPerOctave + 1) / binsPerOctave);
}

/** Running statistics of one series. */
export class SeriesStats {
  /** Readings. */
  samples: number = 0;
  /** First time, in seconds. */
  startS: number = NaN;
  /** Last time, in seconds. */
  endS: number = NaN;
  /** Smallest value. */
  min: number = Infinity;
  /** Largest value. */
  max: number = -Infinity;
  /** Sum of the values. */
  sum: number = 0;
  /** Seconds of steps whose energy is not known: they are not covered. */
  unknownS: number = 0;
  #firstValue = NaN;
  #lastValue = NaN;
  // Made at the first step: a log can name thousands of devices.
  #count: Float64Array = new Float64Array(0);
  #seconds: Float64Array = new Float64Array(0);
  #areaJ: Float64Array = new Float64Array(0);

  /** Takes in the next readings. */
  add(timeS: Float64Array, value: Float64Array, length: number): void {
    if (length === 0) return;
    if (this.#count.length === 0) {
      this.#count = new Float64Array(binCount);
      this.#seconds = new Float64Array(binCount);
      this.#areaJ = new Float64Array(binCount);
    }
    let time = this.endS;
    let last = this.#lastValue;
    let from = 0;
    if (this.samples === 0) {
      this.startS = time = timeS[0]!;
      this.#firstValue = last = value[0]!;
      from = 1;
      this.sum = this.min = this.max = last;
    }
    let { sum, min, max } = this;
    for (let i = from; i < length; i++) {
      const v = value[i]!;
      const h = timeS[i]! - time;
      const bin = binOf(h);
      this.#count[bin]! += 1;
      this.#seconds[bin]! += h;
      this.#areaJ[bin]! += h * (v + last) / 2;
      sum += v;
      if (v < min) min = v;
      if (v > max) max = v;
      last = v;
      time = timeS[i]!;
    }
    this.samples += length;
    this.sum = sum;
    this.min = min;
    this.max = max;
    this.endS = time;
    this.#lastValue = last;
  }

  /** Median step between readings in seconds, to 0.8 %; NaN with fewer than two. */
  get stepS(): number {
    return this.stepQuantileS(0.5);
  }

  /** The step that a share of the steps does not exceed, in seconds, to 0.8 %. */
  stepQuantileS(share: number): number {
    const steps = this.samples - 1;
    if (steps < 1) return NaN;
    let seen = 0;
    for (let bin = 0; bin < binCount; bin++) {
      seen += this.#count[bin]!;
      if (seen >= share * steps) return this.#seconds[bin]! / this.#count[bin]!;
    }
    return NaN;
  }

  /** How many steps are shorter than a length in seconds, to 1.6 % of that length. */
  stepsBelow(lengthS: number): number {
    let count = 0;
    for (let bin = 0; bin < this.#count.length && upperEdge(bin) <= lengthS; bin++) {
      count += this.#count[bin]!;
    }
    return count;
  }

  /** Area under the values by the trapezoid, and its seconds, over steps no longer than a limit. */
  area(maxGapS: number): { readonly areaJ: number; readonly coveredS: number } {
    let areaJ = 0;
    let coveredS = 0;
    for (let bin = 0; bin < this.#count.length; bin++) {
      if (this.#count[bin] === 0 || this.#seconds[bin]! / this.#count[bin]! > maxGapS) continue;
      areaJ += this.#areaJ[bin]!;
      coveredS += this.#seconds[bin]!;
    }
    return { areaJ, coveredS: coveredS - this.unknownS };
  }

  /** Last value minus first value: the energy of a counter. */
  get growth(): number {
    return this.samples === 0 ? 0 : this.#lastValue - this.#firstValue;
  }
}
