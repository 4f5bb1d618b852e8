/** A worker of `joulebook schedule`: runs tasks of one experiment, one after the other. */

import { decodeState, encodeState } from "../lib/scheduling/checkpoint.ts";
import { parseScheduleConfig } from "../lib/scheduling/config.ts";
import type { ScheduleConfig } from "../lib/scheduling/config_types.ts";
import type { Setup } from "../lib/scheduling/evaluate.ts";
import {
  createSetup,
  type ExperimentTask,
  runTask,
  type TaskResult,
} from "../lib/scheduling/experiment.ts";
import type { Serving } from "../lib/scheduling/serving_points.ts";
import { loadSolver, type Solver } from "../lib/scheduling/solver.ts";
import { readYear } from "../lib/scheduling/year_files.ts";

/** The first message: what the experiment is. */
export interface WorkerStart {
  /** Text of the configuration. */
  readonly text: string;
  /** Its name. */
  readonly path: string;
  /** Texts of the year's files that it names. */
  readonly texts: ReadonlyMap<string, string>;
  /** What requests take at each site; undefined for images. */
  readonly serving: Serving | undefined;
}

/** A message with a task. */
export interface WorkerTask {
  /** The task. */
  readonly task: ExperimentTask;
  /** A checkpoint to go on from. */
  readonly checkpoint: Uint8Array | null;
  /** Whether to send checkpoints. */
  readonly keep: boolean;
}

/** What a worker says. */
export type WorkerNews =
  | { readonly kind: "progress"; readonly done: number; readonly line: string }
  | { readonly kind: "checkpoint"; readonly bytes: Uint8Array }
  | { readonly kind: "result"; readonly result: TaskResult; readonly seconds: number }
  | { readonly kind: "failure"; readonly message: string };

/** The worker's side of the channel; the project's type check knows only the main thread's. */
const channel = self as unknown as {
  postMessage(news: WorkerNews): void;
  onmessage: ((event: MessageEvent<WorkerStart | WorkerTask>) => Promise<void>) | null;
};

interface Ready {
  readonly config: ScheduleConfig;
  readonly setup: Setup;
  readonly solver: Solver;
}

let ready: Promise<Ready> | null = null;

async function prepare({ text, path, texts, serving }: WorkerStart): Promise<Ready> {
  const config = parseScheduleConfig(text, path);
  const solver = await loadSolver();
  const year = config.year.source === "files"
    ? readYear(config, (name) => texts.get(name)!)
    : undefined;
  return { config, solver, setup: createSetup(config, solver, year, serving) };
}

async function work({ task, checkpoint, keep }: WorkerTask): Promise<void> {
  const { config, setup, solver } = await ready!;
  const from = performance.now();
  const say = (news: WorkerNews): void => channel.postMessage(news);
  const result = runTask(setup, solver, config.experiment!, task, {
    onProgress: (done, line) => say({ kind: "progress", done, line }),
    ...(keep && {
      onState: (state) => say({ kind: "checkpoint", bytes: encodeState(state) }),
    }),
    ...(checkpoint !== null && { resume: decodeState(checkpoint, "checkpoint") }),
  });
  say({ kind: "result", result, seconds: (performance.now() - from) / 1000 });
}

channel.onmessage = async ({ data }): Promise<void> => {
  try {
    if ("text" in data) {
      ready = prepare(data);
      await ready;
    } else await work(data);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    channel.postMessage({ kind: "failure", message });
  }
};
