import { createHash } from "node:crypto";
import type { TaskKind } from "./kind.ts";
import { encodeValue } from "./value_codec.ts";
import { version } from "./version.ts";

/** Some neighbouring units, to be computed in one go. */
export interface Task {
  /** SHA-256 of what decides the result: kind, versions, options and units. */
  readonly id: string;
  /** Number of the first unit. */
  readonly from: number;
  /** The units. */
  readonly units: readonly unknown[];
  /** How much work it is, in any unit. */
  readonly weight: number;
}

/**
 * Cuts units into tasks.
 *
 * The id of a task comes from the content of its inputs (units name files with their checksums), its
 * options and the versions of Joulebook and of the kind; so a task that is done is never done again,
 * and one whose input has changed is another task.
 *
 * @param kind What is computed.
 * @param options The same for all units.
 * @param units The units.
 * @param weights Work of each, in any unit.
 * @param starts Numbers of the units at which tasks begin, increasing, the first 0.
 * @return The tasks, in the order of the units.
 *
 * @example
 * ```ts
 * import { makeTasks } from "@joulebook/joulebook/tasks";
 * import assert from "node:assert/strict";
 *
 * const kind = { name: "double", version: 1, start: () => (n: number) => 2 * n };
 * const tasks = makeTasks(kind, {}, [1, 2, 3], [1, 1, 1], [0, 2]);
 * assert.deepEqual(tasks.map(({ units }) => units), [[1, 2], [3]]);
 * assert.notEqual(tasks[0]!.id, makeTasks(kind, {}, [1, 5, 3], [1, 1, 1], [0, 2])[0]!.id);
 * ```
 */
export function makeTasks<Options, Unit, Part>(
  kind: TaskKind<Options, Unit, Part>,
  options: Options,
  units: readonly Unit[],
  weights: readonly number[],
  starts: readonly number[],
): Task[] {
  const same = encodeValue({ version, kind: kind.name, kindVersion: kind.version, options });
  return starts.map((from, t) => {
    const to = starts[t + 1] ?? units.length;
    const own = units.slice(from, to);
    const id = createHash("sha256").update(same).update(encodeValue(own)).digest("hex");
    const weight = weights.slice(from, to).reduce((sum, w) => sum + w, 0);
    return { id: id.slice(0, 40), from, units: own, weight };
  });
}
