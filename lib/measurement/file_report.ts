import { InputError } from "../errors.ts";
import type { ReadOptions } from "../formats/format.ts";
import { type InputSummary, inspectInput } from "../formats/read.ts";
import { isRunFolder } from "./read_run_folder.ts";
import { inspectRun, type RunReport } from "./inspect_run.ts";

/** What `inspect` says of one file. */
export interface FileReport extends Omit<InputSummary, "format" | "kind"> {
  /** Id of the format; null when the file could not be read. */
  readonly format: string | null;
  /** What it holds; null when it could not be read. */
  readonly kind: string | null;
  /** What it says of the run, for a run folder. */
  readonly run?: RunReport;
  /** Why it could not be read. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Sums up one file or run folder; one that cannot be read gives a report with an error.
 *
 * @param path The file.
 * @param options How to read it.
 * @return The report.
 * @throws {InputError} `bad-option`: the command line is wrong, not the file.
 */
export async function reportOf(path: string, options: ReadOptions): Promise<FileReport> {
  try {
    return isRunFolder(path) ? await inspectRun(path) : await inspectInput(path, options);
  } catch (error) {
    if (!(error instanceof InputError) || error.code === "bad-option") throw error;
    return {
      path,
      format: null,
      kind: null,
      devices: [],
      samples: 0,
      requests: 0,
      windows: 0,
      results: 0,
      startS: null,
      endS: null,
      clock: null,
      meanW: null,
      energyJ: null,
      dropped: [],
      issues: [error.message],
      error: { code: error.code, message: error.message },
    };
  }
}
