/** Time of one launch of a kernel on a device, from its tiles, bytes and elements. */

import { bytesOf, type Kernel } from "./kernel.ts";
import type { Target } from "./target.ts";

/** Coefficients of the latency model. All are positive and none belongs to one device. */
export interface TimeCoefficients {
  /** Share of the matrix peak that a full wave of large tiles reaches. */
  readonly matrixEfficiency: number;
  /** Share of the memory bandwidth that matrix products reach. */
  readonly matrixMemoryEfficiency: number;
  /** Share of the memory bandwidth that other kernels reach. */
  readonly memoryEfficiency: number;
  /** Start and end of the loop of a 128 x 128 tile, core clocks; others by area. */
  readonly loopClocks: number;
  /** The same for batched products, whose operands are strided. */
  readonly batchedLoopClocks: number;
  /** Bytes a clock and SM at which operands reach a tile, as far as arithmetic does not hide it. */
  readonly tileBytes: number;
  /** Cost of the part of a last wave that is not filled, as a share of a full one. */
  readonly lastWaveShare: number;
  /** How far the library leans to the largest tiles: 0 the fastest tile, 1 the largest. */
  readonly largeTileBias: number;
  /** Exponent of the loss by misaligned rows: efficiency is (alignment / 8 elements)^q. */
  readonly misalignment: number;
  /** Start and end of any kernel on the device, core clocks. */
  readonly kernelClocks: number;
  /** Time the host needs to launch a matrix product, s. */
  readonly hostGemmS: number;
  /** Time the host needs to launch any other kernel, s. */
  readonly hostOtherS: number;
  /** How sharply memory and arithmetic of other kernels overlap (p of a p-norm). */
  readonly overlap: number;
  /** Bytes a clock and SM that elementwise kernels can have in flight. */
  readonly elementwiseBytes: number;
  /** Elements a clock and SM: softmax. */
  readonly softmaxRate: number;
  /** Elements a clock and SM: normalisation. */
  readonly normRate: number;
  /** Multiply-adds a clock and SM: depthwise convolution. */
  readonly depthwiseRate: number;
  /** Efficiency of windowed convolutions against a matrix product. */
  readonly convEfficiency: number;
  /** Efficiency of 1 x 1 convolutions against a matrix product. */
  readonly pointConvEfficiency: number;
  /** Bytes of a convolution against its operands once: layout changes around it. */
  readonly convLayout: number;
}

const tiles: readonly (readonly [number, number])[] = [
  [256, 128],
  [128, 256],
  [128, 128],
  [128, 64],
  [64, 128],
  [64, 64],
  [64, 32],
  [32, 64],
  [32, 32],
];

// Libraries are tuned on large products and lean to large tiles for middle-sized ones as well.
const largestTile = 256 * 128;

/**
 * Time of one launch on the device, without the host.
 *
 * Matrix products and convolutions: for each tile a x b of the candidates, `waves = tiles / SMs`, the
 * empty part of the last wave counted by `lastWaveShare`; `t_c = waves x (K ((2ab SM / peak e)^4 + ((a + b) bytes / f L)^4)^(1/4) + ab C / f)`, with
 * a split of K when the waves do not fill the device; the fastest tile counts, and
 * `t = (t_c^4 + t_mem^4)^(1/4) + t0`. Others: `t = ((bytes / bw e)^p + (work / SM f R)^p)^(1/p) + t0`,
 * the work being bytes for elementwise kernels and elements for the rest: below its full clock a
 * device cannot keep enough bytes in flight to fill its memory bus. `t0` is a number of clocks.
 *
 * @param kernel The kernel; `count` is not used.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @param c Coefficients.
 * @return Seconds.
 */
export function kernelTime(
  kernel: Kernel,
  target: Target,
  coreMhz: number,
  c: TimeCoefficients,
): number {
  const { op } = kernel;
  const bandwidth = target.memoryBytesPerS;
  const clock = coreMhz / target.peakMhz;
  const startS = c.kernelClocks / (coreMhz * 1e6);
  if (op === "gemm" || op === "conv") {
    const peak = clock *
      (kernel.tensor ? target.tensorFlops[kernel.precision] : target.vectorFlops);
    let arithmeticS = matrixTime(kernel, target.smCount, peak * c.matrixEfficiency, coreMhz, c);
    let bytes = kernel.bytes;
    if (op === "conv") {
      arithmeticS /= kernel.window > 1 ? c.convEfficiency : c.pointConvEfficiency;
      bytes *= c.convLayout;
    }
    const memoryS = bytes / (bandwidth * c.matrixMemoryEfficiency);
    return (arithmeticS ** 4 + memoryS ** 4) ** 0.25 + startS;
  }
  if (op === "attention") {
    const peak = clock * target.tensorFlops[kernel.precision] * c.matrixEfficiency;
    const perSm = target.smCount * coreMhz * 1e6;
    const arithmeticS = kernel.flops / peak + kernel.elements / (perSm * c.softmaxRate * 2);
    const memoryS = kernel.bytes / (bandwidth * c.matrixMemoryEfficiency);
    return (arithmeticS ** 4 + memoryS ** 4) ** 0.25 + startS;
  }
  const memoryS = kernel.bytes / (bandwidth * c.memoryEfficiency);
  const clocks = op === "elementwise" ? kernel.bytes / c.elementwiseBytes : kernel.elements /
    (op === "softmax" ? c.softmaxRate : op === "norm" ? c.normRate : c.depthwiseRate);
  const arithmeticS = clocks / (target.smCount * coreMhz * 1e6);
  const p = c.overlap;
  return (memoryS ** p + arithmeticS ** p) ** (1 / p) + startS;
}

function matrixTime(
  kernel: Kernel,
  smCount: number,
  flops: number,
  coreMhz: number,
  c: TimeCoefficients,
): number {
  const { batch, m, n, k, precision } = kernel;
  const clockS = 1e-6 / coreMhz;
  const loop = clockS * (batch > 1 ? c.batchedLoopClocks : c.loopClocks) / (128 * 128);
  const load = clockS * bytesOf(precision) / c.tileBytes;
  const flopS = smCount / (flops * alignment(kernel) ** c.misalignment);
  let best = Infinity, large = Infinity;
  for (const [a, b] of tiles) {
    const count = batch * Math.ceil(m / a) * Math.ceil(n / b);
    const w = count / smCount;
    const waves = w < 1 ? 1 : w + c.lastWaveShare * (Math.ceil(w) - w);
    const perK = ((2 * a * b * flopS) ** 4 + ((a + b) * load) ** 4) ** 0.25, ends = a * b * loop;
    let t = (perK * k + ends) * waves;
    if (w < 0.5 && k >= 512) t = Math.min(t, perK * k * Math.max(w, 1 / 8) + 2 * ends);
    if (t < best) best = t;
    if (a * b >= largestTile && t < large) large = t;
  }
  return best * Math.min(large / best, 2) ** c.largeTileBias;
}

// Tensor cores load 16 bytes at once: rows that are no multiple of them need narrower loads.
function alignment({ n, k, precision, tensor }: Kernel): number {
  if (!tensor) return 1;
  const full = 16 / bytesOf(precision);
  let aligned = full;
  while (aligned > 1 && (k % aligned !== 0 || n % aligned !== 0)) aligned /= 2;
  return aligned / full;
}
