import type { ReadResult } from "../formats/format.ts";

/** The time that something in a file covers. */
export interface Extent {
  /** What the seconds count from. */
  readonly clock: string;
  /** First moment. */
  readonly fromS: number;
  /** Last moment. */
  readonly toS: number;
  /** The file. */
  readonly path: string;
}

/** What rules that compare files with each other need of each: small, whatever the size of the file. */
export interface InputOutline {
  /** When its first series was recorded; empty without readings. */
  readonly traces: readonly Extent[];
  /** When the requests and windows of each of its logs took place. */
  readonly logs: readonly Extent[];
}

/** The outline of what was read from a file. */
export function outlineOf({ path, series, requests, windows }: ReadResult): InputOutline {
  return {
    traces: series.slice(0, 1).flatMap((one) =>
      extentOf(path, one.clock, one.timeS, one.timeS) ?? []
    ),
    logs: [
      ...requests.flatMap((log) => extentOf(path, log.clock, log.submitS, log.endS) ?? []),
      ...windows.flatMap((w) => extentOf(path, w.clock, w.startS, w.endS) ?? []),
    ],
  };
}

function extentOf(
  path: string,
  clock: string,
  starts: Float64Array,
  ends: Float64Array,
): Extent | null {
  let fromS = Infinity;
  let toS = -Infinity;
  for (let i = 0; i < starts.length; i++) {
    if (starts[i]! < fromS) fromS = starts[i]!;
    if (starts[i]! > toS) toS = starts[i]!;
    if (ends[i]! > toS) toS = ends[i]!;
  }
  return fromS <= toS ? { path, clock, fromS, toS } : null;
}
