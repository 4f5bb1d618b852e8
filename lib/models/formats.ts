/** Number formats of weights: bits, scales and zero points. */

import type { Dtype, WeightFormat } from "./architecture.ts";

const bitsOf: Record<Dtype, number> = {
  fp32: 32,
  bf16: 16,
  fp16: 16,
  fp8: 8,
  int8: 8,
  int4: 4,
  fp4: 4,
};

/** Bytes of one number; half a byte for a four-bit one. */
export function dtypeBytes(dtype: Dtype): number {
  return bitsOf[dtype] / 8;
}

/** A format without scales unless given. */
export function format(
  name: string,
  bits: number,
  scales: Partial<Omit<WeightFormat, "name" | "bits">> = {},
): WeightFormat {
  return {
    name,
    bits,
    groupSize: null,
    groupRows: 1,
    scaleBytes: 0,
    zeroPointBits: 0,
    inputBytes: 0,
    tensorBytes: 0,
    ...scales,
  };
}

/** FP8 with one scale a tensor, and one for the activations. */
export const fp8Tensor: WeightFormat = format("fp8", 8, { tensorBytes: 8 });

/** FP8 with one FP32 scale a block (DeepSeek-V3: 128 x 128). */
export function fp8Block(rows: number, columns: number): WeightFormat {
  return format(`fp8 ${rows}x${columns}`, 8, {
    groupSize: columns,
    groupRows: rows,
    scaleBytes: 4,
  });
}

/** NVFP4: E2M1 with an FP8 scale every 16 and two FP32 scales a tensor. */
export const nvfp4: WeightFormat = format("nvfp4", 4, {
  groupSize: 16,
  scaleBytes: 1,
  tensorBytes: 8,
});

/** MXFP4: E2M1 with a power-of-two scale every 32 (OCP Microscaling v1.0). */
export const mxfp4: WeightFormat = format("mxfp4", 4, { groupSize: 32, scaleBytes: 1 });

/** Bytes of one linear map [out, in] in a format. */
export function formatBytes(weights: WeightFormat, out: number, input: number): number {
  const along = weights.groupSize === null ? 0 : Math.ceil(input / weights.groupSize);
  const groups = along * Math.ceil(out / weights.groupRows);
  return Math.ceil(out * input * weights.bits / 8) + groups * weights.scaleBytes +
    Math.ceil(groups * weights.zeroPointBits / 8) + input * weights.inputBytes +
    weights.tensorBytes;
}
