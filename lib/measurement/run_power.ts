import { InputError } from "../errors.ts";
import { basisOf } from "../power/basis.ts";
import type { PowerSeries } from "../power/series.ts";
import { chooseSeries } from "../power/sum.ts";
import type { Run } from "./read_run_folder.ts";

/** The power of a run that its energies are made from. */
export interface RunPower {
  /** Series that may be added up, all on the clock of the run's requests. */
  readonly series: readonly PowerSeries[];
  /** `modelled` as soon as one of them was worked out from a declared power. */
  readonly basis: "measured" | "modelled";
}

/**
 * Chooses the series of a run that its energies are made from: what was measured before what was
 * modelled, which are never added up; of these all GPUs, or else the one device there is.
 *
 * @param run The run, or all that was read of its power.
 * @param devices Ids of devices to take instead.
 * @return The series, and whether they were measured.
 * @throws {InputError} `refused` when no sampler gave readings or the choice is not plain.
 *
 * @example
 * ```ts
 * import { runPower } from "@joulebook/joulebook/measurement";
 * import { sampledPower } from "@joulebook/joulebook/power";
 * import assert from "node:assert/strict";
 *
 * const columns = { timeS: Float64Array.of(0, 1), powerW: Float64Array.of(50, 50) };
 * const measured = sampledPower(columns);
 * const modelled = sampledPower(columns, {
 *   device: { kind: "cpu", id: "cpu" },
 *   source: { ...measured.source, basis: "modelled" },
 * });
 * assert.deepEqual(runPower({ dir: "run", power: [modelled, measured] }).series, [measured]);
 * assert.equal(runPower({ dir: "run", power: [modelled] }).basis, "modelled");
 * assert.throws(() => runPower({ dir: "run", power: [] }), /no sampler gave readings/);
 * ```
 */
export function runPower(
  { dir, power }: Pick<Run, "dir" | "power">,
  devices: readonly string[] = [],
): RunPower {
  const usable = power.filter(({ timeS }) => timeS.length > 1);
  if (usable.length === 0) {
    throw new InputError({
      code: "refused",
      path: dir,
      problem: "no sampler gave readings",
      expected: "a power series of at least two readings",
      advice: "environment.json of the folder says why each sampler is not there",
    });
  }
  const measured = usable.filter((series) => basisOf([series]) === "measured");
  const series = chooseSeries(
    measured.length > 0 && devices.length === 0 ? measured : usable,
    devices,
  );
  return { series, basis: basisOf(series) };
}
