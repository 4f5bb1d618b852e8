import type { Architecture } from "../models/architecture.ts";
import { weightBytes, type WeightPrecision } from "../models/weight_bytes.ts";

/**
 * Bytes of a model's weights in memory while it is served, multi-token prediction apart: more than a
 * step reads, which takes a row a token of the table of embeddings. A model whose configuration does
 * not say how its weights are stored is taken to have 16 bits.
 */
export function residentBytes(model: Architecture, precision?: WeightPrecision): number {
  const plain = model.dtype === null && model.quantization === null ? "bf16" : "published";
  return weightBytes(model, { precision: precision ?? plain }).bytes;
}
