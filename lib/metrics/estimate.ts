/** A number with an interval and the way it came about, and sums and products of such numbers. */

/**
 * How a number came about. Of several inputs the last in this order says what the result is.
 *
 * - `measured`: every input came out of an instrument or a counter
 * - `declared`: somebody states at least one input: a factor, a tariff, a published statistic
 * - `modelled`: at least one input came out of a model or an estimate
 * - `generated`: at least one input came out of a simulation
 */
export type Basis = "measured" | "declared" | "modelled" | "generated";

/** A number with its interval. */
export interface Estimate {
  /** The number; null when there is none. */
  readonly value: number | null;
  /** Lower end of the nominal 90 % interval; null when the inputs have none. */
  readonly low: number | null;
  /** Upper end of the nominal 90 % interval; null when the inputs have none. */
  readonly high: number | null;
  /** How it came about. */
  readonly basis: Basis;
}

/** A number with its unit, as it stands in a report. */
export interface Figure extends Estimate {
  /** Unit, such as `J/output token`. */
  readonly unit: string;
  /** Why there is no number; null when there is one. */
  readonly reason: string | null;
}

/**
 * How the errors of several inputs hang together.
 *
 * - `common`: all err the same way, as readings of one badly calibrated sensor; the ends of the
 *   intervals add up. The widest answer, and the default.
 * - `independent`: they err each for itself; half widths add up in quadrature.
 */
export type Dependence = "common" | "independent";

const order: readonly Basis[] = ["measured", "declared", "modelled", "generated"];

/**
 * The basis of a result, from those of its inputs.
 *
 * @param bases Those of the inputs; none at all count as measured.
 * @return The weakest: measured, declared, modelled, generated, in this order.
 *
 * @example
 * ```ts
 * import { weakestBasis } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(weakestBasis("measured", "declared"), "declared");
 * ```
 */
export function weakestBasis(...bases: readonly Basis[]): Basis {
  return order[Math.max(0, ...bases.map((basis) => order.indexOf(basis)))]!;
}

/**
 * An estimate from plain numbers, checked.
 *
 * @param value The number, or null.
 * @param options Interval and basis; by default none and `measured`.
 * @return The estimate.
 * @throws {RangeError} When the interval does not enclose the number or has only one end.
 *
 * @example
 * ```ts
 * import { estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(estimate(1.8, { low: 1.76, high: 1.86, basis: "declared" }).high, 1.86);
 * assert.throws(() => estimate(2, { low: 3, high: 4 }), RangeError);
 * ```
 */
export function estimate(
  value: number | null,
  options: {
    readonly low?: number | null;
    readonly high?: number | null;
    readonly basis?: Basis;
  } = {},
): Estimate {
  const { low = null, high = null, basis = "measured" } = options;
  if ((low === null) !== (high === null)) throw new RangeError("an interval needs both ends");
  if (low !== null && value !== null && !(low <= value && value <= high!)) {
    throw new RangeError(`${value} is not between ${low} and ${high}`);
  }
  return { value, low, high, basis };
}

/**
 * An estimate times an exact number.
 *
 * @param input The estimate.
 * @param factor The number, which may be negative.
 * @return The product; the interval scales with it.
 *
 * @example
 * ```ts
 * import { estimate, scale } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(scale(estimate(2, { low: 1, high: 4 }), 10), {
 *   value: 20, low: 10, high: 40, basis: "measured",
 * });
 * ```
 */
export function scale(input: Estimate, factor: number): Estimate {
  const { value, low, high, basis } = input;
  const ends = low === null || high === null
    ? [null, null] as const
    : factor < 0
    ? [high * factor, low * factor] as const
    : [low * factor, high * factor] as const;
  return { value: value === null ? null : value * factor, low: ends[0], high: ends[1], basis };
}

/**
 * The product of two estimates whose errors are independent.
 *
 * Half widths are propagated to first order, each side for itself, in quadrature:
 * u(xy)^2 = (y u(x))^2 + (x u(y))^2 (JCGM 100:2008, equation 10, whose next term is the product of
 * the two relative widths). An input without an interval counts as exact.
 *
 * @param a A factor.
 * @param b The other.
 * @return The product; null when a factor is.
 *
 * @example
 * ```ts
 * import { estimate, multiply } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const facility = multiply(
 *   estimate(100, { low: 97, high: 103 }),
 *   estimate(1.2, { low: 1.15, high: 1.25, basis: "declared" }),
 * );
 * assert.equal(facility.value, 120);
 * assert.ok(Math.abs(facility.high! - (120 + Math.hypot(3.6, 5))) < 1e-9);
 * assert.equal(facility.basis, "declared");
 * ```
 */
export function multiply(a: Estimate, b: Estimate): Estimate {
  const basis = weakestBasis(a.basis, b.basis);
  if (a.value === null || b.value === null) return { value: null, low: null, high: null, basis };
  const value = a.value * b.value;
  if (a.low === null && b.low === null) return { value, low: null, high: null, basis };
  const x = scale(a, b.value);
  const y = scale(b, a.value);
  const down = Math.hypot(value - (x.low ?? value), value - (y.low ?? value));
  const up = Math.hypot((x.high ?? value) - value, (y.high ?? value) - value);
  return { value, low: value - down, high: value + up, basis };
}

/**
 * The sum of estimates.
 *
 * @param parts The parts; one without an interval counts as exact.
 * @param dependence How their errors hang together.
 * @return The sum; null when a part is.
 *
 * @example
 * ```ts
 * import { add, estimate } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const parts = [estimate(10, { low: 7, high: 13 }), estimate(20, { low: 16, high: 24 })];
 * assert.equal(add(parts).high, 37);
 * assert.equal(add(parts, "independent").high, 35);
 * ```
 */
export function add(parts: readonly Estimate[], dependence: Dependence = "common"): Estimate {
  const basis = weakestBasis(...parts.map((part) => part.basis));
  let value = 0;
  for (const part of parts) {
    if (part.value === null) return { value: null, low: null, high: null, basis };
    value += part.value;
  }
  if (parts.every((part) => part.low === null)) return { value, low: null, high: null, basis };
  const downs = parts.map((part) => part.value! - (part.low ?? part.value!));
  const ups = parts.map((part) => (part.high ?? part.value!) - part.value!);
  const join = (widths: number[]): number =>
    dependence === "common" ? widths.reduce((a, b) => a + b, 0) : Math.hypot(...widths);
  return { value, low: value - join(downs), high: value + join(ups), basis };
}
