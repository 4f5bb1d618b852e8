/**
 * Condenses the results folder of an experiment into the small file that the notebook reads.
 *
 *     deno run -A scripts/schedule_results.ts CONFIG FOLDER OUT
 *
 * FOLDER is what `joulebook schedule CONFIG --out FOLDER` left. Policies of which not every seed has
 * ended are left out and named.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import denoConfig from "../deno.json" with { type: "json" };
import {
  experimentTasks,
  parseScheduleConfig,
  summarize,
  type TaskResult,
} from "../lib/scheduling/mod.ts";
import { runOf } from "./claims/run_of.ts";

if (import.meta.main) {
  const [config, folder, out] = Deno.args;
  const print = (text: string): void => {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  };
  if (config === undefined || folder === undefined || out === undefined) {
    print("deno run -A scripts/schedule_results.ts CONFIG FOLDER OUT\n");
    Deno.exit(2);
  }
  const text = readFileSync(config, "utf8");
  const { name, year, experiment } = parseScheduleConfig(text, config);
  const results = readdirSync(folder).filter((file) => /^\d\d-.*\.json$/.test(file)).sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")))
    .filter((kept) => kept.config === text)
    .map(({ result }): TaskResult => result);
  const tasks = experimentTasks(experiment!);
  const whole = results.filter(({ label }) =>
    tasks.filter((task) => task.label === label).length ===
      results.filter((result) => result.label === label).length
  );
  const missing = new Set(tasks.map(({ label }) => label));
  for (const { label } of whole) missing.delete(label);
  const round = (_key: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(8)) : value;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(
    out,
    JSON.stringify(
      {
        about:
          "Simulated: policies of an experiment against the clairvoyant optimum; see lib/scheduling/experiment.ts for the columns. Made by scripts/schedule_results.ts.",
        simulated: true,
        version: denoConfig.version,
        name,
        ...runOf(config),
        year: year.source === "files" ? "published" : "generated",
        testDays: experiment!.testDays,
        notRun: [...missing],
        policies: summarize(experiment!, whole),
      },
      round,
      1,
    ) + "\n",
  );
  for (const label of missing) print(`not run or not ended: ${label}\n`);
}
