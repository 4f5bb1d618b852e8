/** What a language model is to Joulebook: its weights, how each layer mixes tokens, what it caches. */

/** How a checkpoint stores a number. */
export type Dtype = "fp32" | "bf16" | "fp16" | "fp8" | "int8" | "int4" | "fp4";

/** What a weight belongs to, for sums by module. */
export type Part =
  | "embedding"
  | "position"
  | "attention"
  | "indexer"
  | "mamba"
  | "linear-attention"
  | "mlp"
  | "router"
  | "experts"
  | "shared-experts"
  | "norm"
  | "head"
  | "residual"
  | "vision"
  | "audio"
  | "projector"
  | "mtp";

/**
 * One weight of the checkpoint, or one per expert. A two-dimensional shape is [out, in] of a linear
 * map unless `lookup` says that rows are gathered; other shapes are vectors, convolutions and the
 * like.
 */
export interface Weight {
  /** Module path; inside a layer, relative to the layer. */
  readonly name: string;
  /** What it belongs to. */
  readonly part: Part;
  /** Shape; [out, in] for a linear map. */
  readonly shape: readonly number[];
  /** A bias of length `shape[0]` comes with it. Default: false. */
  readonly bias?: boolean;
  /** Rows are gathered, not multiplied. Default: false. */
  readonly lookup?: boolean;
  /** How many alike there are: experts. Default: 1. */
  readonly copies?: number;
  /** How many of the copies one token uses. Default: all. */
  readonly active?: number;
  /**
   * How tensor parallelism cuts it: along the output, along the input (an all-reduce follows), along
   * the KV heads (at most one device a head), or not at all. Default: not at all.
   */
  readonly split?: "out" | "in" | "kv";
  /** Linear maps of one input with the same name here run as one GEMM. Default: on its own. */
  readonly fuse?: string;
  /** Never quantised and stored at this width whatever the rest. Default: as the rest. */
  readonly dtype?: Dtype;
}

/** Softmax attention over cached keys and values (multi-head, grouped-query or multi-query). */
export interface Attention {
  /** Which mixer it is. */
  readonly kind: "attention";
  /** Query heads. */
  readonly heads: number;
  /** Key-value heads. */
  readonly kvHeads: number;
  /** Width of a query and key head. */
  readonly headDim: number;
  /** Width of a value head. */
  readonly valueDim: number;
  /** A query sees at most this many tokens (sliding window or chunk); null sees all. */
  readonly window: number | null;
  /** Reads the cache of an earlier layer and keeps none of its own. Default: false. */
  readonly sharesCache?: boolean;
}

/** A sparse-attention indexer: a small attention that picks which entries the big one reads. */
export interface Indexer {
  /** Indexer query heads. */
  readonly heads: number;
  /** Width of an indexer head; one key of this width is cached a token. */
  readonly headDim: number;
  /** Entries that the attention reads at most. */
  readonly topK: number;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): a low-rank latent is cached. */
export interface LatentAttention {
  /** Which mixer it is. */
  readonly kind: "latent";
  /** Query heads. */
  readonly heads: number;
  /** Rank of the cached latent. */
  readonly kvRank: number;
  /** Width of the shared rotary key, cached beside the latent. */
  readonly ropeDim: number;
  /** Width of a head without rotary part. */
  readonly nopeDim: number;
  /** Width of a value head. */
  readonly valueDim: number;
  /** Sparse attention on top (DeepSeek-V3.2), or null. */
  readonly indexer: Indexer | null;
  /** Uses the indexer choice of an earlier layer. Default: false. */
  readonly sharesIndex?: boolean;
}

/** Sliding window plus compressed long-range entries, one shared key-value head (DeepSeek-V4). */
export interface CompressedAttention {
  /** Which mixer it is. */
  readonly kind: "compressed";
  /** Query heads. */
  readonly heads: number;
  /** Width of a head; keys and values are the same tensor. */
  readonly headDim: number;
  /** Tokens of the sliding window. */
  readonly window: number;
  /** Tokens a compressed entry stands for; null has none. */
  readonly ratio: number | null;
  /** Picks compressed entries, or null. */
  readonly indexer: Indexer | null;
}

/** Mamba-2 state-space layer (arXiv:2405.21060): constant state. */
export interface Mamba2 {
  /** Which mixer it is. */
  readonly kind: "mamba2";
  /** Heads. */
  readonly heads: number;
  /** Width of a head. */
  readonly headDim: number;
  /** State size of a head channel. */
  readonly stateSize: number;
  /** Groups that share B and C. */
  readonly groups: number;
  /** Width of the causal convolution. */
  readonly convKernel: number;
  /** Chunk length of the prefill scan. */
  readonly chunk: number;
}

/** Mamba-1 selective scan (arXiv:2312.00752): constant state. */
export interface Mamba1 {
  /** Which mixer it is. */
  readonly kind: "mamba";
  /** Inner channels. */
  readonly inner: number;
  /** State size of a channel. */
  readonly stateSize: number;
  /** Width of the causal convolution. */
  readonly convKernel: number;
}

/** Gated delta rule (arXiv:2412.06464), the linear attention of Qwen3-Next: constant state. */
export interface DeltaNet {
  /** Which mixer it is. */
  readonly kind: "delta";
  /** Key and query heads. */
  readonly keyHeads: number;
  /** Value heads. */
  readonly valueHeads: number;
  /** Width of a key head. */
  readonly keyDim: number;
  /** Width of a value head. */
  readonly valueDim: number;
  /** Width of the causal convolution. */
  readonly convKernel: number;
}

/** How a layer mixes tokens. */
export type Mixer =
  | Attention
  | LatentAttention
  | CompressedAttention
  | Mamba2
  | Mamba1
  | DeltaNet;

/** A feed-forward block, for its elementwise work; its weights stand in the layer. */
export interface FeedForward {
  /** Inner width (of one expert). */
  readonly size: number;
  /** Two projections, one gating the other. */
  readonly gated: boolean;
  /** Experts a token uses; null for a dense block. */
  readonly active: number | null;
  /** Experts in all; null for a dense block. */
  readonly experts: number | null;
}

/** One kind of layer. */
export interface Layer {
  /** How it mixes tokens, or null when it does not (a feed-forward layer of a hybrid). */
  readonly mixer: Mixer | null;
  /** Its feed-forward blocks. */
  readonly feedForward: readonly FeedForward[];
  /** Normalisations over the hidden size, learned or not. */
  readonly norms: number;
  /** All its weights. */
  readonly weights: readonly Weight[];
}

/** How a group of linear weights is quantised. */
export interface WeightFormat {
  /** Name, as published where there is one. */
  readonly name: string;
  /** Bits a weight. */
  readonly bits: number;
  /** Weights that share a scale along the input; null has one scale a tensor (or none). */
  readonly groupSize: number | null;
  /** Weights that share a scale along the output; 1 is a row. */
  readonly groupRows: number;
  /** Bytes of one group's scale. */
  readonly scaleBytes: number;
  /** Bits of one group's zero point. */
  readonly zeroPointBits: number;
  /** Further bytes an input channel: the group index of GPTQ. */
  readonly inputBytes: number;
  /** Further bytes a tensor: global scales, shapes. */
  readonly tensorBytes: number;
}

/** One rule of a quantised checkpoint: which modules are stored how. */
export interface QuantizationRule {
  /** Module patterns; a leading `re:` is a regular expression, `*` stands for anything. */
  readonly modules: readonly string[];
  /** The format, or null for modules that keep the stored number type. */
  readonly format: WeightFormat | null;
}

/** How a checkpoint is quantised. The first rule that matches a linear weight counts. */
export interface Quantization {
  /** Method as the configuration names it. */
  readonly method: string;
  /** Rules, in order. */
  readonly rules: readonly QuantizationRule[];
  /** Number type in which the keys and values are meant to be cached, or null. */
  readonly kvCache: Dtype | null;
}

/** A part that is not the language model: a vision or audio tower with its projector. */
export interface Tower {
  /** Which it is. */
  readonly part: "vision" | "audio";
  /** Its weights. */
  readonly weights: readonly Weight[];
}

/** A language model. Layers stand as kinds and an order, so that equal layers are counted once. */
export interface Architecture {
  /** Hugging Face id, or the name that the caller gave. */
  readonly id: string;
  /** `model_type` of the configuration. */
  readonly modelType: string;
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  /** Rows of the token embedding. */
  readonly vocabSize: number;
  /** Longest sequence that the configuration names, tokens, or null. */
  readonly maxPositions: number | null;
  /** Number type of the published weights; null when the configuration does not say. */
  readonly dtype: Dtype | null;
  /** Number type of recurrent states when the configuration names one. */
  readonly stateDtype: Dtype | null;
  /** Activation function of the feed-forward blocks as the configuration names it, or null. */
  readonly activation: string | null;
  /** Whether it generates tokens one by one; an encoder does not. */
  readonly causal: boolean;
  /** The output projection is the embedding itself. */
  readonly tied: boolean;
  /** Module path before the layer's number. */
  readonly layerPrefix: string;
  /** Weights outside the layers: embeddings, final norm, head. */
  readonly root: readonly Weight[];
  /** Kinds of layers. */
  readonly layers: readonly Layer[];
  /** Which kind each layer is, from first to last. */
  readonly order: readonly number[];
  /** Multi-token-prediction modules, counted apart: they are not run in ordinary decoding. */
  readonly mtp: readonly Weight[];
  /** Vision and audio towers. */
  readonly towers: readonly Tower[];
  /** How the checkpoint is quantised, or null. */
  readonly quantization: Quantization | null;
  /** Parts that the configuration names and that are not counted, each with the reason. */
  readonly uncounted: readonly string[];
  /** What a reader of the numbers should know. */
  readonly notes: readonly string[];
}
