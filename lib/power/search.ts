/** Binary search in increasing times. */

/** Index of the first time after a moment. */
export function upperBound(timeS: Float64Array, moment: number): number {
  let low = 0;
  let high = timeS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeS[middle]! <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first time at or after a moment. */
export function lowerBound(timeS: Float64Array, moment: number): number {
  let low = 0;
  let high = timeS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeS[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
