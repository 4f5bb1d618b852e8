/**
 * The samples that a line needs to look the same at a width: the first, least, greatest and last of
 * each bucket, so that no peak is lost (M4: Jugel, Jerzak, Hackenbroich and Markl 2014). A gap in a
 * bucket stays a gap.
 *
 * @param values What is drawn, in order.
 * @param buckets How many buckets to cut the samples into.
 * @return Indices to keep, increasing; all of them where that is not more.
 */
export function peakIndices(values: ArrayLike<number>, buckets: number): number[] {
  const n = values.length;
  if (n <= buckets * 4) return Array.from({ length: n }, (_, i) => i);
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor(bucket * n / buckets);
    const to = Math.floor((bucket + 1) * n / buckets);
    let [first, last, least, greatest, gap] = [-1, -1, -1, -1, -1];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) {
        gap = i;
        continue;
      }
      if (first < 0) first = i;
      last = i;
      if (least < 0 || value < values[least]!) least = i;
      if (greatest < 0 || value > values[greatest]!) greatest = i;
    }
    const picks = new Set([first, least, greatest, last, gap].filter((i) => i >= 0));
    kept.push(...[...picks].sort((a, b) => a - b));
  }
  return kept;
}

/**
 * The points that a scatter needs to look the same: one for each cell of a grid.
 *
 * @param x Horizontal positions.
 * @param y Vertical positions.
 * @param cell Index of the grid's cell of a point, or NaN for none.
 * @param most Number of points up to which all are kept.
 * @return Indices to keep, increasing.
 */
export function pointIndices(
  count: number,
  cell: (i: number) => number,
  most: number,
): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const seen = new Set<number>();
  const kept: number[] = [];
  for (let i = 0; i < count; i++) {
    const key = cell(i);
    if (Number.isNaN(key) || seen.has(key)) continue;
    seen.add(key);
    kept.push(i);
  }
  return kept;
}

/**
 * Stretches with those joined that touch or lie closer than can be seen.
 *
 * @param from Starts.
 * @param to Ends.
 * @param reach Gap up to which neighbours are joined.
 * @return Starts and ends, increasing.
 */
export function joinSpans(
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  reach: number,
): { from: number[]; to: number[] } {
  const order = Array.from({ length: from.length }, (_, i) => i)
    .filter((i) => to[i]! > from[i]!)
    .sort((a, b) => from[a]! - from[b]!);
  const joined: { from: number[]; to: number[] } = { from: [], to: [] };
  for (const i of order) {
    const last = joined.to.length - 1;
    if (last >= 0 && from[i]! - joined.to[last]! <= reach) {
      joined.to[last] = Math.max(joined.to[last]!, to[i]!);
    } else {
      joined.from.push(from[i]!);
      joined.to.push(to[i]!);
    }
  }
  return joined;
}
