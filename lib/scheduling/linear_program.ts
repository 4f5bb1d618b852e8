/** Builds a sparse linear program row by row and column by column, and solves it. */

import type { IndexInput, ModelData, VariableType } from "highs";
import type { Solver } from "./solver.ts";

/** A linear program under construction; it minimises. */
export interface LinearProgram {
  /** Adds a row low <= a x <= high and returns its index. */
  row(low: number, high: number): number;
  /** Adds a column and returns its index; entries follow with {@linkcode entry}. */
  column(cost: number, low: number, high: number, integer?: boolean): number;
  /** Adds a coefficient to the column added last. */
  entry(row: number, value: number): void;
  /** Columns so far. */
  readonly columns: number;
  /** Rows so far. */
  readonly rows: number;
  /** The program in the form that HiGHS takes. */
  data(): ModelData;
}

/** Starts a program. */
export function createLinearProgram(): LinearProgram {
  const cost: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  const integer: VariableType[] = [];
  const rowLow: number[] = [];
  const rowHigh: number[] = [];
  const starts: number[] = [];
  const indices: number[] = [];
  const values: number[] = [];
  let mixed = false;
  return {
    row(a, b) {
      rowLow.push(a);
      rowHigh.push(b);
      return rowLow.length - 1;
    },
    column(c, a, b, whole = false) {
      cost.push(c);
      low.push(a);
      high.push(b);
      integer.push(whole ? 1 : 0);
      mixed ||= whole;
      starts.push(indices.length);
      return cost.length - 1;
    },
    entry(row, value) {
      if (value === 0) return;
      indices.push(row);
      values.push(value);
    },
    get columns() {
      return cost.length;
    },
    get rows() {
      return rowLow.length;
    },
    data() {
      const offsets: IndexInput = Int32Array.from([...starts, indices.length]);
      return {
        numCols: cost.length,
        numRows: rowLow.length,
        colCost: Float64Array.from(cost),
        colLower: Float64Array.from(low),
        colUpper: Float64Array.from(high),
        rowLower: Float64Array.from(rowLow),
        rowUpper: Float64Array.from(rowHigh),
        matrix: {
          format: "csc",
          numRows: rowLow.length,
          numCols: cost.length,
          starts: offsets,
          indices: Int32Array.from(indices),
          values: Float64Array.from(values),
        },
        ...(mixed && { integrality: integer }),
      };
    },
  };
}

/** A solved program. */
export interface LinearSolution {
  /** Value of every column. */
  readonly value: Float64Array;
  /** Change of the minimum with a row's bound; NaN for a mixed-integer program. */
  readonly rowDual: Float64Array;
  /** The minimum. */
  readonly objective: number;
}

/** Solves a program to optimality; throws when it has no optimum. */
export function solveLinearProgram(solver: Solver, program: LinearProgram): LinearSolution {
  const data = program.data();
  return solver.withModel(data, (model) => {
    model.options.set({
      output_flag: false,
      mip_rel_gap: 1e-7,
      primal_feasibility_tolerance: 1e-9,
      dual_feasibility_tolerance: 1e-9,
    });
    const { modelStatus } = model.run();
    if (modelStatus !== solver.constants.modelStatus.optimal) {
      throw new Error(`the linear program has no optimum: status ${modelStatus}`);
    }
    const solution = model.getSolution();
    return {
      value: solution.colValue,
      rowDual: data.integrality === undefined
        ? solution.rowDual
        : new Float64Array(data.numRows).fill(NaN),
      objective: model.getObjectiveValue(),
    };
  });
}
