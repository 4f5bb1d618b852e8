/** `joulebook mlperf`: the official power metric of a run folder. */

import { parseArgs } from "node:util";
import { type MlperfScenario, readMlperfRun } from "../../lib/formats/mlperf_run.ts";
import { type Command, printJson, UsageError } from "../command.ts";
import { digits, duration, moment } from "../units.ts";

const scenarios: readonly MlperfScenario[] = [
  "Offline",
  "Server",
  "Interactive",
  "SingleStream",
  "MultiStream",
];

/** The command. */
export const command: Command = {
  name: "mlperf",
  summary: "recompute the official MLPerf Power metric from a run folder",
  usage: `joulebook mlperf RUN_DIR [--scenario NAME] [--json]

  RUN_DIR          a folder with spl.txt and mlperf_log_detail.txt, or with run_1/ in it; or an
                   MLPerf Tiny folder with results.json
  --scenario NAME  ${scenarios.join(", ")}; by default what the path names, else the log
  --json           value, units, meanW, samplesUsed, samplesExcluded, dropped,
                   coverage, trapezoidJ, beginS, endS`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { scenario: { type: "string" }, json: { type: "boolean" } },
    });
    const [dir] = positionals;
    if (dir === undefined || positionals.length > 1) throw new UsageError("name one run folder");
    const scenario = scenarios.find((name) =>
      name.toLowerCase() === values.scenario?.toLowerCase()
    );
    if (values.scenario !== undefined && scenario === undefined) {
      throw new UsageError(`--scenario must be one of ${scenarios.join(", ")}`);
    }
    const run = await readMlperfRun(dir, { ...(scenario !== undefined && { scenario }) });
    if (values.json === true) {
      printJson(io, run);
      return 0;
    }
    const seconds = run.endS - run.beginS;
    io.out(
      [
        `${dir}`,
        `  metric     ${digits(run.value, 10)} ${run.units}` +
        `${run.scenario === null ? "" : ` (${run.scenario})`}`,
        `  mean       ${digits(run.meanW, 6)} W, the mean of ${run.samplesUsed} readings; ` +
        `${run.samplesExcluded} excluded` +
        (run.coverage === null ? "" : `; ${(100 * run.coverage).toFixed(1)} % of the span covered`),
        `  trapezoid  ` +
        (run.trapezoidJ === null
          ? `none: ${run.trapezoidReason}`
          : `${digits(run.trapezoidJ, 8)} J, ${digits(run.trapezoidJ / seconds, 6)} W ` +
            `(${(100 * (run.trapezoidJ / seconds / run.meanW - 1)).toFixed(3)} % from the mean)`),
        `  span       ` +
        (run.scenario === null
          ? duration(seconds)
          : `${moment(run.beginS, "epoch")} to ${moment(run.endS, "epoch")} (${
            duration(seconds)
          })`),
        ...run.notes.map((note) => `  note       ${note}`),
      ].join("\n") + "\n",
    );
    return 0;
  },
};
