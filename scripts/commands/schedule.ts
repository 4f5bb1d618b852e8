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
import type { ScheduleTaskOptions } from "../../lib/tasks/kinds/schedule.ts";
import { readYear } from "../../lib/scheduling/year_files.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { readScheduleFiles } from "../schedule_files.ts";
import {
  curvesCsv,
  scheduleDocument,
  type ScheduleOutcome,
  scheduleReport,
} from "../schedule_report.ts";
import { resumedArgs, taskOptionNames, taskOptionUsage, withRun } from "../task_options.ts";

/** The command. */
export const command: Command = {
  name: "schedule",
  summary: "run policies in the data-centre simulation, against the clairvoyant optimum",
  usage: `joulebook schedule CONFIG [--out DIR] [--json]

  CONFIG             a YAML file with an experiment: see datasets/scheduling/
  --out DIR          keep results and learning curves there, and the run in DIR/run: one that was
                     stopped goes on where it was
${taskOptionUsage};
                     the default of --jobs is what the configuration says
  --json             policies[]: name, utility, revenue, costs, regret, fraction, gain, seeds, ...;
                     curves[]; repairs[]; unchecked[]; serving (what requests take at each site,
                     modelled)

The jobs are images, or requests to language models (jobs: requests) whose time and energy the predictor
gives for every site and class. Files that a configuration names are looked for beside it, then among
the registered ones (checksums hold), then in JOULEBOOK_MIRROR.`,
  async run(words, io) {
    const args = await resumedArgs("schedule", words);
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...taskOptionNames,
        out: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) {
      throw new UsageError("name one configuration");
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
    const where = {
      ...values,
      jobs: values.jobs ??
        (values.engine === "slurm" ? undefined : String(config.experiment.workers)),
      run: values.run ?? (values.out === undefined ? undefined : join(values.out, "run")),
    };
    const results = await withRun("schedule", args, where, io, async (run) => {
      const { scheduleKindUrl } = await import("../../lib/tasks/mod.ts");
      return await run.map<TaskResult, ScheduleTaskOptions, ExperimentTask>({
        list: "schedule",
        module: scheduleKindUrl,
        options: { text, files: Object.fromEntries(texts), serving: serving ?? null },
        places: { path },
        units: tasks,
        // What learns takes far longer than what follows a rule.
        weights: tasks.map(({ seed }) => seed === null ? 1 : 20),
      });
    });
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
      mkdirSync(values.out, { recursive: true });
      tasks.forEach((task, i) =>
        writeFileSync(
          join(values.out!, `${fileName(task)}.json`),
          JSON.stringify({ config: text, result: results[i] }),
        )
      );
      writeFileSync(join(values.out, "results.json"), JSON.stringify(document, null, 1));
      writeFileSync(join(values.out, "curves.csv"), curvesCsv(results));
    }
    if (values.json === true) printJson(io, document);
    else io.out(scheduleReport(outcome));
    return 0;
  },
};

function fileName(task: ExperimentTask): string {
  const label = task.label.replace(/[^A-Za-z0-9.]+/g, "-");
  return `${String(task.policy).padStart(2, "0")}-${label}${
    task.seed === null ? "" : `-${task.seed}`
  }`;
}
