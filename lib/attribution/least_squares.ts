/** Normal equations of a linear fit: sums of x x', x y and y y. */
export interface NormalEquations {
  /** Number of columns. */
  readonly size: number;
  /** Sum of x x', row by row. */
  readonly xx: Float64Array;
  /** Sum of x y. */
  readonly xy: Float64Array;
  /** Sum of y y. */
  yy: number;
  /** Rows added. */
  rows: number;
}

/** Empty normal equations. */
export function normalEquations(size: number): NormalEquations {
  return { size, xx: new Float64Array(size * size), xy: new Float64Array(size), yy: 0, rows: 0 };
}

/** Adds one row, that begins at `offset` of `x`, with a weight. */
export function addRow(
  normal: NormalEquations,
  x: Float64Array,
  offset: number,
  y: number,
  weight = 1,
): void {
  const { size, xx, xy } = normal;
  for (let a = 0; a < size; a++) {
    const xa = weight * x[offset + a]!;
    for (let b = 0; b <= a; b++) xx[a * size + b]! += xa * x[offset + b]!;
    xy[a]! += xa * y;
  }
  normal.yy += weight * y * y;
  normal.rows += weight;
}

/** Adds the sums of other equations, times a factor. */
export function addEquations(into: NormalEquations, from: NormalEquations, factor = 1): void {
  for (let i = 0; i < into.xx.length; i++) into.xx[i]! += factor * from.xx[i]!;
  for (let i = 0; i < into.size; i++) into.xy[i]! += factor * from.xy[i]!;
  into.yy += factor * from.yy;
  into.rows += factor * from.rows;
}

/**
 * Least squares with no negative coefficient: the active-set method of Lawson and Hanson (Solving
 * Least Squares Problems, 1974, chapter 23) on the normal equations, columns scaled to unit length.
 *
 * @param normal The equations (lower triangle filled).
 * @param ridge Added to the scaled diagonal, pulling towards `prior`; by default none.
 * @param prior Coefficients to be pulled to; by default 0.
 * @return The coefficients.
 */
export function nonNegative(
  normal: NormalEquations,
  ridge: Float64Array | null = null,
  prior: Float64Array | null = null,
): Float64Array {
  const n = normal.size;
  const scale = new Float64Array(n);
  for (let a = 0; a < n; a++) scale[a] = Math.sqrt(normal.xx[a * n + a]!) || 0;
  const matrix = new Float64Array(n * n);
  const right = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    if (scale[a] === 0) continue;
    for (let b = 0; b <= a; b++) {
      if (scale[b] === 0) continue;
      const value = normal.xx[a * n + b]! / (scale[a]! * scale[b]!);
      matrix[a * n + b] = value;
      matrix[b * n + a] = value;
    }
    const pull = ridge?.[a] ?? 0;
    matrix[a * n + a]! += pull;
    right[a] = normal.xy[a]! / scale[a]! + pull * (prior?.[a] ?? 0) * scale[a]!;
  }
  const x = new Float64Array(n);
  const passive: number[] = [];
  const isPassive = new Uint8Array(n);
  for (let round = 0; round < 3 * n; round++) {
    let best = -1;
    let steepest = 1e-12;
    for (let a = 0; a < n; a++) {
      if (isPassive[a] === 1 || scale[a] === 0) continue;
      let gradient = right[a]!;
      for (let b = 0; b < n; b++) gradient -= matrix[a * n + b]! * x[b]!;
      const relative = gradient / (Math.abs(right[a]!) + 1e-300);
      if (relative > steepest) {
        steepest = relative;
        best = a;
      }
    }
    if (best < 0) break;
    passive.push(best);
    isPassive[best] = 1;
    for (;;) {
      const z = solveSubset(matrix, right, n, passive);
      let step = 1;
      for (let p = 0; p < passive.length; p++) {
        const a = passive[p]!;
        if (z[p]! <= 0) step = Math.min(step, x[a]! / (x[a]! - z[p]!));
      }
      if (!(step < 1)) {
        for (let p = 0; p < passive.length; p++) x[passive[p]!] = z[p]!;
        break;
      }
      for (let p = passive.length - 1; p >= 0; p--) {
        const a = passive[p]!;
        x[a]! += step * (z[p]! - x[a]!);
        if (x[a]! <= 1e-14) {
          x[a] = 0;
          isPassive[a] = 0;
          passive.splice(p, 1);
        }
      }
      if (passive.length === 0) break;
    }
  }
  for (let a = 0; a < n; a++) x[a] = scale[a] === 0 ? 0 : x[a]! / scale[a]!;
  return x;
}

/**
 * Plain least squares on the normal equations, columns scaled to unit length.
 *
 * @param normal The equations (lower triangle filled).
 * @return The coefficients.
 */
export function solve(normal: NormalEquations): Float64Array {
  const n = normal.size;
  const scale = Float64Array.from({ length: n }, (_, a) => Math.sqrt(normal.xx[a * n + a]!));
  const matrix = new Float64Array(n * n);
  const right = new Float64Array(n);
  const used: number[] = [];
  for (let a = 0; a < n; a++) {
    if (!(scale[a]! > 0)) continue;
    used.push(a);
    right[a] = normal.xy[a]! / scale[a]!;
    for (let b = 0; b <= a; b++) {
      if (!(scale[b]! > 0)) continue;
      matrix[a * n + b] = matrix[b * n + a] = normal.xx[a * n + b]! / (scale[a]! * scale[b]!);
    }
  }
  const x = new Float64Array(n);
  solveSubset(matrix, right, n, used).forEach((value, p) => {
    x[used[p]!] = value / scale[used[p]!]!;
  });
  return x;
}

/** Sum of squared residuals of coefficients. */
export function residualSquares(normal: NormalEquations, x: Float64Array): number {
  const n = normal.size;
  let sum = normal.yy;
  for (let a = 0; a < n; a++) {
    sum -= 2 * x[a]! * normal.xy[a]!;
    for (let b = 0; b < n; b++) {
      const product = a >= b ? normal.xx[a * n + b]! : normal.xx[b * n + a]!;
      sum += x[a]! * x[b]! * product;
    }
  }
  return Math.max(0, sum);
}

/** Gaussian elimination with a tiny ridge, so that equal columns share instead of failing. */
function solveSubset(
  matrix: Float64Array,
  right: Float64Array,
  n: number,
  columns: readonly number[],
): Float64Array {
  const m = columns.length;
  const a = new Float64Array(m * (m + 1));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) a[i * (m + 1) + j] = matrix[columns[i]! * n + columns[j]!]!;
    a[i * (m + 1) + i]! += 1e-10;
    a[i * (m + 1) + m] = right[columns[i]!]!;
  }
  for (let i = 0; i < m; i++) {
    let pivot = i;
    for (let j = i + 1; j < m; j++) {
      if (Math.abs(a[j * (m + 1) + i]!) > Math.abs(a[pivot * (m + 1) + i]!)) pivot = j;
    }
    for (let c = i; c <= m; c++) {
      const held = a[i * (m + 1) + c]!;
      a[i * (m + 1) + c] = a[pivot * (m + 1) + c]!;
      a[pivot * (m + 1) + c] = held;
    }
    for (let j = i + 1; j < m; j++) {
      const factor = a[j * (m + 1) + i]! / a[i * (m + 1) + i]!;
      for (let c = i; c <= m; c++) a[j * (m + 1) + c]! -= factor * a[i * (m + 1) + c]!;
    }
  }
  const x = new Float64Array(m);
  for (let i = m - 1; i >= 0; i--) {
    let value = a[i * (m + 1) + m]!;
    for (let j = i + 1; j < m; j++) value -= a[i * (m + 1) + j]! * x[j]!;
    x[i] = value / a[i * (m + 1) + i]!;
  }
  return x;
}
