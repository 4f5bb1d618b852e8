/** The lines of a run folder's files. */

import type { Clock } from "../clock.ts";
import type { Device } from "../power/device.ts";

/** One try of a request that was given up and made again. */
export interface RetryRecord {
  /** When it failed, in seconds since the epoch. */
  readonly atS: number;
  /** Why, as a code in kebab case. */
  readonly reason: string;
  /** Seconds waited before the next try. */
  readonly waitS: number;
}

/** One request as the driver saw it: a line of `requests.jsonl`. Times are seconds since the epoch. */
export interface RequestRecord {
  /** Its name, unique in the run. */
  readonly id: string;
  /** Id of the cell. */
  readonly cell: string;
  /** Which run of the cell, from 1. */
  readonly attempt: number;
  /** Whether it belongs to the load or only warms up. */
  readonly phase: "warmup" | "load";
  /** When it was due by the arrivals. */
  readonly dueS: number;
  /** When its last try was sent. */
  readonly submitS: number;
  /** When the first chunk with text arrived; null when none did. */
  readonly firstTokenS: number | null;
  /** When the last chunk with text arrived, or the failure. */
  readonly endS: number | null;
  /** Prompt tokens; null when nobody says. */
  readonly inputTokens: number | null;
  /**
   * Who counted the prompt tokens: the server's usage field, the ids that were sent, the tokenizer that
   * environment.json names (of a chat the text alone, without its template), or, where the
   * configuration counts chunks, the made-up words that were sent.
   */
  readonly inputCount: "server" | "prompt-ids" | "tokenizer" | "words" | null;
  /** Generated tokens; null when nobody says. */
  readonly outputTokens: number | null;
  /** Prompt tokens from a prefix cache, where the server says. */
  readonly cachedTokens: number | null;
  /**
   * Who counted the output tokens: the server's usage field, one for each chunk of text, or the
   * tokenizer that environment.json names, on the whole text.
   */
  readonly tokenCount: "server" | "chunks" | "tokenizer" | null;
  /** Whether it ended well. */
  readonly success: boolean;
  /** Status of the last answer; null when there was none. */
  readonly status: number | null;
  /** Why it failed, as a code in kebab case; null when it did not. */
  readonly error: string | null;
  /** More about the failure, without secrets. */
  readonly detail: string | null;
  /** What the server gave as the reason to stop. */
  readonly finish: string | null;
  /** Tries before the last. */
  readonly retries: readonly RetryRecord[];
  /** Lines of the stream that could not be read. */
  readonly malformedLines: number;
  /** Timings that the server itself gave at the end of the stream, where it does; else null. */
  readonly serverTimings: Readonly<Record<string, number>> | null;
  /** Arrival of every chunk with text, in seconds after `submitS`. */
  readonly chunkAfterS: readonly number[];
}

/** What happened to a cell: a line of `cells.jsonl`. */
export interface CellEvent {
  /** Id of the cell. */
  readonly cell: string;
  /** Which run of it, from 1. */
  readonly attempt: number;
  /** `begin`: rest before; `load`: first request due; `drained`: last one over; `end`: rest after. */
  readonly event: "begin" | "load" | "drained" | "end";
  /** When, in seconds since the epoch. */
  readonly atS: number;
  /** At the end, whether it was run whole. */
  readonly state?: "done" | "stopped" | "failed";
  /** When drained, what the driver itself took during the load. */
  readonly driver?: DriverCost;
  /** State of the GPUs at that moment, as nvidia-smi prints it. */
  readonly gpus?: readonly Readonly<Record<string, string>>[];
}

/** What a series of a power file is: its `# series` line. */
export interface SeriesRecord {
  /** Its name in the rows. */
  readonly id: string;
  /** The thing whose power is read. */
  readonly device: Device;
  /** Watts, or joules of a counter. */
  readonly quantity: "power" | "counter";
  /** For watts, what a reading means. */
  readonly reading?: "instant" | "average" | "unspecified";
  /** Averaging window of the sensor in seconds, where known. */
  readonly averagingS?: number;
  /** Field of the source. */
  readonly column: string;
  /** Whether it was read from a sensor or worked out from a declared power. */
  readonly basis: "measured" | "modelled";
  /** What its times count from, in imported runs; by default the epoch. */
  readonly clock?: Clock;
}

/** State of a run: `status.json`. */
export interface RunStatus {
  /** Version of the folder's layout. */
  readonly version: 1;
  /**
   * `running` until the end is written: a folder that still says so, while nothing writes to it, was
   * killed at about `updatedS`.
   */
  readonly state: "running" | "complete" | "stopped" | "failed";
  /** Last sign of life, in seconds since the epoch; written every second. */
  readonly updatedS: number;
  /** Cells of the sweep. */
  readonly cells: number;
  /** Cells that were run whole. */
  readonly done: number;
  /** Each start of the program on this folder. */
  readonly sessions: readonly SessionRecord[];
}

/** One start of the program on a folder. */
export interface SessionRecord {
  /** When it began, in seconds since the epoch. */
  readonly startedS: number;
  /** What was repaired before it went on: lines cut by a kill, requests that a kill cut off. */
  readonly repairs: readonly string[];
  /** Why it stopped before its end; null when it did not. */
  readonly problem: string | null;
}

/** What the driver and the samplers in its process took of the machine. */
export interface DriverCost {
  /** Processor time over wall time: 0.2 is a fifth of one core. */
  readonly coreShare: number;
  /** 99th percentile of how late its timers came, in seconds: a token may be stamped that late. */
  readonly lagP99S: number;
  /** Greatest such lateness, in seconds. */
  readonly lagMaxS: number;
}

/** Offset of a host's clock, as it was estimated. */
export interface HostClock {
  /** Name of the host. */
  readonly host: string;
  /** When, in seconds since the epoch. */
  readonly atS: number;
  /** What its clock shows more than ours, in seconds; null when it could not be read. */
  readonly offsetS: number | null;
  /** Half the width of what is possible, in seconds. */
  readonly widthS: number | null;
  /** Why there is no offset. */
  readonly reason?: string;
}

/** Clocks of a run: `clock.json`. */
export interface RunClock {
  /** What times count from. */
  readonly clock: Clock;
  /** Which clock stamps, in words. */
  readonly rule: string;
  /** How far the wall clock had moved from the clock that stamps, again and again. */
  readonly checks: readonly { readonly atS: number; readonly wallClockDriftS: number }[];
  /** Clocks of remote hosts, at the start and the end of each session. */
  readonly hosts: readonly HostClock[];
}
