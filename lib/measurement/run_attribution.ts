import type { BatchedAttribution, EnergyInterval } from "../attribution/batched_result.ts";
import type { RequestEnergies } from "../attribution/equal_share.ts";
import type { IdlePower } from "../attribution/idle.ts";
import type { IdleRule } from "../attribution/idle_rule.ts";
import type { AttributionWarning } from "../attribution/warning.ts";
import type { Loss } from "../losses.ts";
import type { PowerSeries } from "../power/series.ts";
import type { RequestLog } from "../requests/log.ts";
import type { RunCell } from "./read_run_folder.ts";

/** Energy of one run of one cell, from the rest before it to the rest after it. */
export interface CellEnergy {
  /** The cell. */
  readonly cell: RunCell;
  /** How its energy was divided: `serial`, `one-at-a-time`, `equal-share` or the name of a method. */
  readonly method: string;
  /** When it began, in seconds on the run's clock. */
  readonly startS: number;
  /** When it was over; for a cell that was cut off, the last that is known of it. */
  readonly endS: number;
  /** Requests that have an energy, warm-up included. */
  readonly attributed: number;
  /** Prompt tokens of these; those not counted are left out. */
  readonly inputTokens: number;
  /** Output tokens of these. */
  readonly outputTokens: number;
  /** Energy from its beginning to its end, in joules. */
  readonly totalJ: number;
  /** Idle power times the time measured; where it is not known, energy between requests. */
  readonly idleJ: number;
  /** Energy up to first tokens. */
  readonly prefill: EnergyInterval;
  /** Energy behind first tokens. */
  readonly decode: EnergyInterval;
  /** The rest of the total: what belongs to no request. Below 0 where power was below idle power. */
  readonly unattributedJ: number;
}

/** Energy of a run by cell, phase and request. */
export interface RunAttribution {
  /** The devices, added up, on the clock of the requests, as their sensor stamped them. */
  readonly series: PowerSeries;
  /** Ids of the devices. */
  readonly devices: readonly string[];
  /** Whether this is of a measured power, or of one worked out from a declared power. */
  readonly basis: "measured" | "modelled";
  /** All requests, warm-up and failed ones included. */
  readonly log: RequestLog;
  /** The same as they were worked on: without the wait, where the engine took one at a time. */
  readonly served: RequestLog;
  /** `in-requests`: idle power was not taken off, by the method or because it is not known. */
  readonly idleRule: IdleRule | "in-requests";
  /** Idle power of the rests. */
  readonly idle: IdlePower;
  /** Each run of each cell, in the order of running. */
  readonly cells: readonly CellEnergy[];
  /** Energy outside of all cells, in joules. */
  readonly outsideJ: number;
  /** Energy of the whole trace, in joules. */
  readonly totalJ: number;
  /** Idle power times the time measured; where idle power is not taken off, energy between requests. */
  readonly idleJ: number;
  /** Energy of all cells up to first tokens; half widths of cells are added. */
  readonly prefill: EnergyInterval;
  /** Energy of all cells behind first tokens. */
  readonly decode: EnergyInterval;
  /** Energy that belongs to no request and is not idle, in joules. */
  readonly unattributedJ: number;
  /** |idle + unattributed + prefill + decode - total| / total. */
  readonly conservationError: number;
  /** One entry for each request, in the order of the log; `idleJ` by the rule, null when unassigned. */
  readonly requests: RequestEnergies & { readonly idleJ: Float64Array | null };
  /** The regression, where there was one: alignment, costs, fit. */
  readonly batched: BatchedAttribution | null;
  /** Doubts. */
  readonly warnings: readonly AttributionWarning[];
  /** What the folder told of itself, one sentence each. */
  readonly notes: readonly string[];
  /** What was left out, and why. */
  readonly dropped: readonly Loss[];
}
