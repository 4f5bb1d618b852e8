/** A worker that sums up files for `inspect`: a path and options in, a report out. */

import type { ReadOptions } from "../lib/formats/format.ts";
import { reportOf } from "./inspect_report.ts";

/** What the worker is asked. */
export interface InspectJob {
  /** Path of the file. */
  readonly path: string;
  /** How to read it. */
  readonly options: ReadOptions;
}

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<InspectJob>) => void) | null;
  postMessage(message: unknown): void;
};
scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage({ report: await reportOf(data.path, data.options) });
  } catch (error) {
    scope.postMessage({
      failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
};
