/** The files that a scheduling configuration names: beside it, in the mirror, or in the cache. */

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { InputError } from "../lib/errors.ts";
import { loadRegistry, resolveFile } from "../lib/datasets/mod.ts";
import type { ScheduleConfig } from "../lib/scheduling/config_types.ts";

/**
 * Reads them all: a file beside the configuration, else a registered one (its bytes checked), else one
 * of that path in the mirror.
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
    const { price, zone: _zone, ...others } = sources!;
    for (const path of [...price, ...Object.values(others)]) {
      if (path === undefined || texts.has(path)) continue;
      const local = await locate(path, configPath, mirrorDir, cacheDir);
      const bytes = readFileSync(local);
      texts.set(path, (local.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
    }
  }
  return texts;
}

async function locate(
  path: string,
  configPath: string,
  mirrorDir: string | undefined,
  cacheDir: string,
): Promise<string> {
  const beside = resolve(dirname(configPath), path);
  if (existsSync(beside)) return beside;
  const registry = loadRegistry();
  if (registry.files.some((file) => file.path === path)) {
    return await resolveFile(registry, path, {
      cacheDir,
      ...(mirrorDir !== undefined && { mirrorDir }),
    });
  }
  const mirrored = mirrorDir === undefined ? null : join(mirrorDir, path);
  if (mirrored !== null && existsSync(mirrored)) return mirrored;
  throw new InputError({
    code: "not-found",
    path,
    problem: "the file is neither beside the configuration nor in the mirror",
    advice: "set JOULEBOOK_MIRROR to a folder that has it, or take a generated year",
  });
}
