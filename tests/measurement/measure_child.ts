/** Runs a measurement until it is killed: `measure_child.ts CONFIG DIR [resume]`. */

import { readFileSync } from "node:fs";
import { parseMeasureConfig } from "../../lib/measurement/config.ts";
import { measure } from "../../lib/measurement/measure.ts";

const [configPath, dir, resume] = Deno.args as [string, string, string?];
const configText = readFileSync(configPath, "utf8");
await measure(parseMeasureConfig(configText, configPath), {
  configPath,
  configText,
  dir,
  resume: resume !== undefined,
  env: (name) => Deno.env.get(name),
  signal: new AbortController().signal,
  resolveDataset: () => Promise.reject(new Error("there are no datasets here")),
});
