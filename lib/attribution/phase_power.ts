import type { BatchedAttribution } from "./batched_result.ts";
import { averagedPower } from "./modelled.ts";

/** Power over time by what it was for, one value for each reading of the trace. */
export interface PhasePower {
  /** Middle of what each reading averages, in seconds on the log's clock. */
  readonly timeS: Float64Array;
  /** Watts of idle power. */
  readonly idleW: Float64Array;
  /** Watts of prompts. */
  readonly prefillW: Float64Array;
  /** Watts of output tokens. */
  readonly decodeW: Float64Array;
}

/**
 * Power as attributed, to be stacked in a figure: what requests were given in the span around each
 * reading, divided by its length. The sum is the sensor's reading sharpened: power at the time,
 * not averaged over the sensor's window.
 *
 * @param result An attribution.
 * @return Columns of equal length.
 *
 * @example
 * ```ts
 * import { attributeBatched, phasePower } from "@joulebook/joulebook/attribution";
 * import { ONE_SECOND_SENSOR, readSensor, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 5 } },
 *   durationS: 30,
 * });
 * const { series } = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2 });
 * const power = phasePower(attributeBatched(series, run.log));
 * assert.equal(power.prefillW.length, series.powerW.length);
 * ```
 */
export function phasePower(result: BatchedAttribution): PhasePower {
  const { centreS, factor } = result.scale;
  const column = (phase: "prefill" | "decode"): Float64Array => {
    const modelled = averagedPower(result.timelines, result.costs, centreS, null, phase);
    return Float64Array.from(modelled, (w, i) => w * factor[i]! * result.closure);
  };
  return {
    timeS: centreS,
    idleW: new Float64Array(centreS.length).fill(result.idleW),
    prefillW: column("prefill"),
    decodeW: column("decode"),
  };
}
