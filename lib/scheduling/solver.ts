/** The LP and MILP solver, loaded when it is first needed. */

import type { Highs } from "highs";

/** A loaded HiGHS. */
export type Solver = Highs;

let loading: Promise<Solver> | null = null;

/**
 * Loads HiGHS (WebAssembly, about 3 MB) once.
 *
 * @return The solver, for {@linkcode solveDay} and the policies that look ahead.
 *
 * @example
 * ```ts
 * import { loadSolver } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await loadSolver(), await loadSolver());
 * ```
 */
export function loadSolver(): Promise<Solver> {
  // The package's types describe its CommonJS entry; the ES module exports the loader itself.
  loading ??= import("highs").then((module) =>
    (module.default as unknown as typeof module.default.default)()
  );
  return loading;
}
