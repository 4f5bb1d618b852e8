/** `joulebook evaluate`: fits and held-out tests of the predictor on published measurements. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { InputError } from "../../lib/errors.ts";
import type { Accuracy } from "../../lib/prediction/evaluation/accuracy.ts";
import {
  evaluatePublished,
  evaluationParts,
  joinEvaluation,
  type PublishedOptions,
  publishedSets,
} from "../../lib/prediction/evaluation/published.ts";
import type { EvaluationReport } from "../../lib/prediction/evaluation/split_report.ts";
import type { EvaluationUnit } from "../../lib/tasks/kinds/evaluate.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import {
  resumedArgs,
  taskOptionNames,
  taskOptionUsage,
  wantsTasks,
  withRun,
} from "../task_options.ts";
import { textTable } from "../text_table.ts";

const usage = `joulebook evaluate [--data DIR] [--set NAME] [--as-traced] [--json]

  --data DIR     a copy of the published data, as \`datasets pull\` makes it; default:
                 JOULEBOOK_MIRROR
  --set NAME     one of energaizer, ml-energy, elana, zeus, llm-inference-bench, neusight (single
                 kernels, time) and aiconfigurator (single matrix products, time and power)
  --as-traced    take EnergAIzer's kernel lists as published, without putting back missing kernels
${taskOptionUsage}
  --json         splits[]: data, split, method, and count, mape, mdape, coverage, kendallTau of
                 latency, power and energy; left: rows left out by reason; noise

What is held out is never in a fit: a family on every device, a device, both, a clock. Rows faster
than their roofline are dropped and counted; capped rows are predicted but never fitted.`;

/** The command. */
export const command: Command = {
  name: "evaluate",
  summary: "test the predictor on published measurements that its fits have not seen",
  usage,
  async run(words, io) {
    const args = await resumedArgs("evaluate", words);
    const { values } = parseArgs({
      args,
      options: {
        ...taskOptionNames,
        data: { type: "string" },
        set: { type: "string" },
        "as-traced": { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    if (values.set !== undefined && !(values.set in publishedSets)) {
      throw new UsageError(`--set must be one of ${Object.keys(publishedSets).join(", ")}`);
    }
    const mirror = process.env["JOULEBOOK_MIRROR"];
    const dir = values.data ?? mirror;
    if (dir === undefined) {
      throw new UsageError("give --data DIR, or set JOULEBOOK_MIRROR to a copy of the data");
    }
    const parts = Object.keys(publishedSets)
      .filter((set) => values.set === undefined || values.set === set)
      .flatMap((set) => evaluationParts(set))
      .filter(({ files }) => files.every((path) => wanted(join(dir, path), values.set)))
      .map((part) => ({ ...part, files: [...part.files, ...listed(dir, part.folder)] }));
    if (parts.length === 0) {
      throw new InputError({
        code: "not-found",
        path: dir,
        problem: "none of the published tables is there",
        advice: "joulebook datasets pull 'prediction/**' 'elana/**'",
      });
    }
    const options = { repair: values["as-traced"] !== true };
    const reports = wantsTasks(values)
      ? await withRun("evaluate", args, values, io, async (run) => {
        const { evaluateKindUrl } = await import("../../lib/tasks/mod.ts");
        const units: EvaluationUnit[] = [];
        for (const part of parts) {
          const inputs = await run.inputs.all(part.files.map((path) => join(dir, path)));
          units.push({ ...part, content: inputs.map(({ content }) => content) });
        }
        return await run.map<EvaluationReport, PublishedOptions, EvaluationUnit>({
          list: "evaluate",
          module: evaluateKindUrl,
          options,
          places: { dir },
          units,
        });
      })
      : await Array.fromAsync(
        parts,
        (part) => evaluatePublished(part, (path) => readFileSync(join(dir, path)), options),
      );
    const report = joinEvaluation(parts, reports);
    if (values.json === true) {
      printJson(io, report);
      return 0;
    }
    let last = "";
    const ruleBefore: number[] = [];
    const rows = report.splits.map((s, i) => {
      const title = `${s.data}: ${s.split}`;
      if (i > 0 && title !== last) ruleBefore.push(i);
      const row = [
        title === last ? "" : title,
        s.method,
        String(s.latency.count),
        ...[s.latency, s.power, s.energy].flatMap(cells),
      ];
      last = title;
      return row;
    });
    io.out(textTable(
      [
        "held out",
        "method",
        "rows",
        "latency %",
        "in 90 %",
        "power %",
        "in 90 %",
        "energy %",
        "in 90 %",
      ],
      rows,
      { ruleBefore },
    ));
    io.out("\nmean absolute percentage error (median); share of rows inside their 90 % interval\n");
    for (const [data, counts] of Object.entries(report.left)) {
      for (const [reason, count] of Object.entries(counts)) {
        io.out(`${data}: ${count} rows left out, ${reason}\n`);
      }
    }
    for (const [data, n] of Object.entries(report.noise)) {
      io.out(
        `${data}: ${n.groups} measurements were repeated and lie ${n.timePercent.toFixed(1)} % ` +
          `(time), ${n.powerPercent.toFixed(1)} % (power), ${
            n.energyPercent.toFixed(1)
          } % (energy) ` +
          "from their median\n",
      );
    }
    return 0;
  },
};

/** Files of a folder of the copy, in the order of their names. */
function listed(dir: string, folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return readdirSync(join(dir, folder)).sort().map((name) => `${folder}/${name}`);
}

function cells(a: Accuracy): string[] {
  return [
    a.count === 0 ? "–" : `${a.mape.toFixed(1)} (${a.mdape.toFixed(1)})`,
    Number.isNaN(a.coverage) ? "–" : (100 * a.coverage).toFixed(0),
  ];
}

// A set that was asked for must be there; one of all may be missing.
function wanted(path: string, set: string | undefined): boolean {
  if (existsSync(path)) return true;
  if (set === undefined) return false;
  throw new InputError({ code: "not-found", path, problem: "the published table is not there" });
}
