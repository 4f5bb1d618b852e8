/** Energy coefficients of a device nobody has measured, from one that was and from specifications. */

import type { Hardware } from "../hardware/hardware.ts";
import type { PowerCoefficients } from "./power_terms.ts";
import { targetOf } from "./target.ts";

/**
 * Switching energy of a process against TSMC's 7 nm class. Between full nodes it falls by about 0.6
 * to 0.7 (Stillmaker, Baas, Integration 58, 2017); Samsung 8LPP is a 10 nm-class process.
 */
function processFactor(hardware: Hardware): number {
  const name = hardware.process ?? "";
  if (/samsung.*8|8n\b|8lpp/i.test(name)) return 1.43;
  const nm = hardware.processNm;
  if (nm === null) return 1;
  if (nm >= 16) return 2.1;
  if (nm >= 12) return 1.8;
  if (nm >= 10) return 1.43;
  if (nm >= 8) return 1.43;
  if (nm >= 6) return 1;
  return nm >= 4 ? 0.85 : 0.7;
}

/**
 * Energy of a byte against HBM2. Interfaces: HBM2 about 3.9 pJ a bit, GDDR about 5.5 to 7, LPDDR about
 * 4 without the array (O'Connor et al., MICRO 2017; vendors' figures).
 */
function memoryFactor(hardware: Hardware): number {
  const type = hardware.memoryType ?? "";
  if (type.startsWith("GDDR")) return 1.5;
  if (type.startsWith("LPDDR")) return 1.1;
  return 1;
}

// Single-precision lanes of an SM: what its clock has to drive.
function lanes(hardware: Hardware): number {
  const { smCount, vectorFlops, peakMhz } = targetOf(hardware);
  return vectorFlops / (2 * smCount * peakMhz * 1e6);
}

/**
 * Carries measured energy coefficients over to another device: arithmetic and on-chip transport
 * scale with the process, memory traffic with the memory's interface, the clock of an SM with the process and
 * its lanes, and the power of being awake with TDP.
 *
 * @param from The measured device.
 * @param coefficients Its coefficients.
 * @param to The other device.
 * @return Coefficients of the other device.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedCoefficients, transferPower } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const a100 = findHardware("a100-pcie-40"), l4 = findHardware("l4");
 * const known = shippedCoefficients().power["a100-pcie-40"]!;
 * const carried = transferPower(a100, known, l4);
 * assert.ok(carried.jPerMatrixFlop < known.jPerMatrixFlop); // a finer process
 * assert.ok(carried.jPerMatrixByte > known.jPerMatrixByte); // GDDR6 against HBM2
 * ```
 */
export function transferPower(
  from: Hardware,
  coefficients: PowerCoefficients,
  to: Hardware,
): PowerCoefficients {
  const chip = processFactor(to) / processFactor(from);
  const memory = memoryFactor(to) / memoryFactor(from);
  return {
    jPerMatrixFlop: coefficients.jPerMatrixFlop * chip,
    jPerMatrixByte: coefficients.jPerMatrixByte * memory,
    jPerOtherByte: coefficients.jPerOtherByte * memory,
    jPerChipByte: coefficients.jPerChipByte * chip,
    jPerElement: coefficients.jPerElement * chip,
    jPerSmClock: coefficients.jPerSmClock * chip * lanes(to) / lanes(from),
    awakeW: coefficients.awakeW * targetOf(to).tdpW / targetOf(from).tdpW,
  };
}

/** A device whose energy coefficients were measured. */
export interface PowerAnchor {
  /** The device. */
  readonly hardware: Hardware;
  /** Its coefficients. */
  readonly coefficients: PowerCoefficients;
}

/**
 * The measured device that is most like another one: the same device, else one of the same
 * architecture and kind of memory, else of the same kind of memory, else any; among equals the one
 * whose process is closest.
 *
 * @param anchors Measured devices.
 * @param hardware The device.
 * @return The anchor.
 */
export function nearestAnchor(anchors: readonly PowerAnchor[], hardware: Hardware): PowerAnchor {
  const distance = ({ hardware: known }: PowerAnchor): number =>
    known.id === hardware.id ? 0 : 1 +
      (known.architecture === hardware.architecture ? 0 : 2) +
      (memoryFactor(known) === memoryFactor(hardware) ? 0 : 4) +
      Math.abs(Math.log(processFactor(known) / processFactor(hardware)));
  return anchors.reduce((best, anchor) => distance(anchor) < distance(best) ? anchor : best);
}
