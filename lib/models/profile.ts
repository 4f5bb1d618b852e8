/** Size, cache, FLOPs and bytes of a model for one workload, in closed form. */

import type { Architecture, Dtype, Part } from "./architecture.ts";
import { cacheDtype, type CacheOfKind, cacheSize, positive } from "./cache.ts";
import { operators, type OperatorSums, sumOperators } from "./operators.ts";
import { countParameters } from "./parameters.ts";
import { weightBytes, type WeightPrecision } from "./weight_bytes.ts";

/** Options of {@linkcode profileModel}. */
export interface ProfileOptions {
  /** Sequences. Default: 1. */
  readonly batch?: number;
  /** Prompt tokens a sequence. Default: 1024. */
  readonly inputTokens?: number;
  /** Generated tokens a sequence. Default: 128. */
  readonly outputTokens?: number;
  /** How weights are stored. Default: as published, bf16 when the configuration does not say. */
  readonly precision?: WeightPrecision;
  /** Number type of keys and values. Default: 16 bits. */
  readonly kvPrecision?: Dtype;
  /** Devices that share every layer. Default: 1. */
  readonly tensorParallel?: number;
  /** Stages that the layers are dealt to. Default: 1. */
  readonly pipelineParallel?: number;
}

/** What one part of a model holds. */
export interface ProfilePart {
  /** The part. */
  readonly part: Part;
  /** Its parameters. */
  readonly parameters: number;
  /** Its bytes. */
  readonly bytes: number;
}

/** Profile of a model. */
export interface ModelProfile {
  /** The model. */
  readonly model: string;
  /** `model_type` of its configuration. */
  readonly modelType: string;
  /** How the weights are taken to be stored. */
  readonly precision: WeightPrecision;
  /** Number type of keys and values. */
  readonly kvPrecision: Dtype;
  /** Number type in which the checkpoint is meant to cache, when it says so. */
  readonly publishedKvPrecision: Dtype | null;
  /** All parameters, without multi-token prediction. */
  readonly parameters: number;
  /** Parameters that one text token uses. */
  readonly activeParameters: number;
  /** The same without the token embedding. */
  readonly activeParametersWithoutEmbedding: number;
  /** Parameters of multi-token-prediction modules, beside `parameters`. */
  readonly mtpParameters: number;
  /** Parameters of vision and audio towers, within `parameters`. */
  readonly towerParameters: number;
  /** Bytes of all weights, without multi-token prediction. */
  readonly weightBytes: number;
  /** Bytes of multi-token-prediction modules. */
  readonly mtpWeightBytes: number;
  /** Bytes that one more token adds to a sequence's cache while every window is still open. */
  readonly cacheBytesPerToken: number;
  /** Bytes that one more token adds once the windows are full. */
  readonly cacheBytesPerTokenLongRun: number;
  /** Bytes of constant state of one sequence. */
  readonly stateBytes: number;
  /** Sequences. */
  readonly batch: number;
  /** Prompt tokens a sequence. */
  readonly inputTokens: number;
  /** Generated tokens a sequence. */
  readonly outputTokens: number;
  /** Bytes of the batch's cache after the prompt. */
  readonly cacheBytes: number;
  /** Bytes of the batch's cache after the last token. */
  readonly cacheBytesAtEnd: number;
  /** The cache after the prompt by kind of layer. */
  readonly cache: readonly CacheOfKind[];
  /** Devices that share every layer. */
  readonly tensorParallel: number;
  /** Stages. */
  readonly pipelineParallel: number;
  /** The prompt's pass, per device of the tensor-parallel group, all stages together. */
  readonly prefill: OperatorSums;
  /** One decoding step after the prompt; null for an encoder. */
  readonly decode: OperatorSums | null;
  /** Parameters and bytes by part, largest first. */
  readonly modules: readonly ProfilePart[];
  /** Parts that the configuration names and that are not counted. */
  readonly uncounted: readonly string[];
  /** What a reader of the numbers should know. */
  readonly notes: readonly string[];
}

/**
 * Profiles a model: the size and cache table of ELANA (arXiv:2512.09946) without running anything,
 * with FLOPs and bytes of the prompt's pass and of a decoding step.
 *
 * @param model The model.
 * @param options The workload.
 * @return The profile.
 *
 * @example
 * ```ts
 * import { profileModel, shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const profile = profileModel(shippedModel("Qwen/Qwen2.5-7B"), { batch: 128, inputTokens: 2048 });
 * assert.equal((profile.weightBytes / 1e9).toFixed(2), "15.23");
 * assert.equal((profile.cacheBytes / 1e9).toFixed(2), "15.03");
 * ```
 */
export function profileModel(model: Architecture, options: ProfileOptions = {}): ModelProfile {
  const batch = positive(options.batch ?? 1, "batch");
  const inputTokens = positive(options.inputTokens ?? 1024, "inputTokens");
  const outputTokens = positive(options.outputTokens ?? 128, "outputTokens");
  const unsaid = model.dtype === null && model.quantization === null;
  const precision = options.precision ?? (unsaid ? "bf16" : "published");
  const kvPrecision = options.kvPrecision ?? cacheDtype(model);
  const tensorParallel = options.tensorParallel ?? 1;
  const pipelineParallel = options.pipelineParallel ?? 1;
  const count = countParameters(model);
  const weights = weightBytes(model, { precision });
  const cacheAt = (length: number) => cacheSize(model, { batch, length, precision: kvPrecision });
  const cache = cacheAt(inputTokens);
  const pass = { batch, precision, kvPrecision, tensorParallel, pipelineParallel };
  const sum = (pick: (kind: CacheOfKind) => number) =>
    cache.byKind.reduce((total, kind) => total + pick(kind), 0);
  return {
    model: model.id,
    modelType: model.modelType,
    precision,
    kvPrecision,
    publishedKvPrecision: model.quantization?.kvCache ?? null,
    parameters: count.total,
    activeParameters: count.active,
    activeParametersWithoutEmbedding: count.activeWithoutEmbedding,
    mtpParameters: count.mtp,
    towerParameters: count.towers,
    weightBytes: weights.bytes,
    mtpWeightBytes: weights.mtpBytes,
    cacheBytesPerToken: sum((kind) => kind.bytesPerToken),
    cacheBytesPerTokenLongRun: sum((kind) => kind.longRunBytesPerToken),
    stateBytes: sum((kind) => kind.stateBytes),
    batch,
    inputTokens,
    outputTokens,
    cacheBytes: cache.bytes,
    cacheBytesAtEnd: cacheAt(inputTokens + outputTokens).bytes,
    cache: cache.byKind,
    tensorParallel,
    pipelineParallel,
    prefill: sumOperators(operators(model, { ...pass, phase: "prefill", length: inputTokens })),
    decode: model.causal
      ? sumOperators(operators(model, { ...pass, phase: "decode", length: inputTokens + 1 }))
      : null,
    modules: Object.keys(count.byPart).map((part): ProfilePart => ({
      part: part as Part,
      parameters: count.byPart[part as Part]!,
      bytes: weights.byPart[part as Part] ?? 0,
    })).sort((a, b) => b.parameters - a.parameters),
    uncounted: model.uncounted,
    notes: [
      ...model.notes,
      ...(unsaid && options.precision === undefined
        ? ["the configuration does not say how the weights are stored: bf16 is taken"]
        : []),
    ],
  };
}
