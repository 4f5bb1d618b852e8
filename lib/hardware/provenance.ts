/** Where a single fact of a device comes from. */

import type { Hardware, Precision, Provenance } from "./hardware.ts";

/** Name of a fact of a device: a field, or `peakFlops.` and a precision. */
export type FactName =
  | Exclude<keyof Hardware, "id" | "aliases" | "facts" | "source" | "confidence" | "note">
  | `peakFlops.${Precision}`;

/**
 * Source and confidence of one fact.
 *
 * @param hardware The device.
 * @param fact Name of the fact, such as `idleW` or `peakFlops.bf16`.
 * @return Its provenance; the device's own when the fact has none of its own.
 *
 * @example
 * ```ts
 * import { findHardware, provenanceOf } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * const gpu = findHardware("a100-pcie-40");
 * assert.match(provenanceOf(gpu, "idleW").source, /EnergAIzer/);
 * assert.equal(provenanceOf(gpu, "tdpW").confidence, "A");
 * ```
 */
export function provenanceOf(hardware: Hardware, fact: FactName): Provenance {
  const whole = fact.startsWith("peakFlops.") ? hardware.facts["peakFlops"] : undefined;
  return hardware.facts[fact] ?? whole ??
    { source: hardware.source, confidence: hardware.confidence, note: hardware.note };
}
