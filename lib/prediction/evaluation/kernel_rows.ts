/** Kernels that were measured one by one, back to back: no host and no launch gap is in their time. */

import { findHardware } from "../../hardware/find.ts";
import { elementwiseKernel, gemmKernel, type Kernel } from "../kernel.ts";
import { type Target, targetOf } from "../target.ts";
import { rooflineTime } from "./broken_rows.ts";

/** One measured kernel. */
export interface MeasuredKernel {
  /** The device. */
  readonly target: Target;
  /** The kernel. */
  readonly kernel: Kernel;
  /** Measured time of one launch, s. */
  readonly timeS: number;
  /** Measured mean power, W; NaN where it was not published. */
  readonly powerW: number;
  /** Power limit of the board, W; NaN where it was not published. */
  readonly limitW: number;
}

/** The kernels that take part, and the number of those that do not. */
export interface MeasuredKernels {
  /** Kernels that take part. */
  readonly kernels: MeasuredKernel[];
  /** Rows left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

const neusightDevices: Readonly<Record<string, string>> = {
  "NVIDIA A100-PCIE-40GB": "a100-pcie-40",
  "NVIDIA A100 80GB PCIe": "a100-pcie-80",
  "NVIDIA H100 80GB HBM3": "h100-sxm-80",
  "NVIDIA L4": "l4",
  "Tesla T4": "t4",
  "Tesla V100-PCIE-32GB": "v100-pcie-32",
};

/**
 * Reads the test part of NeuSight's kernel table (sitar-lab/NeuSight, `data/dataset/test`): times
 * of matrix products, softmax, normalisation and elementwise kernels. All are in single precision on
 * the vector units: no product in the table exceeds that peak on any device.
 *
 * @param csv Text of the table with columns file, Device, OPName, B, M, N, K, Latency (ms) and H.
 * @return The kernels; what beats its own roofline, is of NeuSight's training part or of a device
 * without vector peaks in the catalogue is left out and counted.
 *
 * @example
 * ```ts
 * import { loadNeusightKernels } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const { kernels, left } = loadNeusightKernels(
 *   "file,Device,OPName,B,M,N,K,Latency,Grid x,Block x,H\n" +
 *     "data/dataset/test/ln.csv,NVIDIA L4,ln,1024,,,,0.1,1,32,1600\n",
 * );
 * assert.equal(kernels[0]?.kernel.elements, 1024 * 1600);
 * assert.equal(kernels[0]?.timeS, 1e-4);
 * assert.equal(left["faster than the roofline"], 0);
 * ```
 */
export function loadNeusightKernels(csv: string): MeasuredKernels {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const names = head!.split(",");
  const at = (name: string): number => names.indexOf(name);
  const [file, device, op, b, m, n, k, latency, h] = [
    "file",
    "Device",
    "OPName",
    "B",
    "M",
    "N",
    "K",
    "Latency",
    "H",
  ].map(at) as [number, number, number, number, number, number, number, number, number];
  const targets = new Map(
    Object.entries(neusightDevices).map(([name, id]) => [name, targetOf(findHardware(id))]),
  );
  const kernels: MeasuredKernel[] = [];
  let training = 0, otherDevice = 0, broken = 0;
  for (const line of lines) {
    const cells = line.split(",");
    if (!cells[file]!.includes("/test/")) {
      training++;
      continue;
    }
    const target = targets.get(cells[device]!);
    if (target === undefined) {
      otherDevice++;
      continue;
    }
    const of = (column: number): number => Number(cells[column]);
    const kernel = vectorKernel(cells[op]!, [of(b), of(m), of(n), of(k), of(h)]);
    const timeS = of(latency) / 1000;
    if (rooflineTime([kernel], target, target.maxMhz) > timeS) broken++;
    else kernels.push({ target, kernel, timeS, powerW: NaN, limitW: NaN });
  }
  return {
    kernels,
    left: {
      "of NeuSight's training part": training,
      "another device": otherDevice,
      "faster than the roofline": broken,
    },
  };
}

function vectorKernel(op: string, [b, m, n, k, h]: readonly number[]): Kernel {
  const precision = "fp32" as const;
  if (op === "linear" || op === "bmm") {
    return gemmKernel({ batch: b!, m: m!, n: n!, k: k!, precision, tensor: false });
  }
  const elements = b! * h!;
  if (op === "softmax" || op === "ln") {
    const name = op === "ln" ? "norm" : op;
    return elementwiseKernel({ op: name, elements, bytesPerElement: 8, precision });
  }
  // Names ending in u have one operand, the four plain operations two.
  const operands = /^(add|mul|div|pow)$/.test(op) ? 2 : 1;
  return elementwiseKernel({ elements, bytesPerElement: 4 * (operands + 1), precision });
}

/** Below it the resolution of the timer and the start of a kernel are most of the time, s. */
const leastS = 5e-6;

/**
 * Matrix products of AIConfigurator's tables (ai-dynamo/aiconfigurator, `gemm_perf`): time and board power
 * of 16-bit products. Its power comes from windows of about a second read every 100 ms; neighbouring shapes
 * differ in it by 1 to 40 % (median, by device).
 *
 * @param rows Rows with gemm_dtype, m, n, k, latency (ms), power and power_limit (W).
 * @param hardware The device: an id of the catalogue.
 * @return The products; other precisions and launches under 5 us are left out and counted.
 *
 * @example
 * ```ts
 * import { loadGemms } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const row = { m: 4096n, n: 4096n, k: 4096n, latency: 0.3, power: 600, power_limit: 700 };
 * const { kernels, left } = loadGemms(
 *   [{ ...row, gemm_dtype: "bfloat16" }, { ...row, gemm_dtype: "fp8" }],
 *   "h200-sxm-141",
 * );
 * assert.equal(kernels[0]?.kernel.flops, 2 * 4096 ** 3);
 * assert.equal(left["other precision"], 1);
 * ```
 */
export function loadGemms(
  rows: Iterable<Readonly<Record<string, unknown>>>,
  hardware: string,
): MeasuredKernels {
  const target = targetOf(findHardware(hardware));
  const kernels: MeasuredKernel[] = [];
  let otherPrecision = 0, short = 0;
  for (const row of rows) {
    if (row["gemm_dtype"] !== "bfloat16") {
      otherPrecision++;
      continue;
    }
    const of = (name: string): number => Number(row[name]);
    const timeS = of("latency") / 1000;
    if (!(timeS > leastS)) {
      short++;
      continue;
    }
    kernels.push({
      target,
      kernel: gemmKernel({ m: of("m"), n: of("n"), k: of("k") }),
      timeS,
      powerW: of("power"),
      limitW: of("power_limit"),
    });
  }
  return { kernels, left: { "other precision": otherPrecision, "under 5 us": short } };
}
