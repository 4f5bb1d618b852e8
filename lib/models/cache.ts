/** What a sequence keeps in memory while it is decoded: keys and values, and recurrent state. */

import { InputError } from "../errors.ts";
import type { Architecture, Dtype, Mixer } from "./architecture.ts";
import { dtypeBytes } from "./formats.ts";

/** Options of {@linkcode cacheSize}. */
export interface CacheOptions {
  /** Tokens of each sequence. */
  readonly length: number;
  /** Sequences. Default: 1. */
  readonly batch?: number;
  /** Number type of keys and values. Default: that of the weights when it has 16 bits, else bf16. */
  readonly precision?: Dtype;
  /** Number type of recurrent states. Default: the one the configuration names, else `precision`. */
  readonly statePrecision?: Dtype;
}

/** What the layers of one kind keep. */
export interface CacheOfKind {
  /** Kind, such as `GQA`, `GQA window 4096`, `MLA`, `Mamba-2`. */
  readonly kind: string;
  /** Layers of this kind. */
  readonly layers: number;
  /** Bytes that one more token adds while every window is still open, all layers together. */
  readonly bytesPerToken: number;
  /** Bytes that one more token adds once the windows are full. */
  readonly longRunBytesPerToken: number;
  /** Bytes of the constant state of one sequence, all layers together. */
  readonly stateBytes: number;
  /** Bytes for the asked batch and length. */
  readonly bytes: number;
}

/** Size of a model's cache. */
export interface CacheSize {
  /** All bytes. */
  readonly bytes: number;
  /** Bytes of keys and values. */
  readonly kvBytes: number;
  /** Bytes of recurrent state, which do not grow with length. */
  readonly stateBytes: number;
  /** The same by kind of layer. */
  readonly byKind: readonly CacheOfKind[];
}

/** The number type of keys and values when none is asked for. */
export function cacheDtype(model: Architecture): Dtype {
  return model.dtype === "fp16" ? "fp16" : "bf16";
}

/**
 * Size of the cache for a batch of sequences of one length, bytes.
 *
 * Per layer and token: softmax attention keeps `kvHeads * (headDim + valueDim)` numbers, at most
 * `window` tokens of them; latent attention `kvRank + ropeDim` (and one indexer key); DeepSeek-V4 a
 * window of shared keys and values and one entry every 4 or 128 tokens. Constant per sequence:
 * Mamba-2 `heads * headDim * stateSize` and the convolution's `channels * convKernel`, Mamba and the
 * delta rule alike. An encoder keeps nothing.
 *
 * @param model The model.
 * @param options Batch, length and number types.
 * @return The size, in all and by kind of layer.
 * @throws InputError (`bad-option`) for a batch or length that is not a positive whole number.
 *
 * @example
 * ```ts
 * import { cacheSize, shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const llama = shippedModel("meta-llama/Llama-3.1-8B");
 * assert.equal(cacheSize(llama, { batch: 128, length: 1024 }).bytes, 17_179_869_184);
 * ```
 */
export function cacheSize(model: Architecture, options: CacheOptions): CacheSize {
  const batch = positive(options.batch ?? 1, "batch");
  const length = positive(options.length, "length");
  const kv = dtypeBytes(options.precision ?? cacheDtype(model));
  const state = dtypeBytes(
    options.statePrecision ?? model.stateDtype ?? options.precision ?? cacheDtype(model),
  );
  const conv = dtypeBytes(cacheDtype(model));
  const kinds = new Map<string, { -readonly [K in keyof CacheOfKind]: CacheOfKind[K] }>();
  let kvBytes = 0, stateBytes = 0;
  for (const [index, layers] of countLayers(model)) {
    const mixer = model.layers[index]!.mixer;
    if (mixer === null || !model.causal) continue;
    const own = numbersOf(mixer, length);
    const constant = layers * (own.state * state + own.conv * conv);
    const kind = kindOf(mixer);
    const entry = kinds.get(kind) ??
      { kind, layers: 0, bytesPerToken: 0, longRunBytesPerToken: 0, stateBytes: 0, bytes: 0 };
    entry.layers += layers;
    entry.bytesPerToken += layers * own.perToken * kv;
    entry.longRunBytesPerToken += layers * own.longRun * kv;
    entry.stateBytes += constant;
    entry.bytes += batch * (layers * own.cached * kv + constant);
    kvBytes += batch * layers * own.cached * kv;
    stateBytes += batch * constant;
    kinds.set(kind, entry);
  }
  return { bytes: kvBytes + stateBytes, kvBytes, stateBytes, byKind: [...kinds.values()] };
}

/** Layers of each kind: index of the kind and how many. */
export function countLayers(model: Architecture): Map<number, number> {
  const counts = new Map<number, number>();
  for (const kind of model.order) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Numbers that one layer keeps. */
export interface CacheNumbers {
  /** Added by one more token while the window is open. */
  readonly perToken: number;
  /** Added by one more token once the window is full. */
  readonly longRun: number;
  /** Keys and values of a sequence of the asked length. */
  readonly cached: number;
  /** Recurrent state of a sequence. */
  readonly state: number;
  /** Convolution and compressor buffers of a sequence, in the number type of activations. */
  readonly conv: number;
}

/** Numbers that one layer keeps for a sequence of a length. */
export function numbersOf(mixer: Mixer, length: number): CacheNumbers {
  const none = { perToken: 0, longRun: 0, cached: 0, state: 0, conv: 0 };
  switch (mixer.kind) {
    case "attention": {
      if (mixer.sharesCache) return none;
      const perToken = mixer.kvHeads * (mixer.headDim + mixer.valueDim);
      const kept = mixer.window === null ? length : Math.min(length, mixer.window);
      const longRun = mixer.window === null ? perToken : 0;
      return { ...none, perToken, longRun, cached: perToken * kept };
    }
    case "latent": {
      const index = mixer.indexer === null || mixer.sharesIndex ? 0 : mixer.indexer.headDim;
      const perToken = mixer.kvRank + mixer.ropeDim + index;
      return { ...none, perToken, longRun: perToken, cached: perToken * length };
    }
    case "compressed": {
      const index = mixer.indexer?.headDim ?? 0;
      const entry = mixer.headDim + index;
      const entries = mixer.ratio === null ? 0 : Math.floor(length / mixer.ratio);
      // Keys and gates of tokens that wait for their window to close; overlapping windows (those
      // with an indexer) also keep the last closed one, twice as wide.
      const waiting = mixer.ratio === null
        ? 0
        : mixer.ratio * 2 * entry * (mixer.indexer === null ? 1 : 4);
      return {
        perToken: mixer.ratio === null ? mixer.headDim : mixer.headDim + entry / mixer.ratio,
        longRun: mixer.ratio === null ? 0 : entry / mixer.ratio,
        cached: Math.min(length, mixer.window) * mixer.headDim + entries * entry,
        state: 0,
        conv: waiting,
      };
    }
    case "mamba2": {
      const inner = mixer.heads * mixer.headDim;
      const channels = inner + 2 * mixer.groups * mixer.stateSize;
      return { ...none, state: inner * mixer.stateSize, conv: channels * mixer.convKernel };
    }
    case "mamba":
      return {
        ...none,
        state: mixer.inner * mixer.stateSize,
        conv: mixer.inner * mixer.convKernel,
      };
    case "delta": {
      const channels = 2 * mixer.keyHeads * mixer.keyDim + mixer.valueHeads * mixer.valueDim;
      return {
        ...none,
        state: mixer.valueHeads * mixer.keyDim * mixer.valueDim,
        conv: channels * mixer.convKernel,
      };
    }
  }
}

/** Name of a kind of mixer, as people call it. */
export function kindOf(mixer: Mixer): string {
  switch (mixer.kind) {
    case "attention": {
      const name = mixer.kvHeads === mixer.heads ? "MHA" : mixer.kvHeads === 1 ? "MQA" : "GQA";
      const shared = mixer.sharesCache ? " shared" : "";
      return mixer.window === null ? name + shared : `${name} window ${mixer.window}${shared}`;
    }
    case "latent":
      return mixer.indexer === null ? "MLA" : "MLA sparse";
    case "compressed":
      return mixer.ratio === null
        ? `MQA window ${mixer.window}`
        : `MQA window ${mixer.window} + 1/${mixer.ratio}`;
    case "mamba2":
      return "Mamba-2";
    case "mamba":
      return "Mamba";
    case "delta":
      return "gated delta rule";
  }
}

/** Checks a whole number of at least one. */
export function positive(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError({
    code: "bad-option",
    problem: `${name} cannot be used`,
    expected: "a whole number of at least 1",
    found: String(value),
  });
}
