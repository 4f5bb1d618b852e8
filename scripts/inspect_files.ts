import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ReadOptions } from "../lib/formats/format.ts";
import { type FileReport, reportOf } from "../lib/measurement/file_report.ts";
import type { TaskRun } from "../lib/tasks/mod.ts";
import { mapFiles } from "./map_files.ts";

/** Bytes in the other files from which a second core pays for starting a process. */
const worthWorkers = 64e6;

/** Whether files are large enough for several cores to pay. */
export function payForCores(paths: readonly string[], bytes: number = worthWorkers): boolean {
  const sizes = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const others = sizes.reduce((sum, size) => sum + size, 0) - Math.max(0, ...sizes);
  return availableParallelism() > 1 && paths.length > 1 && others >= bytes;
}

/**
 * Sums up files.
 *
 * @param paths The files.
 * @param options How to read them.
 * @param run Where to do it; null for here, one after the other.
 * @return One report a file, in their order.
 */
export async function inspectFiles(
  paths: readonly string[],
  options: ReadOptions,
  run: TaskRun | null,
): Promise<FileReport[]> {
  if (run === null) {
    const reports: FileReport[] = [];
    for (const path of paths) reports.push(await reportOf(path, options));
    return reports;
  }
  const { inspectKindUrl } = await import("../lib/tasks/mod.ts");
  return await mapFiles<FileReport, ReadOptions>(run, "inspect", inspectKindUrl, paths, options);
}
