/** What the predictor needs to know of a device, taken from its catalogue entry. */

import { InputError } from "../errors.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { KernelPrecision } from "./kernel.ts";

/** A device as the predictor sees it: every number known, the assumed ones named. */
export interface Target {
  /** Id of the catalogue. */
  readonly id: string;
  /** Architecture, such as Hopper. */
  readonly architecture: string;
  /** Streaming multiprocessors. */
  readonly smCount: number;
  /** Clock at which the peaks hold, MHz. */
  readonly peakMhz: number;
  /** Highest clock that is run, MHz. */
  readonly maxMhz: number;
  /** Dense peak of the matrix units by precision at `peakMhz`, FLOP/s. */
  readonly tensorFlops: Readonly<Record<KernelPrecision, number>>;
  /** Peak of the vector units in single precision at `peakMhz`, FLOP/s. */
  readonly vectorFlops: number;
  /** Peak memory bandwidth, bytes a second. */
  readonly memoryBytesPerS: number;
  /** Memory technology without its generation letter, such as HBM2 or GDDR6; null is unknown. */
  readonly memoryType: string | null;
  /** Process node, nm. */
  readonly processNm: number;
  /** Thermal design power or board limit, W. */
  readonly tdpW: number;
  /** Supply voltage at a clock, V. */
  voltage(coreMhz: number): number;
  /** Board power with nothing running at a clock, W. */
  idleW(coreMhz: number): number;
  /** Facts that the catalogue lacks and what was taken instead. */
  readonly assumed: readonly string[];
}

/**
 * Completes a catalogue entry for prediction. What is unknown is taken from published laws, and
 * said in `assumed`:
 *
 * - idle power: 15 % of TDP, the middle of the published idle figures of discrete boards;
 * - voltage: flat up to 0.7 of the highest clock, then rising in a straight line by 29 %, the curve of
 *   the A100's table (EnergAIzer's artifact), from 0.69 V at 7 nm and 0.70 V elsewhere;
 * - peaks without a hardware path: that of the next wider format.
 *
 * @param hardware A device.
 * @return The target.
 * @throws InputError (`refused`) when peak rate, bandwidth or TDP is unknown: no forecast can be made.
 *
 * @example
 * ```ts
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { targetOf } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const target = targetOf(findHardware("a100-pcie-40"));
 * assert.equal(target.tensorFlops.bf16, 312e12);
 * assert.deepEqual(target.assumed, []); // its voltage and idle power were measured
 * ```
 */
export function targetOf(hardware: Hardware): Target {
  const assumed: string[] = [];
  const missing = (what: string): never => {
    throw new InputError({
      code: "refused",
      problem: `${hardware.id} has no published ${what}, so nothing can be predicted for it`,
      advice: "describe the device in a hardware file with this fact",
    });
  };
  const peaks = hardware.peakFlops;
  const half = peaks.bf16 ?? peaks.fp16 ?? missing("dense 16-bit peak");
  const assume = <T>(value: T, text: string): T => {
    assumed.push(text);
    return value;
  };
  const peakMhz = hardware.tensorMhz ?? hardware.boostMhz ??
    assume(1500, "clock of the peak rates: 1500 MHz");
  const maxMhz = hardware.maxMhz ?? hardware.boostMhz ?? peakMhz;
  const tdpW = hardware.tdpW ?? missing("TDP");
  const eighth = peaks.fp8 ?? peaks.int8 ?? half;
  const idle = hardware.idleW ??
    assume(0.15 * tdpW, `idle power: ${(0.15 * tdpW).toFixed(0)} W, 15 % of TDP`);
  const table = hardware.dvfs;
  const voltageTable = table?.voltageMv ?? null;
  if (voltageTable === null) assumed.push("voltage: the shape of the A100's published curve");
  return {
    id: hardware.id,
    architecture: hardware.architecture,
    smCount: hardware.smCount ?? assume(100, "SM count: 100"),
    peakMhz,
    maxMhz,
    tensorFlops: {
      fp32: peaks.tf32 ?? half / 2,
      bf16: half,
      fp16: peaks.fp16 ?? half,
      fp8: eighth,
      int8: peaks.int8 ?? eighth,
      fp4: peaks.fp4 ?? eighth,
    },
    vectorFlops: peaks.fp32 ?? assume(half / 8, "single-precision peak: an eighth of 16-bit"),
    memoryBytesPerS: hardware.memoryBytesPerS ?? missing("memory bandwidth"),
    memoryType: hardware.memoryType,
    processNm: hardware.processNm ?? assume(7, "process: 7 nm"),
    tdpW,
    voltage: voltageTable === null
      ? (mhz) => 0.7 * (1 + 0.29 * Math.max(0, Math.min(1, (mhz / maxMhz - 0.7) / 0.3)))
      : (mhz) => interpolate(table!.coreMhz, voltageTable, mhz) / 1000,
    idleW: table?.idleW ? (mhz) => interpolate(table.coreMhz, table.idleW!, mhz) : () => idle,
    assumed,
  };
}

function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at <= x[0]!) return y[0]!;
  if (at >= x[last]!) return y[last]!;
  let low = 0, high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  return y[low]! + (y[high]! - y[low]!) * (at - x[low]!) / (x[high]! - x[low]!);
}
