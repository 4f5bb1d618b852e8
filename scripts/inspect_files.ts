import { statSync } from "node:fs";
import type { ReadOptions } from "../lib/formats/format.ts";
import { type FileReport, reportOf } from "./inspect_report.ts";
import type { InspectJob } from "./inspect_worker.ts";

/** Bytes in the other files from which a second core pays for starting a worker. */
const worthWorkers = 64e6;

/**
 * Sums up files, several at once on the cores of this machine where they are large enough to pay.
 *
 * @param paths The files.
 * @param options How to read them.
 * @param workerBytes Bytes beside the largest file from which workers are started.
 * @return One report a file, in their order.
 */
export async function inspectFiles(
  paths: readonly string[],
  options: ReadOptions,
  workerBytes: number = worthWorkers,
): Promise<FileReport[]> {
  const sizes = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const cores = Math.min(navigator.hardwareConcurrency, paths.length);
  const reports = new Array<FileReport>(paths.length);
  // The largest first, so that no core is left with a large file at the end.
  const queue = paths.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]!);
  const others = total - Math.max(0, ...sizes);
  const run = async (report: (path: string) => Promise<FileReport>): Promise<void> => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
      reports[i] = await report(paths[i]!);
    }
  };
  const inProcess = run((path) => reportOf(path, options));
  if (cores < 2 || others < workerBytes) {
    await inProcess;
    return reports;
  }
  // A reader does not yield while it reads a block, so that this thread is one of the cores.
  const workers = Array.from(
    { length: cores - 1 },
    () => new Worker(new URL("./inspect_worker.ts", import.meta.url).href, { type: "module" }),
  );
  try {
    await Promise.all([
      inProcess,
      ...workers.map((worker) => run((path) => ask(worker, { path, options }))),
    ]);
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return reports;
}

/** One file by a worker. */
function ask(worker: Worker, job: InspectJob): Promise<FileReport> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ report?: FileReport; failure?: string }>) => {
      if (data.report !== undefined) resolve(data.report);
      else reject(new Error(`${job.path}: ${data.failure}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`${job.path}: ${event.message}`));
    };
    worker.postMessage(job);
  });
}
