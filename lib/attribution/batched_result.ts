import type { Loss } from "../losses.ts";
import type { Timeline } from "../requests/timeline.ts";
import type { Alignment, OffsetSearch } from "./align.ts";
import type { CostModel } from "./cost_model.ts";
import type { EnginePlacement } from "./engines.ts";
import type { RequestEnergies } from "./equal_share.ts";
import type { IdlePower } from "./idle.ts";
import type { IdleRule } from "./idle_rule.ts";
import type { LocalScale } from "./local_scale.ts";
import type { AttributionMethod } from "./methods.ts";
import type { AttributionWarning } from "./warning.ts";

/** Options of `attributeBatched`. */
export interface BatchedOptions {
  /** How power is divided; by default `REGRESSION`. */
  readonly method?: AttributionMethod;
  /**
   * Seconds to add to the trace's times to reach the log's clock; by default it is found. The delay
   * of the sensor, of up to its window and half a second, is looked for around it.
   */
  readonly offsetS?: number;
  /** Which offsets are possible; by default by the clocks of trace and log. */
  readonly search?: OffsetSearch;
  /** Largest skew beside a zone mistake, in seconds; by default 5. */
  readonly maxSkewS?: number;
  /** Averaging window of the sensor in seconds; by default that of the series, else inferred. */
  readonly averagingS?: number;
  /** Idle power in watts; by default the median of readings with no request around them. */
  readonly idleW?: number;
  /** What happens to idle energy; by default `unassigned`. */
  readonly idleRule?: IdleRule;
  /** Which phases run on the devices of the trace; by default `together`. */
  readonly placement?: EnginePlacement;
  /** Most prompt tokens of one step; by default inferred from the trace. */
  readonly chunkTokens?: number;
  /**
   * Number of the group of each request, in the order of the log, from 0: the result then has the
   * energies of each group with intervals of their own.
   */
  readonly groups?: Uint32Array;
}

/** An energy with its nominal 90 % interval, in joules. */
export interface EnergyInterval {
  /** Best estimate. */
  readonly energyJ: number;
  /** Lower end. */
  readonly lowJ: number;
  /** Upper end. */
  readonly highJ: number;
}

/** Energy above idle of some requests. */
export interface PhaseEnergies {
  /** Up to their first tokens. */
  readonly prefill: EnergyInterval;
  /** Behind their first tokens. */
  readonly decode: EnergyInterval;
}

/** Energies of requests as columns of equal length; NaN where there is a reason. */
export interface BatchedEnergies extends RequestEnergies {
  /** Lower end of the prefill's nominal 90 % interval, in joules. */
  readonly prefillLowJ: Float64Array;
  /** Upper end. */
  readonly prefillHighJ: Float64Array;
  /** Lower end of the decode's nominal 90 % interval, in joules. */
  readonly decodeLowJ: Float64Array;
  /** Upper end. */
  readonly decodeHighJ: Float64Array;
  /** Idle energy that the rule gives to the request, in joules, not in `energyJ`; null when unassigned. */
  readonly idleJ: Float64Array | null;
}

/** Energy of requests that share an engine, and the proof that the parts add up. */
export interface BatchedAttribution {
  /** Name of the method. */
  readonly method: string;
  /** Its rule for the cost that the sequences of a step share. */
  readonly sharing: string;
  /** Its rule for idle energy. */
  readonly idleRule: IdleRule;
  /** `bounds` when idle power is not known: energies are the middle of what is possible. */
  readonly kind: "estimate" | "bounds";
  /** Energy measured over the whole trace, in joules. */
  readonly totalJ: number;
  /** Idle power times the time measured, in joules. */
  readonly idleJ: number;
  /** Energy above idle that belongs to no request that the trace covers whole, in joules. */
  readonly unattributedJ: number;
  /** Energy above idle up to first tokens, all requests. */
  readonly prefill: EnergyInterval;
  /** Energy above idle behind first tokens, all requests. */
  readonly decode: EnergyInterval;
  /** The same of each group of requests; empty without groups. */
  readonly groups: readonly PhaseEnergies[];
  /** |idle + unattributed + prefill + decode - total| / total. */
  readonly conservationError: number;
  /** One entry for each request, in the order of the log. */
  readonly requests: BatchedEnergies;
  /** How the trace lies against the log. */
  readonly alignment: Alignment;
  /** Idle power, as seen. */
  readonly idle: IdlePower;
  /** Idle power that was taken off, in watts; for bounds the middle of what is possible. */
  readonly idleW: number;
  /** Joules per unit of work where fitted, else relative costs. */
  readonly costs: CostModel;
  /** Quality of the fit; null for methods that do not fit. */
  readonly fit: { readonly r2: number; readonly misfit: number; readonly blocks: number } | null;
  /** Most prompt tokens of one step: given, inferred, or Infinity when prompts seem not to be cut. */
  readonly chunkTokens: number;
  /** What the engines did. */
  readonly timelines: readonly Timeline[];
  /** Local factor on all costs over time. */
  readonly scale: LocalScale;
  /** Factor that makes the parts add up to the energy measured. */
  readonly closure: number;
  /** Doubts. */
  readonly warnings: readonly AttributionWarning[];
  /** Requests left out, and why. */
  readonly dropped: readonly Loss[];
}
