/** The files that a scheduling configuration names: beside it, in the mirror, or in the cache. */

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { InputError } from "../lib/errors.ts";
import { loadRegistry, resolveFile } from "../lib/datasets/mod.ts";
import { readInput } from "../lib/formats/read.ts";
import type { RequestLog } from "../lib/requests/log.ts";
import type { ScheduleConfig } from "../lib/scheduling/config_types.ts";
import { type Serving, servingPoints } from "../lib/scheduling/serving_points.ts";
import { loadModel } from "./load_model.ts";

/** What was read for a configuration. */
export interface ScheduleFiles {
  /** Texts of the year's files by the paths that stand in the configuration. */
  readonly texts: ReadonlyMap<string, string>;
  /** What requests take at each site; undefined for images. */
  readonly serving: Serving | undefined;
  /** Paths of files that the registry does not have, so that their bytes were not checked. */
  readonly unchecked: readonly string[];
}

/**
 * Reads all files of a configuration and, for requests, predicts what they take.
 *
 * A path is taken beside the configuration first, then in the mirror, then in the cache. The bytes of a file
 * that the registry knows by this path are checked; any other is read as it is, and named in `unchecked`.
 *
 * @param config The configuration.
 * @param configPath Where it lies.
 * @param mirrorDir A copy of the published data. Default: JOULEBOOK_MIRROR.
 * @return What was read.
 * @throws InputError (`not-found`) for a file that is nowhere; (`checksum`) for a copy that is not what
 * the registry says.
 */
export async function readScheduleFiles(
  config: ScheduleConfig,
  configPath: string,
  mirrorDir: string | undefined = Deno.env.get("JOULEBOOK_MIRROR") || undefined,
): Promise<ScheduleFiles> {
  const unchecked = new Set<string>();
  const find = async (path: string): Promise<string> => {
    const { local, checked } = await locate(path, configPath, mirrorDir);
    if (!checked) unchecked.add(path);
    return local;
  };
  const texts = new Map<string, string>();
  for (const path of yearPaths(config)) {
    if (texts.has(path)) continue;
    const local = await find(path);
    const bytes = readFileSync(local);
    texts.set(path, (local.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  }
  return {
    texts,
    serving: config.jobs === "requests" ? await predict(config, configPath, find) : undefined,
    unchecked: [...unchecked],
  };
}

function yearPaths(config: ScheduleConfig): string[] {
  if (config.year.source !== "files") return [];
  return config.sites.flatMap(({ sources }) => {
    const { price, carbon, weather, wind, solar, arrivals } = sources!;
    return [...price, carbon, weather, wind, solar, arrivals].filter((path) => path !== undefined);
  });
}

async function predict(
  config: Extract<ScheduleConfig, { jobs: "requests" }>,
  configPath: string,
  find: (path: string) => Promise<string>,
): Promise<Serving> {
  const logs = new Map<string, RequestLog>();
  for (const { requests: { trace } } of config.classes) {
    if (trace === undefined || logs.has(trace)) continue;
    const { requests } = await readInput(await find(trace));
    if (requests[0] === undefined) {
      throw new InputError({ code: "refused", path: trace, problem: "the file holds no requests" });
    }
    logs.set(trace, requests[0]);
  }
  return servingPoints(config, {
    log: (path) => logs.get(path)!,
    model(name) {
      const beside = resolve(dirname(configPath), name);
      return loadModel(name.endsWith(".json") && existsSync(beside) ? beside : name);
    },
  });
}

async function locate(
  path: string,
  configPath: string,
  mirrorDir: string | undefined,
): Promise<{ readonly local: string; readonly checked: boolean }> {
  const dir = dirname(configPath);
  const beside = resolve(dir, path);
  const isBeside = existsSync(beside);
  const base = Deno.env.get("XDG_CACHE_HOME") ?? "";
  const cacheDir = join(isAbsolute(base) ? base : join(homedir(), ".cache"), "joulebook");
  const registry = loadRegistry();
  if (registry.files.some((file) => file.path === path)) {
    const local = await resolveFile(
      registry,
      path,
      isBeside ? { mirrorDir: dir } : { cacheDir, ...(mirrorDir !== undefined && { mirrorDir }) },
    );
    return { local, checked: true };
  }
  if (isBeside) return { local: beside, checked: false };
  const mirrored = mirrorDir === undefined ? null : join(mirrorDir, path);
  if (mirrored !== null && existsSync(mirrored)) return { local: mirrored, checked: false };
  throw new InputError({
    code: "not-found",
    path,
    problem: "the file is neither beside the configuration nor in the mirror",
    advice: "set JOULEBOOK_MIRROR to a folder that has it, or take a generated year",
  });
}
