/** EnergAIzer's kernel lists: one traced network as JSON. */

import { InputError } from "../errors.ts";
import {
  attentionKernel,
  bytesOf,
  convKernel,
  elementwiseKernel,
  gemmKernel,
  type Kernel,
  type KernelPrecision,
} from "./kernel.ts";

/** Options of {@linkcode parseKernelList}. */
export interface ParseKernelListOptions {
  /** Name of the file, for errors. */
  readonly path?: string;
}

/**
 * Reads a kernel list in EnergAIzer's format: a flat JSON list of `[dimensions, [op, ...]]`, one
 * entry a launch, in launch order (arXiv:2604.20105 and its artifact, `workloads/`).
 *
 * @param text The JSON.
 * @param options Name of the file.
 * @return The kernels in launch order, each with count 1.
 * @throws InputError (`malformed`) with the entry's index when an op or a dimension is unknown.
 *
 * @example
 * ```ts
 * import { parseKernelList } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const [add] = parseKernelList('[[{"dim": 8, "op": "pointwise_add", "prec": "bf16"}, ["elementwise"]]]');
 * assert.equal(add?.bytes, 8 * 3 * 2); // two read, one written
 * ```
 */
export function parseKernelList(text: string, options: ParseKernelListOptions = {}): Kernel[] {
  const fail = (problem: string, expected: string, found: string): never => {
    throw new InputError({
      code: "malformed",
      ...(options.path !== undefined && { path: options.path }),
      problem,
      expected,
      found,
      advice: "trace the network again, or name the op in a list this reader knows",
    });
  };
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    return fail("not JSON", "a list of kernels", String(cause));
  }
  if (!Array.isArray(list)) return fail("not a list", "a list of kernels", typeof list);
  if (list.length === 0) return fail("an empty kernel list", "at least one kernel", "[]");
  return list.map((entry: unknown, i) => {
    if (
      !Array.isArray(entry) || !Array.isArray(entry[1]) || typeof entry[0] !== "object" ||
      entry[0] === null
    ) return fail(`kernel ${i} is not a pair`, "[{dimensions}, [op]]", JSON.stringify(entry));
    const dims = entry[0] as Record<string, unknown>;
    const op = String(entry[1][0]);
    const size = (...names: string[]): number => {
      for (const name of names) {
        const value = dims[name];
        if (typeof value === "number" && value > 0) return value;
      }
      return fail(
        `kernel ${i} (${op}) lacks ${names[0]}`,
        "a positive number",
        JSON.stringify(dims),
      );
    };
    const precision = (name: string): KernelPrecision => {
      const value = String(dims[name] ?? "bf16");
      if (value === "fp32" || value === "bf16" || value === "fp16" || value === "int8") {
        return value;
      }
      return fail(`kernel ${i} has an unknown precision`, "fp32, bf16, fp16 or int8", value);
    };
    switch (op) {
      case "gemm":
        return gemmKernel({
          batch: size("batch"),
          m: size("dimM"),
          n: size("dimN"),
          k: size("dimK"),
          precision: precision("precM"),
          tensor: dims["useTensorCore"] !== false,
        });
      case "conv2d": {
        const images = size("b");
        return convKernel({
          images,
          inputChannels: size("c"),
          outputChannels: size("m"),
          inputSize: size("hw"),
          outputSize: Math.sqrt(size("dimM") / images),
          window: size("rs"),
          precision: precision("precM"),
        });
      }
      case "softmax":
      case "layernorm":
        return elementwiseKernel({
          op: op === "softmax" ? "softmax" : "norm",
          elements: size("batch") * size("dim"),
          bytesPerElement: 2 * bytesOf(precision("prec")),
          precision: precision("prec"),
        });
      case "elementwise": {
        const name = String(dims["op"]);
        const format = precision("prec");
        return elementwiseKernel({
          elements: size("dim"),
          bytesPerElement: bytesPerElement(name, bytesOf(format)),
          precision: format,
        });
      }
      case "flash_attn":
      case "flashattn":
      case "flash_attention":
        return attentionKernel({
          batch: size("batch"),
          heads: size("heads", "num_heads", "nheads"),
          queries: size("seq", "seq_len", "seqlen"),
          keys: size("seq", "seq_len", "seqlen"),
          headDim: size("head_dim", "headdim", "dim"),
          precision: precision("prec"),
        });
      default:
        return fail(
          `kernel ${i} has an unknown op`,
          "gemm, conv2d, softmax, layernorm, elementwise or flash_attn",
          op,
        );
    }
  });
}

// What an elementwise op moves for one element: operands read, the result written.
function bytesPerElement(name: string, width: number): number {
  if (name === "typecast_to_fp32") return width + 4;
  if (name === "typecast_to_bf16" || name === "typecast_to_fp16") return width + 2;
  return (name.startsWith("pointwise_") ? 3 : 2) * width;
}

/**
 * Merges launches of the same shape into one kernel with a count; order is kept.
 *
 * @param kernels Kernels.
 * @return Fewer kernels with the same total work.
 *
 * @example
 * ```ts
 * import { gemmKernel, mergeKernels } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const one = gemmKernel({ m: 8, n: 8, k: 8 });
 * assert.deepEqual(mergeKernels([one, one]), [{ ...one, count: 2 }]);
 * ```
 */
export function mergeKernels(kernels: readonly Kernel[]): Kernel[] {
  const merged = new Map<string, Kernel>();
  for (const kernel of kernels) {
    const { count: _count, ...shape } = kernel;
    const key = JSON.stringify(shape);
    const seen = merged.get(key);
    merged.set(key, seen === undefined ? kernel : { ...seen, count: seen.count + kernel.count });
  }
  return [...merged.values()];
}
