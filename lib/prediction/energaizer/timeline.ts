/** EnergAIzer's analytic timeline of a kernel: phases, and how long each module works in them. */

import { bytesOf, type Kernel } from "../kernel.ts";
import type { Target } from "../target.ts";

/** Modules whose activity power is made of. */
export const modules = ["dram", "l2", "smem", "math"] as const;

/** One term of a kernel's time, core clocks, with the clocks for which each module works in it. */
export interface Phase {
  /** Which correction coefficient it carries. */
  readonly term: PhaseTerm;
  /** Length, core clocks. */
  readonly clocks: number;
  /** Working clocks of DRAM, L2, shared memory and arithmetic. */
  readonly busy: readonly [dram: number, l2: number, smem: number, math: number];
}

/** Terms with a correction coefficient of their own. */
export type PhaseTerm = (typeof phaseTerms)[number];

/** All terms; `...Launch` is the constant l4 of a class, one a launch. */
export const phaseTerms = [
  "matrixStart",
  "matrixWork",
  "matrixEnd",
  "matrixLaunch",
  "rowGlobal",
  "rowShared",
  "rowFloat",
  "rowSpecial",
  "rowLaunch",
  "elementwise",
  "elementwiseLaunch",
] as const;

// Latency floors and widths of the published model, core clocks and bytes a clock.
const l2BytesPerClock = 5120, smemBytesPerClock = 128, smemLatency = 29, mmaLatency = 26;
const l2Latency = 261.5, dramLatency = 466.3, specialPerClock = 16;

const tiles: readonly (readonly [m: number, n: number, warpM: number, warpN: number])[] = [
  [256, 128, 64, 64],
  [128, 256, 64, 64],
  [128, 128, 64, 64],
  [128, 64, 64, 32],
  [64, 128, 32, 64],
  [64, 64, 32, 32],
  [32, 32, 16, 16],
];
const tileK = 32, multistage = 3;

/**
 * The phases of one launch (arXiv:2604.20105, sections on the timeline; notes in the artifact's code):
 * prologue load, work and store of each wave for matrix products, four terms without overlap for
 * softmax and normalisation, one for elementwise kernels, and a constant.
 *
 * The artifact picks tiles by AdaBoost over microbenchmarks that are not published; here the tile with
 * the shortest timeline is taken.
 *
 * @param kernel The kernel.
 * @param target The device.
 * @param coreMhz Core clock, MHz.
 * @return Its phases, uncorrected.
 */
export function timeline(kernel: Kernel, target: Target, coreMhz: number): Phase[] {
  const dramBytesPerClock = target.memoryBytesPerS / (coreMhz * 1e6);
  const { op, elements, bytes } = kernel;
  if (kernel.m > 0) {
    let best: Phase[] = [], least = Infinity;
    for (const tile of tiles) {
      const phases = matrixPhases(kernel, tile, target, dramBytesPerClock);
      const clocks = phases.reduce((sum, p) => sum + p.clocks, 0);
      if (clocks < least) [best, least] = [phases, clocks];
    }
    return [...best, { term: "matrixLaunch", clocks: 1, busy: [0, 0, 0, 0] }];
  }
  const dram = Math.max(bytes / dramBytesPerClock, dramLatency);
  const l2 = Math.max(bytes / l2BytesPerClock, l2Latency);
  const float = elements / (128 * target.smCount);
  if (op === "softmax" || op === "norm") {
    const smem = Math.max(4 * elements / (smemBytesPerClock * target.smCount), smemLatency);
    const special = elements / (specialPerClock * target.smCount);
    return [
      { term: "rowGlobal", clocks: Math.max(dram, l2), busy: [dram, l2, 0, 0] },
      { term: "rowShared", clocks: smem, busy: [0, 0, smem, 0] },
      { term: "rowFloat", clocks: 4 * float, busy: [0, 0, 0, 4 * float] },
      { term: "rowSpecial", clocks: special, busy: [0, 0, 0, special] },
      { term: "rowLaunch", clocks: 1, busy: [0, 0, 0, 0] },
    ];
  }
  const clocks = Math.max(dram, l2, float);
  return [
    { term: "elementwise", clocks, busy: [dram, l2, 0, float] },
    { term: "elementwiseLaunch", clocks: 1, busy: [0, 0, 0, 0] },
  ];
}

function matrixPhases(
  { batch, m, n, k, precision, tensor }: Kernel,
  [tileM, tileN, warpM, warpN]: (typeof tiles)[number],
  target: Target,
  dramBytesPerClock: number,
): Phase[] {
  const width = bytesOf(precision);
  const blockM = Math.min(tileM, m), blockN = Math.min(tileN, n), blockK = Math.min(tileK, k);
  const stages = Math.ceil(k / blockK);
  const count = batch * Math.ceil(m / tileM) * Math.ceil(n / tileN);
  const waves = Math.ceil(count / target.smCount);
  const last = (count - 1) % target.smCount + 1;
  const warps = Math.max(1, tileM * tileN / (warpM * warpN));
  const peak = tensor ? target.tensorFlops[precision] : target.vectorFlops;
  const flopPerClock = peak / (target.peakMhz * 1e6 * target.smCount * 4);
  // A stage: shared memory feeds the matrix units, double-buffered over groups of one instruction.
  const groups = Math.max(1, blockK / 16);
  const smem = Math.max(warps * (warpM + warpN) * blockK * width / smemBytesPerClock, smemLatency);
  const math = Math.max(
    Math.ceil(warps / 4) * 2 * warpM * warpN * blockK / flopPerClock,
    mmaLatency * groups,
  );
  const stage = (smem + math + (groups - 1) * Math.max(smem, math)) / groups;
  const tileLoads = count * stages * (blockM + blockN) * blockK * width;
  const unique = batch * (m + n) * k * width;
  const hit = Math.max(0, (tileLoads - unique) / tileLoads);
  const wave = (blocks: number) => {
    const loaded = blocks * Math.min(multistage, stages) * (blockM + blockN) * blockK * width;
    const l2 = Math.max(loaded / l2BytesPerClock, l2Latency);
    const dram = loaded * (1 - hit) / dramBytesPerClock;
    const load = Math.max(l2, dram, dramLatency);
    const rounds = stages / Math.min(multistage, stages);
    const stored = blocks * blockM * blockN * width;
    const storeL2 = Math.max(stored / l2BytesPerClock, l2Latency);
    const storeDram = stored / dramBytesPerClock;
    return {
      start: load,
      work: Math.max(stage * stages, stage + rounds * load),
      end: Math.max(storeL2, storeDram),
      startBusy: [dram, l2, 0, 0] as const,
      workBusy: [
        rounds * dram,
        rounds * l2,
        smem * stages * blocks / target.smCount,
        math * stages * blocks / target.smCount,
      ] as const,
      endBusy: [storeDram, storeL2, 0, 0] as const,
    };
  };
  const full = wave(target.smCount), tail = wave(last);
  const join = (a: readonly number[], b: readonly number[]) =>
    a.map((v, i) => v * (waves - 1) + b[i]!) as unknown as Phase["busy"];
  return [
    {
      term: "matrixStart",
      clocks: full.start * (waves - 1) + tail.start,
      busy: join(full.startBusy, tail.startBusy),
    },
    {
      term: "matrixWork",
      clocks: full.work * (waves - 1) + tail.work,
      busy: join(full.workBusy, tail.workBusy),
    },
    {
      term: "matrixEnd",
      clocks: full.end * (waves - 1) + tail.end,
      busy: join(full.endBusy, tail.endBusy),
    },
  ];
}
