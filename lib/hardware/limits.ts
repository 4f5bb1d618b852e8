/** Limits that follow from the published facts. */

import type { Hardware, Precision } from "./hardware.ts";

/** What follows from a device's facts; null where one of the facts is unknown. */
export interface HardwareLimits {
  /** Ridge point by precision: FLOP a byte above which the peak rate, not memory, is the limit. */
  readonly ridgeFlopPerByte: Readonly<Record<Precision, number | null>>;
  /** Energy of one operation at peak rate and TDP, J. */
  readonly jPerFlopAtTdp: Readonly<Record<Precision, number | null>>;
  /** Energy of one byte of memory traffic at peak bandwidth and TDP, J. */
  readonly jPerByteAtTdp: number | null;
  /** Time to read the whole memory once, s: a floor for a decode step that fills the device. */
  readonly memorySweepS: number | null;
  /** Idle power over TDP. */
  readonly idleShare: number | null;
  /** Tensor operations a core clock and SM by precision, from peak / (SM count x tensor clock). */
  readonly flopPerClockPerSm: Readonly<Record<Precision, number | null>>;
}

/**
 * Derives limits from a device's facts: ridge = peak / bandwidth, J/FLOP = TDP / peak,
 * J/byte = TDP / bandwidth (roofline model: Williams, Waterman, Patterson, CACM 52(4), 2009).
 *
 * The energies are upper bounds of what saturation costs, not measurements.
 *
 * @param hardware The device.
 * @return Its limits; unknown stays null.
 *
 * @example
 * ```ts
 * import { deriveLimits, findHardware } from "@joulebook/joulebook/hardware";
 * import assert from "node:assert/strict";
 *
 * const limits = deriveLimits(findHardware("a100-sxm-80"));
 * assert.equal(Math.round(limits.ridgeFlopPerByte.bf16 ?? 0), 153); // 312 TFLOP/s over 2039 GB/s
 * assert.equal(limits.ridgeFlopPerByte.fp8, null); // the A100 has no FP8 path
 * ```
 */
export function deriveLimits(hardware: Hardware): HardwareLimits {
  const { peakFlops, memoryBytesPerS, memoryBytes, tdpW, idleW, smCount, tensorMhz } = hardware;
  const each = (of: (peak: number) => number | null) =>
    Object.fromEntries(
      Object.entries(peakFlops).map(([p, peak]) => [p, peak === null ? null : of(peak)]),
    ) as Record<Precision, number | null>;
  return {
    ridgeFlopPerByte: each((peak) => memoryBytesPerS === null ? null : peak / memoryBytesPerS),
    jPerFlopAtTdp: each((peak) => tdpW === null ? null : tdpW / peak),
    jPerByteAtTdp: tdpW === null || memoryBytesPerS === null ? null : tdpW / memoryBytesPerS,
    memorySweepS: memoryBytes === null || memoryBytesPerS === null
      ? null
      : memoryBytes / memoryBytesPerS,
    idleShare: idleW === null || tdpW === null ? null : idleW / tdpW,
    flopPerClockPerSm: each((peak) =>
      smCount === null || tensorMhz === null ? null : peak / (smCount * tensorMhz * 1e6)
    ),
  };
}
