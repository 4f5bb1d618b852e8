import type { Engine } from "./engines/engine.ts";
import type { TaskProgress } from "./progress.ts";

/** What a run is, as its folder tells. */
export interface RunManifest {
  /** Version of Joulebook that made the folder. */
  readonly version: string;
  /** Command, such as `inspect`. */
  readonly command: string;
  /** Words behind it, without those that say where to run. */
  readonly args: readonly string[];
  /** Folder in which they were given: paths may be relative to it. */
  readonly workingDir: string;
}

/** Options of `openRun`. */
export interface RunOptions {
  /** Folder of the run; by default a temporary one that is removed. A folder is made or gone on with. */
  readonly dir?: string;
  /** Command, such as `inspect`; a folder holds runs of one command. */
  readonly command: string;
  /** Words behind it, to be told again when the run is resumed by its folder. */
  readonly args?: readonly string[];
  /** Where tasks run; by default the cores of this machine. */
  readonly engine?: Engine;
  /** Most tasks at the same time; by default what the engine says. */
  readonly jobs?: number;
  /** Most attempts at a task whose process died; by default 3. */
  readonly attempts?: number;
  /** Where to cut units into tasks; by default `cutEvenly`. */
  readonly cut?: (weights: readonly number[]) => number[];
  /** Stops the run; it can be resumed. */
  readonly signal?: AbortSignal;
  /** Told where the run stands. */
  readonly onProgress?: (progress: TaskProgress) => void;
  /** Told what a person should know: parts that were damaged, tasks that are tried again. */
  readonly onNote?: (note: string) => void;
}

/** What a list of tasks computes. */
export interface UnitList<Options, Unit> {
  /** Name of the list in its folder and in the progress. */
  readonly list: string;
  /** URL of the module whose export `kind` computes it. */
  readonly module: string;
  /** The same for all units. */
  readonly options: Options;
  /**
   * Where things are, such as the folder of a store: what tasks need and their results do not depend
   * on. It is no part of a task's id.
   */
  readonly places?: unknown;
  /** The units; those that read files name them with their checksums (see `InputFiles`). */
  readonly units: readonly Unit[];
  /** Work of each unit, in any unit; by default all are equal. */
  readonly weights?: readonly number[];
  /** Light units are put together until a task has this weight; by default each is one by itself. */
  readonly leastWeight?: number;
}
