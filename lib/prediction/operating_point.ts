/** The clock that a device settles at under its power cap. */

/** Where a device settles. */
export interface OperatingPoint {
  /** Clock that is run, MHz. */
  readonly coreMhz: number;
  /** Time at that clock, s. */
  readonly timeS: number;
  /** Power at that clock, W. */
  readonly powerW: number;
  /** Whether the cap lowered the clock. */
  readonly capped: boolean;
}

/** Options of {@linkcode solveOperatingPoint}. */
export interface OperatingPointOptions {
  /** Clock that is set, MHz: the highest that is tried. */
  readonly coreMhz: number;
  /** Power limit, W. */
  readonly capW: number;
  /** Lowest clock the device can go to, MHz. Default: 210. */
  readonly lowestMhz?: number;
}

/**
 * Finds the highest clock at most the set one at which power does not exceed the cap, by bisection,
 * and the time at that clock: a cap slows the work, it does not only clip the power.
 *
 * @param at Time and power at a clock; power rises with the clock.
 * @param options Set clock and cap.
 * @return The operating point; at the lowest clock when even that exceeds the cap.
 *
 * @example
 * ```ts
 * import { solveOperatingPoint } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const at = (mhz: number) => ({ timeS: 1000 / mhz, powerW: mhz / 4 });
 * const point = solveOperatingPoint(at, { coreMhz: 1400, capW: 250 });
 * assert.ok(point.capped && Math.abs(point.coreMhz - 1000) < 1 && Math.abs(point.timeS - 1) < 1e-3);
 * ```
 */
export function solveOperatingPoint(
  at: (coreMhz: number) => { readonly timeS: number; readonly powerW: number },
  { coreMhz, capW, lowestMhz = 210 }: OperatingPointOptions,
): OperatingPoint {
  const set = at(coreMhz);
  if (!(set.powerW > capW) || coreMhz <= lowestMhz) return { coreMhz, ...pick(set), capped: false };
  let low = lowestMhz, high = coreMhz;
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (at(middle).powerW > capW) high = middle;
    else low = middle;
  }
  return { coreMhz: low, ...pick(at(low)), capped: true };
}

function pick({ timeS, powerW }: { timeS: number; powerW: number }) {
  return { timeS, powerW };
}
