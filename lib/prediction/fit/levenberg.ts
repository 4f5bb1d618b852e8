/** Robust non-linear least squares with Gaussian priors (Levenberg-Marquardt). */

/** A fit of {@linkcode fitResiduals}. */
export interface ResidualFit {
  /** The parameters. */
  readonly parameters: Float64Array;
  /** Sum of squares of robust residuals and prior terms at the end. */
  readonly cost: number;
  /** Iterations made. */
  readonly iterations: number;
}

/** Options of {@linkcode fitResiduals}. */
export interface ResidualFitOptions {
  /** Residual size from which growth becomes linear (pseudo-Huber). */
  readonly huber: number;
  /** Precision of each parameter's prior, 1 / standard deviation. */
  readonly priorWeight: readonly number[];
  /** Most iterations. Default: 60. */
  readonly maxIterations?: number;
}

/**
 * Minimises `sum rho(r_i(p)) + sum (w_j (p_j - p0_j))^2` from `p0`, where
 * `rho(r) = 2 d^2 (sqrt(1 + (r/d)^2) - 1)` is the pseudo-Huber loss, by Levenberg-Marquardt with
 * Marquardt's scaling and a forward-difference Jacobian.
 *
 * @param residuals Residuals of given parameters, always of the same length.
 * @param start Prior means, and where the search begins.
 * @param options Loss and priors.
 * @return The fit.
 */
export function fitResiduals(
  residuals: (parameters: Float64Array) => Float64Array,
  start: readonly number[],
  { huber, priorWeight, maxIterations = 60 }: ResidualFitOptions,
): ResidualFit {
  const size = start.length;
  const robust = (p: Float64Array): Float64Array => {
    const r = residuals(p);
    const out = new Float64Array(r.length + size);
    for (let i = 0; i < r.length; i++) {
      const x = r[i]! / huber;
      const rho = 2 * huber * huber * (Math.sqrt(1 + x * x) - 1);
      out[i] = Math.sign(x) * Math.sqrt(rho);
    }
    for (let j = 0; j < size; j++) out[r.length + j] = priorWeight[j]! * (p[j]! - start[j]!);
    return out;
  };
  let p = Float64Array.from(start);
  let r = robust(p);
  let cost = squares(r);
  let damping = 1e-2;
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    const jacobian: Float64Array[] = [];
    for (let j = 0; j < size; j++) {
      const moved = Float64Array.from(p);
      moved[j]! += 1e-5;
      const rj = robust(moved);
      for (let i = 0; i < r.length; i++) rj[i] = (rj[i]! - r[i]!) / 1e-5;
      jacobian.push(rj);
    }
    const normal = jacobian.map((a) => jacobian.map((b) => dot(a, b)));
    const gradient = jacobian.map((a) => -dot(a, r));
    let gained = 0;
    while (damping < 1e8) {
      const damped = normal.map((row, j) =>
        row.map((v, l) => j === l ? v * (1 + damping) + 1e-12 : v)
      );
      const step = solveSymmetric(damped, gradient);
      const next = p.map((v, j) => v + Math.max(-1, Math.min(1, step[j]!)));
      const rNext = robust(next);
      const costNext = squares(rNext);
      if (costNext < cost) {
        gained = (cost - costNext) / cost;
        p = next;
        r = rNext;
        cost = costNext;
        damping = Math.max(damping / 5, 1e-9);
        break;
      }
      damping *= 4;
    }
    if (gained < 1e-7) break;
  }
  return { parameters: p, cost, iterations };
}

/**
 * Solves a symmetric positive definite system by Cholesky's factorisation.
 *
 * @param matrix Rows; not changed.
 * @param right Right-hand side.
 * @return The solution; a pivot that is not positive is taken as tiny.
 */
export function solveSymmetric(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): Float64Array {
  const n = right.length;
  const l = matrix.map((row) => Float64Array.from(row));
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = matrix[i]![j]!;
      for (let s = 0; s < j; s++) sum -= l[i]![s]! * l[j]![s]!;
      l[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / l[j]![j]!;
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let s = 0; s < i; s++) x[i]! -= l[i]![s]! * x[s]!;
    x[i]! /= l[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let s = i + 1; s < n; s++) x[i]! -= l[s]![i]! * x[s]!;
    x[i]! /= l[i]![i]!;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function squares(r: Float64Array): number {
  return dot(r, r);
}
