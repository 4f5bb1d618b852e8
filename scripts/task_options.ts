/** The options that say where heavy work runs, shared by all commands that can be cut into tasks. */

import { parseArgs } from "node:util";
import { resolve } from "node:path";
import type { TaskProgress, TaskRun } from "../lib/tasks/mod.ts";
import { type CommandIo, UsageError } from "./command.ts";
import { duration } from "./units.ts";

/** For node:util's parseArgs. */
export const taskOptionNames = {
  engine: { type: "string" },
  run: { type: "string" },
  jobs: { type: "string" },
  partition: { type: "string" },
  account: { type: "string" },
  time: { type: "string" },
  memory: { type: "string" },
  "slurm-options": { type: "string" },
} as const;

/** For usage texts. */
export const taskOptionUsage =
  `  --engine E         cut the work into tasks and run them on the cores of this machine (workers)
                     or as a Slurm job array (slurm)
  --run DIR          keep what is done there; the same command, or --run DIR alone, goes on with it
  --jobs N           tasks at the same time: all cores, or with Slurm as many as it lets
  --partition P, --account A, --time T, --memory M, --slurm-options FILE
                     for sbatch: the first four as there, FILE has #SBATCH lines of your site`;

/** What was given for them. */
export type TaskValues = { readonly [name in keyof typeof taskOptionNames]?: string | undefined };

/** Whether the work is to be cut into tasks. */
export function wantsTasks(values: TaskValues): boolean {
  return Object.keys(taskOptionNames).some((name) =>
    values[name as keyof TaskValues] !== undefined
  );
}

/**
 * The words of a command, or those of the run that `--run DIR` alone names.
 *
 * @param command The command.
 * @param args Its words.
 * @return The words to go by.
 */
export async function resumedArgs(command: string, args: string[]): Promise<string[]> {
  const { own, ours } = split(args);
  const { values } = parseArgs({ args: ours, options: taskOptionNames });
  if (values.run === undefined || own.some((word) => word !== "--json")) return args;
  const { readManifest } = await import("../lib/tasks/mod.ts");
  const manifest = readManifest(values.run);
  if (manifest === null || manifest.command !== command) return args;
  const dir = resolve(values.run);
  Deno.chdir(manifest.workingDir);
  return [
    ...manifest.args,
    ...own.filter((w) => !manifest.args.includes(w)),
    ...ours,
    "--run",
    dir,
  ];
}

/** Words that say what to do, and those that say where. */
function split(args: readonly string[]): { own: string[]; ours: string[] } {
  const own: string[] = [];
  const ours: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = /^--([a-z-]+)/.exec(args[i]!)?.[1];
    if (name === undefined || !(name in taskOptionNames)) own.push(args[i]!);
    else {
      ours.push(args[i]!);
      if (!args[i]!.includes("=") && i + 1 < args.length) ours.push(args[++i]!);
    }
  }
  return { own, ours };
}

/**
 * Runs what is cut into tasks; Ctrl-C stops it so that it can be resumed.
 *
 * @param command Name of the command.
 * @param args Its words.
 * @param values Its options.
 * @param io Where progress is shown.
 * @param body What to do with the run.
 * @return What `body` returns.
 */
export async function withRun<T>(
  command: string,
  args: readonly string[],
  values: TaskValues,
  io: CommandIo,
  body: (run: TaskRun) => Promise<T>,
): Promise<T> {
  const tasks = await import("../lib/tasks/mod.ts");
  const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 1)) {
    throw new UsageError(`--jobs must be a whole number from 1, not ${values.jobs}`);
  }
  const name = values.engine ?? "workers";
  if (name !== "workers" && name !== "slurm") {
    throw new UsageError(`--engine must be workers or slurm, not ${name}`);
  }
  if (name === "slurm" && values.run === undefined) {
    throw new UsageError("--engine slurm needs --run DIR, a folder that all nodes see");
  }
  const forSlurm = ["partition", "account", "time", "memory", "slurm-options"] as const;
  const useless = forSlurm.find((option) => values[option] !== undefined);
  if (name === "workers" && useless !== undefined) {
    throw new UsageError(`--${useless} goes with --engine slurm`);
  }
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) Deno.exit(130);
    io.err(`${io.interactive ? clearLine : ""}stopping`);
    stop.abort();
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  const show = (text: string): void =>
    void Deno.stderr.writeSync(new TextEncoder().encode(`${clearLine}${text}`));
  let run: TaskRun | null = null;
  try {
    run = tasks.openRun({
      command,
      args: split(args).own,
      signal: stop.signal,
      engine: name === "workers" ? tasks.workersEngine : tasks.slurmEngine({
        ...(values.partition !== undefined && { partition: values.partition }),
        ...(values.account !== undefined && { account: values.account }),
        ...(values.time !== undefined && { time: values.time }),
        ...(values.memory !== undefined && { memory: values.memory }),
        ...(values["slurm-options"] !== undefined &&
          { lines: tasks.readSiteLines(values["slurm-options"]) }),
      }),
      ...(values.run !== undefined && { dir: values.run }),
      ...(jobs !== undefined && { jobs }),
      onNote: (note) => io.err(`${io.interactive ? clearLine : ""}joulebook ${command}: ${note}`),
      ...(io.interactive && { onProgress: (progress) => show(progressLine(progress)) }),
    });
    return await body(run);
  } finally {
    run?.close();
    if (io.interactive) show("");
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

/** Back to the start of the line, and what stands there erased. */
const clearLine = "\r\x1b[2K";

/** Progress in one line: done, running, failed, time left. */
export function progressLine(progress: TaskProgress): string {
  const { list, tasks, done, running, failed, leftS } = progress;
  const left = leftS === null || running === 0 ? "" : `, ${duration(leftS)} left`;
  return `${list}: ${done} of ${tasks} done, ${running} running, ${failed} failed${left}`;
}
