/** Kernels that EnergAIzer's tracer leaves out or describes wrongly, put back by rule. */

import { bytesOf, elementwiseKernel, type Kernel } from "./kernel.ts";

/** Options of {@linkcode repairKernelList}. */
export interface RepairKernelListOptions {
  /** Whether attention is causal (a decoder), so that a mask must be applied. Default: false. */
  readonly causal?: boolean;
}

/** Result of {@linkcode repairKernelList}. */
export interface RepairedKernelList {
  /** The kernels in launch order. */
  readonly kernels: Kernel[];
  /** What was changed and how often. */
  readonly changes: Readonly<Record<RepairKind, number>>;
}

/** Kinds of repair. */
export type RepairKind =
  | "batch-norm-added"
  | "residual-added"
  | "depthwise-recognised"
  | "mask-added"
  | "layout-copies-added";

/**
 * Repairs a kernel list traced from eager PyTorch. The tracer sees module calls and torch
 * functions, so it misses in-place and layout work. The rules look at structure, never at names:
 *
 * - a convolution (other than a patch embedding, whose stride is its window) is followed by a batch
 *   normalisation, one pass over its output;
 * - a window > 1 convolution with as many channels in as out, between a 1 x 1 that widens and a
 *   1 x 1 that narrows, is depthwise (inverted residual of MobileNetV2, arXiv:1801.04381);
 * - a 1 x 1 that widens right after a dense windowed convolution ends a bottleneck: its in-place
 *   residual add is put back (ResNet, arXiv:1512.03385);
 * - a causal attention without any two-operand op between scores and softmax lacks its mask;
 * - eager attention copies q and k before the score product, v before and the result after the
 *   value product, to make them contiguous.
 *
 * @param kernels Kernels in launch order.
 * @param options Whether attention is causal.
 * @return The repaired list and counts of changes.
 *
 * @example
 * ```ts
 * import { parseKernelList, repairKernelList } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const product = (n: number, k: number) =>
 *   [{ batch: 4, dimM: 16, dimN: n, dimK: k, precM: "bf16" }, ["gemm"]];
 * const list = [product(16, 8), [{ batch: 64, dim: 16, prec: "bf16" }, ["softmax"]], product(8, 16)];
 * const { changes } = repairKernelList(parseKernelList(JSON.stringify(list)), { causal: true });
 * assert.equal(changes["layout-copies-added"], 4);
 * assert.equal(changes["mask-added"], 1);
 * ```
 */
export function repairKernelList(
  kernels: readonly Kernel[],
  { causal = false }: RepairKernelListOptions = {},
): RepairedKernelList {
  const changes: Record<RepairKind, number> = {
    "batch-norm-added": 0,
    "residual-added": 0,
    "depthwise-recognised": 0,
    "mask-added": 0,
    "layout-copies-added": 0,
  };
  const out: Kernel[] = [];
  const pass = (elements: number, like: Kernel, operands: number): void => {
    const bytesPerElement = operands * bytesOf(like.precision);
    out.push(elementwiseKernel({ elements, bytesPerElement, precision: like.precision }));
  };
  const convs = kernels.filter(({ op }) => op === "conv");
  const isBottleneckOutput = new Set<Kernel>();
  const isDepthwise = new Set<Kernel>();
  for (let i = 1; i < convs.length; i++) {
    const before = convs[i - 1]!, here = convs[i]!, after = convs[i + 1];
    if (
      here.window > 1 && channelsIn(here) === here.n && before.window === 1 && after !== undefined
    ) {
      const widened = before.n > channelsIn(before) && before.n === here.n;
      if (widened && after.window === 1 && after.n < channelsIn(after)) isDepthwise.add(here);
    }
    if (
      here.window === 1 && before.window > 1 && !isDepthwise.has(before) && here.k === before.n &&
      here.n > here.k
    ) isBottleneckOutput.add(here);
  }
  const hasPointwiseAdd = convs.length > 0 &&
    kernels.some(isTwoOperand);

  for (let i = 0; i < kernels.length; i++) {
    const kernel = kernels[i]!;
    if (kernel.op === "conv") {
      if (isDepthwise.has(kernel)) {
        out.push(asDepthwise(kernel));
        changes["depthwise-recognised"]++;
      } else out.push(kernel);
      if (!isPatchEmbedding(kernel)) {
        pass(kernel.m * kernel.n, kernel, 2);
        changes["batch-norm-added"]++;
        if (isBottleneckOutput.has(kernel) && !hasPointwiseAdd) {
          pass(kernel.m * kernel.n, kernel, 3);
          changes["residual-added"]++;
        }
      }
      continue;
    }
    if (kernel.op !== "gemm" || kernel.batch === 1) {
      out.push(kernel);
      continue;
    }
    const softmaxAt = nextSoftmax(kernels, i);
    const { batch, m, n, k } = kernel;
    if (softmaxAt !== -1) {
      pass(batch * m * k, kernel, 2);
      pass(batch * n * k, kernel, 2);
      out.push(kernel);
      const masked = kernels.slice(i + 1, softmaxAt).some(isTwoOperand);
      if (causal && !masked) {
        pass(batch * m * n, kernel, 3);
        changes["mask-added"]++;
      }
    } else {
      pass(batch * n * k, kernel, 2);
      out.push(kernel);
      pass(batch * m * n, kernel, 2);
    }
    changes["layout-copies-added"] += 2;
  }
  return { kernels: out, changes };
}

function channelsIn(conv: Kernel): number {
  return conv.k / (conv.window * conv.window);
}

// An op that reads two tensors and writes one, such as an addition.
function isTwoOperand({ op, bytes, elements, precision }: Kernel): boolean {
  return op === "elementwise" && bytes === 3 * elements * bytesOf(precision);
}

// Windows that do not overlap read every input element exactly once.
function isPatchEmbedding(conv: Kernel): boolean {
  const inputs = conv.bytes / bytesOf(conv.precision) - conv.k * conv.n - conv.m * conv.n;
  return conv.window > 1 && conv.m * conv.k === inputs;
}

function asDepthwise(conv: Kernel): Kernel {
  const outputs = conv.m * conv.n;
  const perOutput = conv.window * conv.window;
  const denseWeights = conv.k * conv.n;
  return {
    ...conv,
    op: "depthwise",
    tensor: false,
    batch: 0,
    m: 0,
    n: 0,
    k: 0,
    flops: 2 * outputs * perOutput,
    bytes: conv.bytes - bytesOf(conv.precision) * (denseWeights - perOutput * conv.n),
    elements: outputs * perOutput,
  };
}

// A score product is followed by its softmax before any other matrix product.
function nextSoftmax(kernels: readonly Kernel[], from: number): number {
  for (let i = from + 1; i < kernels.length; i++) {
    const { op } = kernels[i]!;
    if (op === "softmax") return i;
    if (op === "gemm" || op === "conv") return -1;
  }
  return -1;
}
