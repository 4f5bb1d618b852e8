/** Bounds on the latency of a modelled serving run. */

import { InputError } from "../../errors.ts";
import { distributionOf } from "../../metrics/distribution.ts";

/** Bounds on latency; at least one is given. */
export interface LatencyTarget {
  /** Longest time to first token, s. Default: none. */
  readonly ttftS?: number;
  /** Longest time per output token, s. Default: none. */
  readonly tpotS?: number;
  /** Share of the requests answered, in percent, whose latency may not be longer. Default: 95. */
  readonly percentile?: number;
}

/** Latencies at the percentile of a target. */
export interface LatencyReached {
  /** Time to first token at the percentile, s. */
  readonly ttftS: number;
  /** Time per output token at the percentile, s; NaN when no request has two tokens. */
  readonly tpotS: number;
}

/** A checked target. */
export interface LatencyLimits {
  /** Latencies at the target's percentile. */
  of(columns: { readonly ttftS: Float64Array; readonly tpotS: Float64Array }): LatencyReached;
  /** Whether they keep the bounds; no latency keeps any. */
  met(reached: LatencyReached): boolean;
}

/**
 * Checks a target.
 *
 * @throws InputError (`bad-option`) when no bound is given or one is not positive.
 */
export function latencyLimits(target: LatencyTarget): LatencyLimits {
  const { ttftS = Infinity, tpotS = Infinity, percentile = 95 } = target;
  if (!(ttftS > 0 && tpotS > 0 && Math.min(ttftS, tpotS) < Infinity)) {
    throw new InputError({
      code: "bad-option",
      problem: "the latency target cannot be used",
      expected: "a positive ttftS or tpotS in seconds",
      found: `ttftS ${target.ttftS}, tpotS ${target.tpotS}`,
    });
  }
  const at = (values: Float64Array): number =>
    distributionOf(values, [percentile]).percentiles[`p${percentile}`] ?? NaN;
  return {
    of: (columns) => ({ ttftS: at(columns.ttftS), tpotS: at(columns.tpotS) }),
    met: (reached) => !(reached.ttftS > ttftS) && !(reached.tpotS > tpotS),
  };
}
