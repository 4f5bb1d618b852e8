/** A dense bounded simplex for the small linear program of one slot. */

/** Workspace and program: maximise c x subject to A x = b, 0 <= x <= u. */
export interface DenseProgram {
  /** Rows. */
  readonly rows: number;
  /** Columns. */
  readonly columns: number;
  /** Coefficients by row; overwritten by solving. */
  readonly a: Float64Array;
  /** Right-hand sides, not negative; overwritten. */
  readonly b: Float64Array;
  /** Objective; overwritten with reduced costs. */
  readonly c: Float64Array;
  /** Upper bounds. */
  readonly upper: Float64Array;
  /** The basic column of each row; the start must be feasible. */
  readonly basis: Int32Array;
  /** 1 where a nonbasic column stands at its upper bound. */
  readonly atUpper: Uint8Array;
  /** The solution. */
  readonly x: Float64Array;
}

/** Memory for programs of a shape. */
export function createDenseProgram(rows: number, columns: number): DenseProgram {
  return {
    rows,
    columns,
    a: new Float64Array(rows * columns),
    b: new Float64Array(rows),
    c: new Float64Array(columns),
    upper: new Float64Array(columns),
    basis: new Int32Array(rows),
    atUpper: new Uint8Array(columns),
    x: new Float64Array(columns),
  };
}

/** Reduced costs and pivots below this are taken for zero; the program is scaled near 1. */
const epsilon = 1e-10;

/** Clears a program for refilling. */
export function clearDenseProgram(p: DenseProgram): void {
  p.a.fill(0);
  p.b.fill(0);
  p.c.fill(0);
  p.upper.fill(Infinity);
  p.atUpper.fill(0);
}

/**
 * Solves in place from the given basis: largest reduced cost first, least index (Bland) once the
 * objective has stalled. The start must be feasible with every column at 0 but the basis.
 *
 * @param p The program; `x` holds the optimum afterwards.
 * @return Pivots and bound flips taken.
 */
export function solveDense(p: DenseProgram): number {
  const { rows, columns, a, b, c, upper, basis, atUpper, x } = p;
  for (let r = 0; r < rows; r++) eliminate(p, r, basis[r]!);
  const limit = 50 * (rows + columns);
  let stalled = 0;
  for (let step = 0; step < limit; step++) {
    let enter = -1;
    let best = epsilon;
    for (let j = 0; j < columns; j++) {
      if (upper[j] === 0) continue;
      const gain = atUpper[j] === 1 ? -c[j]! : c[j]!;
      if (gain > best) {
        enter = j;
        if (stalled > 2 * rows) break;
        best = gain;
      }
    }
    if (enter < 0) {
      for (let j = 0; j < columns; j++) x[j] = atUpper[j] === 1 ? upper[j]! : 0;
      for (let r = 0; r < rows; r++) x[basis[r]!] = Math.max(0, b[r]!);
      return step;
    }
    // The entering column moves up from 0 or down from its upper bound.
    const sign = atUpper[enter] === 1 ? -1 : 1;
    let move = upper[enter]!;
    let leave = -1;
    let leaveAtUpper = false;
    for (let r = 0; r < rows; r++) {
      const rate = sign * a[r * columns + enter]!;
      if (rate > epsilon) {
        const room = Math.max(0, b[r]!) / rate;
        if (
          room < move - 1e-12 || (room <= move && leave >= 0 && basis[r]! < basis[leave]!)
        ) {
          move = room;
          leave = r;
          leaveAtUpper = false;
        }
      } else if (rate < -epsilon) {
        const high = upper[basis[r]!]!;
        if (high === Infinity) continue;
        const room = Math.max(0, high - b[r]!) / -rate;
        if (
          room < move - 1e-12 || (room <= move && leave >= 0 && basis[r]! < basis[leave]!)
        ) {
          move = room;
          leave = r;
          leaveAtUpper = true;
        }
      }
    }
    if (move === Infinity) throw new Error("the slot's program is unbounded");
    stalled = move > 1e-12 ? 0 : stalled + 1;
    for (let r = 0; r < rows; r++) b[r]! -= sign * move * a[r * columns + enter]!;
    if (leave < 0) {
      atUpper[enter] = atUpper[enter] === 1 ? 0 : 1;
      continue;
    }
    const out = basis[leave]!;
    const value = (sign > 0 ? 0 : upper[enter]!) + sign * move;
    atUpper[out] = leaveAtUpper ? 1 : 0;
    atUpper[enter] = 0;
    basis[leave] = enter;
    pivotRows(p, leave, enter);
    b[leave] = value;
  }
  throw new Error("the slot's program did not converge");
}

/** Makes a column of the starting basis a unit column, right-hand sides included. */
function eliminate(p: DenseProgram, row: number, column: number): void {
  const { rows, columns, a, b } = p;
  const pivot = a[row * columns + column]!;
  b[row]! /= pivot;
  for (let r = 0; r < rows; r++) {
    if (r !== row) b[r]! -= a[r * columns + column]! * b[row]!;
  }
  pivotRows(p, row, column);
}

function pivotRows(p: DenseProgram, row: number, column: number): void {
  const { rows, columns, a, c } = p;
  const base = row * columns;
  const inverse = 1 / a[base + column]!;
  if (inverse !== 1) { for (let j = 0; j < columns; j++) a[base + j]! *= inverse; }
  for (let r = 0; r < rows; r++) {
    if (r === row) continue;
    const factor = a[r * columns + column]!;
    if (factor === 0) continue;
    const at = r * columns;
    for (let j = 0; j < columns; j++) a[at + j]! -= factor * a[base + j]!;
  }
  const factor = c[column]!;
  if (factor !== 0) { for (let j = 0; j < columns; j++) c[j]! -= factor * a[base + j]!; }
}
