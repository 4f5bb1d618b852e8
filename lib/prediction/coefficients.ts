/** The fitted coefficients that are shipped, so that predicting needs no data. */

import data from "../../datasets/prediction/coefficients.json" with { type: "json" };
import type { TimeCoefficients } from "./kernel_time.ts";
import type { PowerCoefficients } from "./power_terms.ts";
import type { ServingFit } from "./serving/fit.ts";

/** Factors by which an interval reaches above and below a prediction, at 90 %. */
export interface IntervalFactors {
  /** For time. */
  readonly timeS: number;
  /** For power. */
  readonly powerW: number;
  /** For energy. */
  readonly energyJ: number;
}

/** Everything that the fits produce. */
export interface PredictorCoefficients {
  /** What was read, how many rows were used and left out, and by which script. */
  readonly provenance: {
    readonly script: string;
    readonly sources: readonly {
      readonly name: string;
      readonly used: number;
      readonly left: Readonly<Record<string, number>>;
    }[];
  };
  /** Latency coefficients for any device. */
  readonly time: TimeCoefficients;
  /** Latency coefficients of architectures whose matrix units are fed otherwise, by name. */
  readonly timeByArchitecture: Readonly<Record<string, TimeCoefficients>>;
  /** Latency coefficients with a device's own departure, by catalogue id. */
  readonly timeByDevice: Readonly<Record<string, TimeCoefficients>>;
  /** Energy coefficients by catalogue id. */
  readonly power: Readonly<Record<string, PowerCoefficients>>;
  /** Both forms of the serving model. */
  readonly serving: readonly ServingFit[];
  /** Interval factors of kernel lists: measured device or not, bound by device or host. */
  readonly kernelIntervals: {
    readonly deviceBound: IntervalFactors;
    readonly hostBound: IntervalFactors;
    readonly convolutions: IntervalFactors;
    readonly otherHardware: IntervalFactors;
  };
  /** Interval factors of serving: the fitted device or another. */
  readonly servingIntervals: {
    readonly fittedHardware: IntervalFactors;
    readonly otherHardware: IntervalFactors;
  };
  /** Ids on which the serving model was fitted. */
  readonly servingHardware: readonly string[];
}

/**
 * The shipped coefficients (`datasets/prediction/coefficients.json`), written by
 * `scripts/fit_predictor.ts` from published measurements.
 *
 * @return The coefficients.
 *
 * @example
 * ```ts
 * import { shippedCoefficients } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const { time } = shippedCoefficients();
 * assert.ok(time.matrixEfficiency > 0.5 && time.matrixEfficiency < 1);
 * ```
 */
export function shippedCoefficients(): PredictorCoefficients {
  return data as unknown as PredictorCoefficients;
}
