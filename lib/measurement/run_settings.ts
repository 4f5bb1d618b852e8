import { join } from "node:path";
import { InputError } from "../errors.ts";
import { parseMeasureConfig } from "./config.ts";
import type { Run } from "./read_run_folder.ts";
import { runFiles } from "./run_files.ts";
import type { MeasureSettings } from "./settings.ts";

/**
 * The settings that a run was made by.
 *
 * @param run The run.
 * @return Its configuration, read; null for a run that was imported, which has none.
 *
 * @example
 * ```ts
 * import { runSettings } from "@joulebook/joulebook/measurement";
 * import assert from "node:assert/strict";
 *
 * const config = '{name: a, model: m, endpoint: {url: "http://127.0.0.1:9/v1"}}';
 * assert.equal(runSettings({ dir: "run", config })?.name, "a");
 * assert.equal(runSettings({ dir: "run", config: "imported: true" }), null);
 * ```
 */
export function runSettings({ config, dir }: Pick<Run, "config" | "dir">): MeasureSettings | null {
  try {
    return parseMeasureConfig(config, join(dir, runFiles.config));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return null;
  }
}
