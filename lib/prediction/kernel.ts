/** What a GPU kernel is to the predictor: its shape and the work that follows from it. */

/** Classes of kernels that differ in what limits them. */
export type KernelOp =
  | "gemm"
  | "conv"
  | "depthwise"
  | "attention"
  | "elementwise"
  | "softmax"
  | "norm";

/** Number formats of a kernel's operands. */
export type KernelPrecision = "fp32" | "bf16" | "fp16" | "fp8" | "int8" | "fp4";

/** A kernel and how often it is launched with this shape. */
export interface Kernel {
  /** Class. */
  readonly op: KernelOp;
  /** Launches with this shape. */
  readonly count: number;
  /** Format of the operands. */
  readonly precision: KernelPrecision;
  /** Whether the matrix units do the arithmetic. */
  readonly tensor: boolean;
  /** Independent matrix products; 1 for all but batched products, 0 without a matrix product. */
  readonly batch: number;
  /** Rows of a matrix product; 0 without one. */
  readonly m: number;
  /** Columns of a matrix product; 0 without one. */
  readonly n: number;
  /** Summed length of a matrix product; 0 without one. */
  readonly k: number;
  /** Width of a convolution's window; 0 for all else. */
  readonly window: number;
  /** Operations of one launch, a multiply-add being two. */
  readonly flops: number;
  /** Bytes that one launch has to move, each operand once. */
  readonly bytes: number;
  /** Elements that one launch computes outside the matrix units. */
  readonly elements: number;
}

const widths: Readonly<Record<KernelPrecision, number>> = {
  fp32: 4,
  bf16: 2,
  fp16: 2,
  fp8: 1,
  int8: 1,
  fp4: 0.5,
};

/**
 * Bytes of one number.
 *
 * @param precision The format.
 * @return Bytes; half a byte for 4-bit formats, scales not counted.
 */
export function bytesOf(precision: KernelPrecision): number {
  return widths[precision];
}

/** Shape of a (batched) matrix product. */
export interface GemmShape {
  /** Independent products. Default: 1. */
  readonly batch?: number;
  /** Rows. */
  readonly m: number;
  /** Columns. */
  readonly n: number;
  /** Summed length. */
  readonly k: number;
  /** Format of the operands. Default: bf16. */
  readonly precision?: KernelPrecision;
  /** Whether the matrix units run it. Default: true. */
  readonly tensor?: boolean;
  /** Launches. Default: 1. */
  readonly count?: number;
}

/**
 * A matrix product: 2 b m n k operations, and both operands and the result moved once.
 *
 * @param shape Its shape.
 * @return The kernel.
 *
 * @example
 * ```ts
 * import { gemmKernel } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * assert.equal(gemmKernel({ m: 128, n: 64, k: 32 }).flops, 2 * 128 * 64 * 32);
 * ```
 */
export function gemmKernel(shape: GemmShape): Kernel {
  const { batch = 1, m, n, k, precision = "bf16", tensor = true, count = 1 } = shape;
  const width = bytesOf(precision);
  return {
    op: "gemm",
    count,
    precision,
    tensor,
    batch,
    m,
    n,
    k,
    window: 0,
    flops: 2 * batch * m * n * k,
    bytes: width * batch * (m * k + k * n + m * n),
    elements: 0,
  };
}

/** Shape of a 2-d convolution. */
export interface ConvShape {
  /** Images. */
  readonly images: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly outputChannels: number;
  /** Height and width of the input. */
  readonly inputSize: number;
  /** Height and width of the output. */
  readonly outputSize: number;
  /** Height and width of the window. */
  readonly window: number;
  /** Format of the operands. Default: bf16. */
  readonly precision?: KernelPrecision;
  /** Whether each channel is convolved by itself. Default: false. */
  readonly depthwise?: boolean;
  /** Launches. Default: 1. */
  readonly count?: number;
}

/**
 * A convolution as an implicit matrix product (rows: output pixels, columns: output channels), or
 * a depthwise one, which the matrix units cannot run.
 *
 * @param shape Its shape.
 * @return The kernel; its bytes are input, weights and output once, not the unfolded input.
 *
 * @example
 * ```ts
 * import { convKernel } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const shape = { images: 1, inputChannels: 8, outputChannels: 8, inputSize: 10, outputSize: 10 };
 * const dense = convKernel({ ...shape, window: 3 });
 * const depthwise = convKernel({ ...shape, window: 3, depthwise: true });
 * assert.equal(dense.flops, 8 * depthwise.flops);
 * ```
 */
export function convKernel(shape: ConvShape): Kernel {
  const { images, inputChannels, outputChannels, inputSize, outputSize, window } = shape;
  const { precision = "bf16", depthwise = false, count = 1 } = shape;
  const pixels = images * outputSize * outputSize;
  const perOutput = window * window * (depthwise ? 1 : inputChannels);
  const outputs = pixels * outputChannels;
  const bytes = bytesOf(precision) *
    (images * inputChannels * inputSize * inputSize + perOutput * outputChannels + outputs);
  return {
    op: depthwise ? "depthwise" : "conv",
    count,
    precision,
    tensor: !depthwise,
    batch: depthwise ? 0 : 1,
    m: depthwise ? 0 : pixels,
    n: depthwise ? 0 : outputChannels,
    k: depthwise ? 0 : perOutput,
    window,
    flops: 2 * outputs * perOutput,
    bytes,
    elements: depthwise ? outputs * perOutput : 0,
  };
}

/** Shape of a kernel that touches every element once. */
export interface ElementwiseShape {
  /** Elements written. */
  readonly elements: number;
  /** Bytes moved for each element, read and written. */
  readonly bytesPerElement: number;
  /** Class. Default: elementwise. */
  readonly op?: "elementwise" | "softmax" | "norm";
  /** Format. Default: bf16. */
  readonly precision?: KernelPrecision;
  /** Launches. Default: 1. */
  readonly count?: number;
}

/**
 * An elementwise kernel, copy, softmax or normalisation.
 *
 * @param shape Its shape.
 * @return The kernel; one operation an element, four for softmax and normalisation.
 *
 * @example
 * ```ts
 * import { elementwiseKernel } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const add = elementwiseKernel({ elements: 100, bytesPerElement: 6 }); // two read, one written
 * assert.equal(add.bytes, 600);
 * ```
 */
export function elementwiseKernel(shape: ElementwiseShape): Kernel {
  const { elements, bytesPerElement, op = "elementwise", precision = "bf16", count = 1 } = shape;
  return {
    op,
    count,
    precision,
    tensor: false,
    batch: 0,
    m: 0,
    n: 0,
    k: 0,
    window: 0,
    flops: elements * (op === "elementwise" ? 1 : 4),
    bytes: elements * bytesPerElement,
    elements,
  };
}

/** Shape of a fused attention kernel. */
export interface AttentionShape {
  /** Sequences. */
  readonly batch: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads. Default: as many as query heads. */
  readonly kvHeads?: number;
  /** Query tokens of a sequence. */
  readonly queries: number;
  /** Key tokens of a sequence. */
  readonly keys: number;
  /** Size of a head. */
  readonly headDim: number;
  /** Whether a query sees only earlier keys, which halves the work of a prefill. Default: false. */
  readonly causal?: boolean;
  /** Format. Default: bf16. */
  readonly precision?: KernelPrecision;
  /** Launches. Default: 1. */
  readonly count?: number;
}

/**
 * Fused attention (FlashAttention): scores never reach memory.
 *
 * @param shape Its shape.
 * @return The kernel; m and n are the shape of one head's score matrix, k the head size.
 *
 * @example
 * ```ts
 * import { attentionKernel } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const shape = { batch: 1, heads: 8, queries: 64, keys: 64, headDim: 128 };
 * const all = attentionKernel(shape), causal = attentionKernel({ ...shape, causal: true });
 * assert.equal(causal.flops, all.flops / 2);
 * ```
 */
export function attentionKernel(shape: AttentionShape): Kernel {
  const { batch, heads, kvHeads = heads, queries, keys, headDim } = shape;
  const { causal = false, precision = "bf16", count = 1 } = shape;
  const share = causal && queries === keys ? 0.5 : 1;
  return {
    op: "attention",
    count,
    precision,
    tensor: true,
    batch: batch * heads,
    m: queries,
    n: keys,
    k: headDim,
    window: 0,
    flops: 4 * batch * heads * queries * keys * headDim * share,
    bytes: bytesOf(precision) * batch * headDim * 2 * (heads * queries + kvHeads * keys),
    elements: batch * heads * queries * keys * share,
  };
}
