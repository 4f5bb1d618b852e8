/** Voltage and idle power at a core clock, from a device's published table. */

import { InputError } from "../errors.ts";
import type { Hardware } from "./hardware.ts";

/** Voltage and idle power at one core clock. */
export interface ClockPoint {
  /** Core clock, MHz. */
  readonly coreMhz: number;
  /** Supply voltage, mV, or null when unknown. */
  readonly voltageMv: number | null;
  /** Board power with nothing running, W, or null when unknown. */
  readonly idleW: number | null;
}

/**
 * Voltage and idle power of a device at a core clock, linear between the steps of its table.
 *
 * @param hardware The device.
 * @param coreMhz Core clock, MHz.
 * @return Both values, or null when the device has no table; outside its clocks nothing is
 * extrapolated.
 * @throws InputError (`bad-option`) when the clock lies outside the table.
 *
 * @example
 * ```ts
 * import { clockPoint, findHardware } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * const point = clockPoint(findHardware("a100-pcie-40"), 900);
 * assert.deepEqual(point, { coreMhz: 900, voltageMv: 693.75, idleW: 47.35 });
 * assert.equal(clockPoint(findHardware("l4"), 900), null);
 * ```
 */
export function clockPoint(hardware: Hardware, coreMhz: number): ClockPoint | null {
  const table = hardware.dvfs;
  if (table === null) return null;
  const clocks = table.coreMhz;
  const first = clocks[0]!, last = clocks[clocks.length - 1]!;
  if (!(coreMhz >= first && coreMhz <= last)) {
    throw new InputError({
      code: "bad-option",
      problem: `core clock outside the table of ${hardware.id}`,
      expected: `${first} to ${last} MHz`,
      found: String(coreMhz),
    });
  }
  let high = clocks.findIndex((mhz) => mhz >= coreMhz);
  if (high === 0) high = 1;
  const share = (coreMhz - clocks[high - 1]!) / (clocks[high]! - clocks[high - 1]!);
  const at = (column: readonly number[] | null) =>
    column === null ? null : column[high - 1]! + share * (column[high]! - column[high - 1]!);
  return { coreMhz, voltageMv: at(table.voltageMv), idleW: at(table.idleW) };
}
