/** How often each value occurs: sensors round, so that a day of readings has few values. */
export interface ValueCounts {
  /** The values, increasing. */
  readonly values: Float64Array;
  /** How often each occurs. */
  readonly counts: Uint32Array;
}

/** Counts values; exact, so that every percentile of several counts together is exact. */
export function countValues(readings: Float64Array): ValueCounts {
  const sorted = readings.toSorted();
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (values.at(-1) === value) counts[counts.length - 1]!++;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  return { values: Float64Array.from(values), counts: Uint32Array.from(counts) };
}

/** All values that were counted, sorted. */
export function expandCounts(all: readonly ValueCounts[]): Float64Array {
  const size = all.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const expanded = new Float64Array(size);
  let at = 0;
  for (const { values, counts } of all) {
    for (let i = 0; i < values.length; i++) {
      expanded.fill(values[i]!, at, at + counts[i]!);
      at += counts[i]!;
    }
  }
  return expanded.sort();
}
