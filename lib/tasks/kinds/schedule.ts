import { rmSync } from "node:fs";
import { decodeState, encodeState } from "../../scheduling/checkpoint.ts";
import { parseScheduleConfig } from "../../scheduling/config.ts";
import {
  createSetup,
  type ExperimentTask,
  runTask,
  type TaskResult,
} from "../../scheduling/experiment.ts";
import type { Serving } from "../../scheduling/serving_points.ts";
import { loadSolver } from "../../scheduling/solver.ts";
import { readYear } from "../../scheduling/year_files.ts";
import type { TaskKind } from "../kind.ts";
import { readIfThere, writeWhole } from "../run_folder.ts";

/** The experiment, by its content. */
export interface ScheduleTaskOptions {
  /** Text of the configuration. */
  readonly text: string;
  /** Texts of the files it names. */
  readonly files: Readonly<Record<string, string>>;
  /** What requests take at each site; null for images. */
  readonly serving: Serving | null;
}

/**
 * Runs of an experiment: a unit is a policy with its seed. What learns keeps a checkpoint, and goes on
 * from it when its process was killed.
 */
export const kind: TaskKind<ScheduleTaskOptions, ExperimentTask, TaskResult> = {
  name: "schedule",
  version: 1,
  async start({ text, files, serving }, places) {
    const config = parseScheduleConfig(text, (places as { path: string }).path);
    const solver = await loadSolver();
    const year = config.year.source === "files"
      ? readYear(config, (name) => files[name]!)
      : undefined;
    const setup = createSetup(config, solver, year, serving ?? undefined);
    return (task, { scratchPath }) => {
      const path = scratchPath(`${task.policy}-${task.seed ?? 0}.checkpoint`);
      const kept = readIfThere(path);
      const result = runTask(setup, solver, config.experiment!, task, {
        onState: (state) => writeWhole(path, encodeState(state)),
        ...(kept !== null && { resume: decodeState(kept, path) }),
      });
      rmSync(path, { force: true });
      return result;
    };
  },
};
