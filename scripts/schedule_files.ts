/** The files that a scheduling configuration names: beside it, in the mirror, or in the cache. */

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { loadRegistry, resolveFile } from "../lib/datasets/mod.ts";
import type { ScheduleConfig } from "../lib/scheduling/config_types.ts";

/**
 * Reads them all; a registered file is checked against its checksum.
 *
 * @param config The configuration.
 * @param configPath Where it lies.
 * @return Texts by the paths that stand in the configuration.
 */
export async function readScheduleFiles(
  config: ScheduleConfig,
  configPath: string,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  if (config.year.source !== "files") return texts;
  const mirrorDir = Deno.env.get("JOULEBOOK_MIRROR") || undefined;
  const base = Deno.env.get("XDG_CACHE_HOME") ?? "";
  const cacheDir = join(isAbsolute(base) ? base : join(homedir(), ".cache"), "joulebook");
  for (const { sources } of config.sites) {
    const { price, ...others } = sources!;
    for (const path of [...price, ...Object.values(others)]) {
      if (path === undefined || texts.has(path)) continue;
      const beside = resolve(dirname(configPath), path);
      const local = existsSync(beside) ? beside : await resolveFile(loadRegistry(), path, {
        cacheDir,
        ...(mirrorDir !== undefined && { mirrorDir }),
      });
      const bytes = readFileSync(local);
      texts.set(path, (local.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
    }
  }
  return texts;
}
