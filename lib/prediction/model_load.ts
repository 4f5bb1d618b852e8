/** The work of a step of a language model, from its configuration. */

import type { Architecture } from "../models/architecture.ts";
import { type Operator, operators } from "../models/operators.ts";
import type { WeightPrecision } from "../models/weight_bytes.ts";
import type { ServingLoad, ServingPrecision } from "./serving/load.ts";

/** Options of {@linkcode modelLoad}. */
export interface ModelLoadOptions {
  /** Prompt pass or one step of generation. */
  readonly phase: "prefill" | "decode";
  /** Sequences. */
  readonly batch: number;
  /** Prefill: tokens of a prompt. Decode: tokens that a sequence has, with the new one. */
  readonly length: number;
  /** Devices that share every layer. Default: 1. */
  readonly tensorParallel?: number;
  /** How weights are stored. Default: as published. */
  readonly precision?: WeightPrecision;
}

/**
 * The work of one step: sums of the operators of {@linkcode operators} over the whole model.
 *
 * @param model The model.
 * @param options The step.
 * @return The load; experts are sliced, not dealt, over the devices.
 *
 * @example
 * ```ts
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { modelLoad } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const model = shippedModel("meta-llama/Llama-3.1-8B");
 * const step = modelLoad(model, { phase: "decode", batch: 4, length: 1024 });
 * assert.equal(step.layers, 32);
 * assert.ok(step.denseBytes > 14e9 && step.cacheBytes > 4 * 1024 * 131072);
 * ```
 */
export function modelLoad(model: Architecture, options: ModelLoadOptions): ServingLoad {
  const { phase, batch, length, tensorParallel = 1, precision } = options;
  const list = operators(model, {
    phase,
    batch,
    length,
    ...(precision !== undefined && { precision }),
  });
  const sum = (of: (o: Operator) => number, wanted: (o: Operator) => boolean): number =>
    list.reduce((total, o) => wanted(o) ? total + o.count * of(o) : total, 0);
  const isExpert = (o: Operator) => o.kind === "grouped-gemm";
  const any = () => true;
  const tokens = phase === "prefill" ? batch * length : batch;
  const block = model.order.flatMap((i) => model.layers[i]!.feedForward)
    .find((f) => f.experts !== null);
  const experts = block?.experts ?? 0, activeExperts = block?.active ?? 0;
  const moeLayers =
    model.order.filter((i) => model.layers[i]!.feedForward.some((f) => f.experts !== null)).length;
  const touched = experts === 0 ? 1 : 1 - (1 - activeExperts / experts) ** tokens;
  const flops = sum((o) => o.flops, any);
  return {
    devices: tensorParallel,
    precision: servingPrecision(list),
    denseBytes: sum((o) => o.weightBytes, (o) => !isExpert(o)),
    expertBytes: sum((o) => o.weightBytes, isExpert) / touched,
    experts,
    activeExperts,
    expertParallel: false,
    layers: model.order.length,
    moeLayers,
    hidden: model.hiddenSize,
    vocabulary: model.vocabSize,
    tokens,
    sequences: batch,
    decodeFlops: phase === "decode" ? flops : 0,
    prefillFlops: phase === "prefill" ? flops : 0,
    cacheBytes: sum((o) => o.kvBytes, any),
    recurrentSequences: phase === "decode" && list.some((o) => o.kind === "scan") ? batch : 0,
    multimodal: false,
  };
}

// The precision of most of the bytes decides the kernels.
function servingPrecision(list: readonly Operator[]): ServingPrecision {
  const bytes = { bf16: 0, fp8: 0, "fp8-block": 0, fp4: 0 };
  for (const o of list) {
    const kind = /^(nv|mx)?fp4|int4/.test(o.format)
      ? "fp4"
      : /^fp8 \d+x\d+$/.test(o.format)
      ? "fp8-block"
      : /fp8|int8/.test(o.format)
      ? "fp8"
      : "bf16";
    bytes[kind] += o.count * o.weightBytes;
  }
  const eight = bytes.fp8 + bytes["fp8-block"];
  if (bytes.fp4 > Math.max(eight, bytes.bf16)) return "fp4";
  if (eight <= bytes.bf16) return "bf16";
  return bytes["fp8-block"] > bytes.fp8 ? "fp8-block" : "fp8";
}
