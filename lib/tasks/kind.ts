/** What can be cut into tasks. */

/** What a unit's function may use besides the unit. */
export interface TaskContext {
  /**
   * Path of a file that belongs to the task and outlives its process: for checkpoints of long tasks.
   *
   * @param name A file name.
   */
  scratchPath(name: string): string;
}

/** Turns one unit into its part of the result. */
export type UnitFunction<Unit, Part> = (unit: Unit, context: TaskContext) => Part | Promise<Part>;

/**
 * One kind of work: a pure function from a unit and options to a part of a result.
 *
 * A _unit_ is fixed by the data: a file, a server's day, a policy with its seed. A _task_ is some
 * neighbouring units, and a run is any number of tasks: because parts are always put together in the
 * order of the units, a result does not depend on the cut or on where its tasks ran.
 *
 * Options, units and parts are values that `encodeValue` can write. A module offers its kind as an
 * export called `kind`; processes load it by the URL of the module.
 */
export interface TaskKind<Options, Unit, Part> {
  /** Its name, in kebab case. */
  readonly name: string;
  /** Counts up when the same input gives another part. */
  readonly version: number;
  /**
   * Prepares what all units share; called once a process.
   *
   * @param options The same for all units.
   * @param places Where things are: what a task needs and its result does not depend on.
   * @return The function of a unit.
   */
  start(
    options: Options,
    places: unknown,
  ): UnitFunction<Unit, Part> | Promise<UnitFunction<Unit, Part>>;
}

/**
 * Loads the kind that a module offers.
 *
 * @param module URL of the module.
 * @return Its kind.
 */
export async function loadKind(module: string): Promise<TaskKind<unknown, unknown, unknown>> {
  const { kind } = await import(module) as { kind?: TaskKind<unknown, unknown, unknown> };
  if (kind === undefined) throw new TypeError(`${module} has no export called kind`);
  return kind;
}
