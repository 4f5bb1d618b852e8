import type { ServingRun } from "../requests/serving/simulate.ts";
import type { StepSharing } from "../requests/serving/divide.ts";
import type { BatchedAttribution } from "./batched_result.ts";

/** Options of {@linkcode scoreAttribution}. */
export interface ScoreOptions {
  /** The request of the exact log that each request of the attribution is; by default the same. */
  readonly kept?: Uint32Array;
  /**
   * The rule for shared cost that the truth follows; by default `shapley`. It is a matter of definition:
   * prefill totals of two rules differ by 5 to 20 %, so a method is compared with its own rule.
   */
  readonly sharing?: StepSharing;
  /** Requests that take longer, in seconds, are long; by default 2. */
  readonly longS?: number;
}

/** How far an attribution is from what is known to be true; errors are relative. */
export interface AttributionScore {
  /** Of the prefill energy of all requests, with its sign. */
  readonly prefillError: number;
  /** Of the decode energy of all requests, with its sign. */
  readonly decodeError: number;
  /** Median over long requests, of their energy. */
  readonly medianError: number;
  /** 90th percentile over long requests. */
  readonly p90Error: number;
  /** Median over all requests, of their prefill energy alone. */
  readonly onePrefillError: number;
  /** Share of requests whose true energy lies inside its interval. */
  readonly coverage: number;
  /** The same, long requests. */
  readonly longCoverage: number;
  /** Share of requests whose true prefill energy lies inside its interval. */
  readonly prefillCoverage: number;
  /** Whether the true prefill energy of all requests lies inside its interval. */
  readonly prefillInside: boolean;
  /** Whether the true decode energy of all requests lies inside its interval. */
  readonly decodeInside: boolean;
  /** Median half width of a long request's interval, over its energy. */
  readonly halfWidth: number;
  /** Requests that were attributed, and that are compared. */
  readonly requests: number;
}

/**
 * Compares an attribution with the true energies of a simulated run. Requests without an energy are
 * left out on both sides.
 *
 * @param result The attribution.
 * @param run The run it is of.
 * @param options The rule of the truth, and which requests were logged.
 * @return The errors and what the intervals cover.
 *
 * @example
 * ```ts
 * import { attributeBatched, scoreAttribution } from "@joulebook/joulebook/attribution";
 * import { ONE_SECOND_SENSOR, readSensor, simulateServing } from "@joulebook/joulebook/requests";
 * import assert from "node:assert/strict";
 *
 * const run = simulateServing({
 *   seed: 1,
 *   workload: { arrivals: { kind: "poisson", ratePerS: 3 } },
 *   durationS: 60,
 * });
 * const { series } = readSensor(run.devices, ONE_SECOND_SENSOR, { seed: 2 });
 * const score = scoreAttribution(attributeBatched(series, run.log), run);
 * assert.ok(Math.abs(score.decodeError) < 0.03 && score.medianError < 0.03);
 * ```
 */
export function scoreAttribution(
  result: BatchedAttribution,
  run: ServingRun,
  options: ScoreOptions = {},
): AttributionScore {
  const { kept, sharing = "shapley", longS = 2 } = options;
  const truth = run.truth[sharing];
  const { requests } = result;
  const errors: number[] = [];
  const prefillErrors: number[] = [];
  const half: number[] = [];
  let [inside, insideLong, insidePrefill] = [0, 0, 0];
  let [toldPrefill, toldDecode, truePrefill, trueDecode] = [0, 0, 0, 0];
  requests.energyJ.forEach((energyJ, k) => {
    if (Number.isNaN(energyJ)) return;
    const i = kept?.[k] ?? k;
    const prefillJ = truth.prefillJ[i]!;
    const trueJ = prefillJ + truth.decodeJ[i]!;
    toldPrefill += requests.prefillJ[k]!;
    toldDecode += requests.decodeJ[k]!;
    truePrefill += prefillJ;
    trueDecode += truth.decodeJ[i]!;
    const isInside = requests.lowJ[k]! <= trueJ && trueJ <= requests.highJ[k]!;
    if (isInside) inside++;
    if (requests.prefillLowJ[k]! <= prefillJ && prefillJ <= requests.prefillHighJ[k]!) {
      insidePrefill++;
    }
    prefillErrors.push(Math.abs(requests.prefillJ[k]! / prefillJ - 1));
    if (run.log.endS[i]! - run.log.submitS[i]! > longS) {
      errors.push(Math.abs(energyJ / trueJ - 1));
      half.push((requests.highJ[k]! - requests.lowJ[k]!) / 2 / energyJ);
      if (isInside) insideLong++;
    }
  });
  const count = prefillErrors.length;
  return {
    prefillError: toldPrefill / truePrefill - 1,
    decodeError: toldDecode / trueDecode - 1,
    medianError: quantile(errors, 0.5),
    p90Error: quantile(errors, 0.9),
    onePrefillError: quantile(prefillErrors, 0.5),
    coverage: inside / count,
    longCoverage: insideLong / errors.length,
    prefillCoverage: insidePrefill / count,
    prefillInside: result.prefill.lowJ <= truePrefill && truePrefill <= result.prefill.highJ,
    decodeInside: result.decode.lowJ <= trueDecode && trueDecode <= result.decode.highJ,
    halfWidth: quantile(half, 0.5),
    requests: count,
  };
}

function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? NaN;
}
