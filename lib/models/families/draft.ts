/** What a family reader returns, and the frame that all decoders share. */

import type { Layer, Tower, Weight } from "../architecture.ts";
import { linear, norm, type NormStyle, table, vector } from "../build.ts";
import type { ConfigReader } from "../config_reader.ts";

/** A model as a family reader sees it: layers one by one, before equal ones are folded. */
export interface Draft {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  readonly tied: boolean;
  readonly causal?: boolean;
  readonly layerPrefix: string;
  readonly root: readonly Weight[];
  readonly layers: readonly Layer[];
  readonly mtp?: readonly Weight[];
  readonly towers?: readonly Tower[];
  readonly uncounted?: readonly string[];
  readonly notes?: readonly string[];
}

/** Reads the configuration of one family. */
export type Family = (c: ConfigReader) => Draft;

/** Options of {@linkcode decoder}. */
export interface DecoderOptions {
  readonly hidden: number;
  readonly vocab: number;
  readonly tied: boolean;
  readonly layers: readonly Layer[];
  /** Style of the final norm. */
  readonly finalNorm: NormStyle;
  /** Rows of a learned position table. Default: none. */
  readonly positions?: number;
  /** Bias on the head. Default: false. */
  readonly headBias?: boolean;
  /** Module names. Default: those of the LLaMA family. */
  readonly names?: Partial<DecoderNames>;
  /** More weights outside the layers. */
  readonly extra?: readonly Weight[];
}

/** Module names of a decoder's frame. */
export interface DecoderNames {
  readonly embedding: string;
  readonly position: string;
  readonly layers: string;
  readonly norm: string;
  readonly head: string;
}

const llamaNames: DecoderNames = {
  embedding: "model.embed_tokens",
  position: "model.embed_positions",
  layers: "model.layers.",
  norm: "model.norm",
  head: "lm_head",
};

/** Names of the GPT-2 family. */
export const gptNames: Partial<DecoderNames> = {
  embedding: "transformer.wte",
  position: "transformer.wpe",
  layers: "transformer.h.",
  norm: "transformer.ln_f",
};

/** Embedding, layers, final norm and head. */
export function decoder(o: DecoderOptions): Draft {
  const names = { ...llamaNames, ...o.names };
  const head = o.tied ? [] : [
    linear(names.head, "head", o.vocab, o.hidden, {
      bias: o.headBias ?? false,
      split: "out",
    }),
  ];
  return {
    hiddenSize: o.hidden,
    vocabSize: o.vocab,
    tied: o.tied,
    layerPrefix: names.layers,
    layers: o.layers,
    root: [
      { ...table(names.embedding, "embedding", o.vocab, o.hidden), split: "out" },
      ...(o.positions === undefined
        ? []
        : [table(names.position, "position", o.positions, o.hidden)]),
      ...(o.extra ?? []),
      ...norm(names.norm, o.hidden, o.finalNorm),
      ...head,
      ...(o.tied && o.headBias ? [vector(`${names.head}.bias`, o.vocab, "head")] : []),
    ],
  };
}

/** Width of a head: given, else the residual width over the heads. */
export function headDim(c: ConfigReader, hidden: number, heads: number): number {
  const given = c.intOrNull("head_dim");
  if (given !== null) return given;
  if (heads === 0 || hidden % heads !== 0) {
    throw c.refusal(
      `${c.pathOf("head_dim")} is missing and hidden_size is no multiple of the heads`,
      `${hidden} over ${heads} heads`,
      "give head_dim in the configuration",
    );
  }
  return hidden / heads;
}

/**
 * The window of each layer from `layer_types` (sliding_attention or full_attention).
 *
 * @param window Tokens of the window, or null when the configuration switches it off.
 * @param fallback Whether layer i slides when the list is missing.
 */
export function windows(
  c: ConfigReader,
  count: number,
  window: number | null,
  fallback: (layer: number) => boolean,
): (number | null)[] {
  const types = c.texts("layer_types");
  if (types !== undefined && types.length < count) {
    throw c.fault("layer_types", `${count} entries, one a layer`, types.length);
  }
  return Array.from({ length: count }, (_, i) => {
    const type = types?.[i];
    if (type === undefined) return fallback(i) ? window : null;
    if (type === "full_attention") return null;
    if (type === "sliding_attention" || type === "chunked_attention") return window;
    throw c.refusal(
      `${c.pathOf("layer_types")}[${i}] is a kind of layer that is not known for this model_type`,
      type,
      "only full_attention and sliding_attention are known here",
    );
  });
}
