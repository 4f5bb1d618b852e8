/** `joulebook schedule`: policies x seeds x days of a configuration, against the optimum. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import { parseScheduleConfig } from "../../lib/scheduling/config.ts";
import {
  type ExperimentTask,
  experimentTasks,
  summarize,
  type TaskResult,
} from "../../lib/scheduling/experiment.ts";
import { readYear } from "../../lib/scheduling/year_files.ts";
import { type Command, type CommandIo, printJson, UsageError } from "../command.ts";
import { readScheduleFiles } from "../schedule_files.ts";
import {
  curvesCsv,
  scheduleDocument,
  type ScheduleOutcome,
  scheduleReport,
} from "../schedule_report.ts";
import type { WorkerNews, WorkerStart, WorkerTask } from "../schedule_worker.ts";

/** The command. */
export const command: Command = {
  name: "schedule",
  summary: "run policies in the data-centre simulation, against the clairvoyant optimum",
  usage: `joulebook schedule CONFIG [--out DIR] [--workers N] [--json]

  CONFIG       a YAML file with an experiment: see datasets/scheduling/
  --out DIR    keep results, learning curves and checkpoints there; a run that was stopped goes on
               from them
  --workers N  runs at the same time; default what the configuration says
  --json       policies[]: name, utility, revenue, costs, regret, fraction, gain, seeds, ...;
               curves[]; repairs[]; unchecked[]; serving (what requests take at each site, modelled)

The jobs are images, or requests to language models (jobs: requests) whose time and energy the predictor
gives for every site and class. Files that a configuration names are looked for beside it, then among
the registered ones (checksums hold), then in JOULEBOOK_MIRROR.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: "string" },
        workers: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) {
      throw new UsageError("name one configuration");
    }
    const workers = values.workers === undefined ? undefined : Number(values.workers);
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1)) {
      throw new UsageError(`--workers must be a whole number from 1, not ${values.workers}`);
    }
    if (!existsSync(path)) {
      throw new InputError({ code: "not-found", path, problem: "there is no such file" });
    }
    const text = readFileSync(path, "utf8");
    const config = parseScheduleConfig(text, path);
    if (config.experiment === undefined) {
      throw new InputError({
        code: "bad-option",
        path,
        problem: "the configuration has no experiment",
        advice: "add seeds, days and policies under the key experiment",
      });
    }
    const { texts, serving, unchecked } = await readScheduleFiles(config, path);
    const year = config.year.source === "files"
      ? readYear(config, (name) => texts.get(name)!)
      : undefined;
    const tasks = experimentTasks(config.experiment);
    const results = await runAll(
      tasks,
      { text, path, texts, serving },
      Math.min(tasks.length, workers ?? config.experiment.workers),
      values.out ?? null,
      io,
    );
    const outcome: ScheduleOutcome = {
      config,
      rows: summarize(config.experiment, results),
      results,
      repairs: year?.repairs ?? [],
      unchecked,
      serving,
    };
    const document = scheduleDocument(outcome);
    if (values.out !== undefined) {
      writeFileSync(join(values.out, "results.json"), JSON.stringify(document, null, 1));
      writeFileSync(join(values.out, "curves.csv"), curvesCsv(results));
    }
    if (values.json === true) printJson(io, document);
    else io.out(scheduleReport(outcome));
    return 0;
  },
};

/** Hands the tasks to workers and collects their results in the order of the tasks. */
async function runAll(
  tasks: readonly ExperimentTask[],
  start: WorkerStart,
  count: number,
  out: string | null,
  io: CommandIo,
): Promise<TaskResult[]> {
  const results: (TaskResult | null)[] = tasks.map((task) =>
    out === null ? null : finished(out, task, start.text)
  );
  if (out !== null) mkdirSync(out, { recursive: true });
  const waiting = tasks.map((_, i) => i).filter((i) => results[i] === null);
  if (waiting.length < tasks.length) {
    io.err(`${tasks.length - waiting.length} of ${tasks.length} runs were already done`);
  }
  const running = new Map<number, string>();
  const show = (): void => {
    if (!io.interactive) return;
    const left = waiting.length + running.size;
    io.err(`${tasks.length - left}/${tasks.length} runs done; ${[...running.values()].join("; ")}`);
  };
  const serve = async (): Promise<void> => {
    const worker = new Worker(new URL("../schedule_worker.ts", import.meta.url), {
      type: "module",
    });
    worker.postMessage(start);
    try {
      for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
        const task = tasks[i]!;
        const place = out === null ? null : join(out, `${fileName(task)}.checkpoint`);
        const name = task.seed === null ? task.label : `${task.label} (seed ${task.seed})`;
        running.set(i, name);
        results[i] = await new Promise<TaskResult>((resolve, reject) => {
          worker.onmessage = ({ data }: MessageEvent<WorkerNews>): void => {
            if (data.kind === "progress") {
              running.set(i!, `${name}: ${data.line}`);
              show();
            } else if (data.kind === "checkpoint") writeFileSync(place!, data.bytes);
            else if (data.kind === "failure") reject(new Error(`${name}: ${data.message}`));
            else {
              running.delete(i!);
              show();
              resolve(data.result);
            }
          };
          worker.onerror = (event): void => {
            event.preventDefault();
            reject(new Error(`${name}: ${event.message}`));
          };
          const message: WorkerTask = {
            task,
            keep: out !== null,
            checkpoint: place !== null && existsSync(place) ? readFileSync(place) : null,
          };
          worker.postMessage(message);
        });
        if (out !== null) {
          writeFileSync(
            join(out, `${fileName(task)}.json`),
            JSON.stringify({ config: start.text, result: results[i] }),
          );
        }
      }
    } finally {
      worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, waiting.length) }, serve));
  return results.map((result) => result!);
}

function fileName(task: ExperimentTask): string {
  const label = task.label.replace(/[^A-Za-z0-9.]+/g, "-");
  return `${String(task.policy).padStart(2, "0")}-${label}${
    task.seed === null ? "" : `-${task.seed}`
  }`;
}

/** The result of a task that an earlier run of the same configuration has kept. */
function finished(out: string, task: ExperimentTask, text: string): TaskResult | null {
  const path = join(out, `${fileName(task)}.json`);
  if (!existsSync(path)) return null;
  const kept = JSON.parse(readFileSync(path, "utf8")) as { config: string; result: TaskResult };
  if (kept.config === text) return kept.result;
  throw new InputError({
    code: "refused",
    path,
    problem: "the folder holds results of another configuration",
    advice: "give another folder to --out",
  });
}
