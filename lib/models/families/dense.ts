/** Dense decoders of the LLaMA shape: what can tell one family from another. */

import type { Layer, Weight } from "../architecture.ts";
import { attention, type AttentionOptions, feedForward, norm, type NormStyle } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";
import { decoder, type DecoderNames, type Draft, headDim, windows } from "./draft.ts";

/** What tells one dense family from another. Defaults are those of LLaMA. */
export interface DenseSpec {
  /** Whether the head is the embedding when the configuration does not say. Default: false. */
  readonly tied?: boolean;
  /** KV heads when the configuration does not say. Default: as many as heads. */
  readonly kvHeads?: number;
  /** Width of a head when the configuration does not say. Default: hidden over heads. */
  readonly headDim?: number;
  /** Bias on q, k, v. Default: none. */
  readonly qkvBias?: (c: ConfigReader) => boolean;
  /** Bias on the output projection. Default: as q, k, v. */
  readonly outBias?: (c: ConfigReader) => boolean;
  /** Bias on the feed-forward projections. Default: none. */
  readonly mlpBias?: (c: ConfigReader) => boolean;
  /** Gated feed-forward. Default: true. */
  readonly gated?: boolean;
  /** Norm of queries and keys. Default: none. */
  readonly qkNorm?: (c: ConfigReader) => Pick<AttentionOptions, "qkNorm" | "qkNormStyle">;
  /** Style of the norms. Default: rms. */
  readonly norm?: NormStyle;
  /** Names of the norms of a layer. Default: input_layernorm and post_attention_layernorm. */
  readonly norms?: (c: ConfigReader) => readonly string[];
  /** Window of each layer. Default: none. */
  readonly windows?: (c: ConfigReader, count: number) => readonly (number | null)[];
  /** Inner width when it is not plainly intermediate_size. */
  readonly size?: (c: ConfigReader, hidden: number) => number;
  /** Bias on the head. Default: none. */
  readonly headBias?: boolean;
  /** Multi-token-prediction weights. Default: none. */
  readonly mtp?: (c: ConfigReader, layer: Layer, hidden: number) => readonly Weight[];
  /** Module names. */
  readonly names?: {
    readonly attention?: Pick<AttentionOptions, "prefix" | "names" | "fusedName">;
    readonly mlp?: { readonly prefix?: string; readonly names?: readonly [string, string, string] };
    readonly frame?: Partial<DecoderNames>;
  };
}

/** Qwen: the layers from max_window_layers on slide, when use_sliding_window is set. */
export function qwenWindow(c: ConfigReader, count: number): (number | null)[] {
  const on = c.bool("use_sliding_window", false);
  const from = c.int("max_window_layers", 28);
  const window = on ? c.intOrNull("sliding_window") : null;
  c.ignore("sliding_window");
  return windows(c, count, window, (i) => on && i >= from);
}

/** The attention and norms of one layer, for families whose feed-forward differs. */
export function denseFrame(
  c: ConfigReader,
  spec: DenseSpec,
): {
  hidden: number;
  count: number;
  attentionOf(layer: number): ReturnType<typeof attention>;
  normsOf(): ReturnType<typeof norm>;
} {
  const hidden = c.int("hidden_size");
  const heads = c.int("num_attention_heads");
  const kvHeads = c.int("num_key_value_heads", spec.kvHeads ?? heads);
  const width = spec.headDim === undefined
    ? headDim(c, hidden, heads)
    : c.int("head_dim", spec.headDim);
  const count = c.int("num_hidden_layers");
  const qkvBias = spec.qkvBias?.(c) ?? false;
  const outBias = spec.outBias?.(c) ?? qkvBias;
  const reach = spec.windows?.(c, count) ?? windows(c, count, null, () => false);
  const qkNorm = spec.qkNorm?.(c) ?? {};
  const style = spec.norm ?? "rms";
  const normNames = spec.norms?.(c) ?? ["input_layernorm", "post_attention_layernorm"];
  return {
    hidden,
    count,
    attentionOf: (layer) =>
      attention({
        hidden,
        heads,
        kvHeads,
        headDim: width,
        qkvBias,
        outBias,
        window: reach[layer] ?? null,
        ...qkNorm,
        ...spec.names?.attention,
      }),
    normsOf: () => normNames.flatMap((name) => norm(name, hidden, style)),
  };
}

/** Reads a dense model by what its family is. */
export function readDense(c: ConfigReader, spec: DenseSpec): Draft {
  const frame = denseFrame(c, spec);
  const size = spec.size?.(c, frame.hidden) ?? c.int("intermediate_size");
  const mlpBias = spec.mlpBias?.(c) ?? false;
  const layers = Array.from({ length: frame.count }, (_, i): Layer => {
    const { mixer, weights } = frame.attentionOf(i);
    const mlp = feedForward({
      hidden: frame.hidden,
      size,
      gated: spec.gated ?? true,
      bias: mlpBias,
      ...spec.names?.mlp,
    });
    return {
      mixer,
      feedForward: [mlp.block],
      norms: spec.norms?.(c).length ?? 2,
      weights: [...weights, ...mlp.weights, ...frame.normsOf()],
    };
  });
  const last = layers[layers.length - 1];
  return {
    ...decoder({
      hidden: frame.hidden,
      vocab: c.int("vocab_size"),
      tied: c.bool("tie_word_embeddings", spec.tied ?? false),
      layers,
      finalNorm: spec.norm ?? "rms",
      headBias: spec.headBias ?? false,
      ...(spec.names?.frame === undefined ? {} : { names: spec.names.frame }),
    }),
    mtp: last === undefined ? [] : spec.mtp?.(c, last, frame.hidden) ?? [],
  };
}
