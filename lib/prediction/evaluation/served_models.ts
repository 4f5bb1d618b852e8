/** Facts of the networks in the ML.ENERGY leaderboard that decide a decode step, from their config.json. */

/** What a decode step of a network depends on, apart from batch and lengths. */
export interface ServedModel {
  /** Siblings with the same layers share a name: they are held out together. */
  readonly architecture: string;
  /** Decoder layers of any kind. */
  readonly layers: number;
  /** Layers with experts. */
  readonly moeLayers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  /** Layers that attend to everything. */
  readonly fullAttentionLayers: number;
  /** Layers that attend to a window. */
  readonly windowLayers: number;
  /** Tokens in that window; 0 without. */
  readonly windowTokens: number;
  /** Numbers a token leaves in the cache of one layer (keys and values, or MLA's latent). */
  readonly cacheNumbers: number;
  /** Constant state of a sequence over all layers, bytes. */
  readonly stateBytes: number;
  /** Routed experts of a layer; 0 for dense. */
  readonly experts: number;
  /** Routed experts of a token; 0 for dense. */
  readonly activeExperts: number;
  /** Entries of the vocabulary. */
  readonly vocabulary: number;
  /** Tokens of an image where the network fixes it; null when they follow the image's size. */
  readonly imageTokens: number | null;
  /** Whether its 8-bit release has a scale a block (`weight_block_size`), not a tensor or a row. */
  readonly blockScaledFp8: boolean;
}

type Row = readonly [
  ...head: readonly [
    string,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ],
  vocabulary: number,
  imageTokens: number | null,
];

// architecture, layers, MoE layers, hidden, full, window layers, window, cache numbers, state bytes, experts, active, vocabulary, image tokens
const rows: readonly (readonly [RegExp, Row])[] = [
  [/Qwen3-(VL-)?8B/, ["qwen3-8b", 36, 0, 4096, 36, 0, 0, 2048, 0, 0, 0, 151936, null]],
  [/Qwen3-14B/, ["qwen3-14b", 40, 0, 5120, 40, 0, 0, 2048, 0, 0, 0, 151936, null]],
  [/Qwen3-(VL-)?32B/, ["qwen3-32b", 64, 0, 5120, 64, 0, 0, 2048, 0, 0, 0, 151936, null]],
  [/Qwen3-.*30B-A3B/, ["qwen3-30b-a3b", 48, 48, 2048, 48, 0, 0, 1024, 0, 128, 8, 151936, null]],
  [/Qwen3-.*235B-A22B/, ["qwen3-235b-a22b", 94, 94, 4096, 94, 0, 0, 1024, 0, 128, 8, 151936, null]],
  [/Llama-3.1-8B/, ["llama-3-8b", 32, 0, 4096, 32, 0, 0, 2048, 0, 0, 0, 128256, null]],
  [/Llama-3.[13]-70B/, ["llama-3-70b", 80, 0, 8192, 80, 0, 0, 2048, 0, 0, 0, 128256, null]],
  [/Llama-3.1-405B/, ["llama-3-405b", 126, 0, 16384, 126, 0, 0, 2048, 0, 0, 0, 128256, null]],
  [/Llama-4-Scout/, ["llama-4-scout", 48, 48, 5120, 12, 36, 8192, 2048, 0, 16, 1, 202048, null]],
  [/Llama-4-Maverick/, [
    "llama-4-maverick",
    48,
    24,
    5120,
    12,
    36,
    8192,
    2048,
    0,
    128,
    1,
    202048,
    null,
  ]],
  [/gpt-oss-20b/, ["gpt-oss-20b", 24, 24, 2880, 12, 12, 128, 1024, 0, 32, 4, 201088, null]],
  [/gpt-oss-120b/, ["gpt-oss-120b", 36, 36, 2880, 18, 18, 128, 1024, 0, 128, 4, 201088, null]],
  [/gemma-3-12b/, ["gemma-3-12b", 48, 0, 3840, 8, 40, 1024, 4096, 0, 0, 0, 262208, 256]],
  [/gemma-3-27b/, ["gemma-3-27b", 62, 0, 5376, 10, 52, 1024, 4096, 0, 0, 0, 262208, 256]],
  // Mamba-2 state: heads x head size x state size, in single precision, for each Mamba layer.
  [/Nemotron-Nano-9B/, [
    "nemotron-nano-9b",
    56,
    0,
    4480,
    4,
    0,
    0,
    2048,
    27 * 128 * 80 * 128 * 4,
    0,
    0,
    131072,
    null,
  ]],
  [/Nemotron-Nano-12B/, [
    "nemotron-nano-12b",
    62,
    0,
    5120,
    6,
    0,
    0,
    2048,
    28 * 128 * 80 * 128 * 4,
    0,
    0,
    131072,
    null,
  ]],
  [/DeepSeek-(V3|R1)/, ["deepseek-v3", 61, 58, 7168, 61, 0, 0, 576, 0, 256, 8, 129280, null]],
];

// Releases whose quantization_config has weight_block_size; Meta's have a scale a row or tensor.
const blockScaled: ReadonlySet<string> = new Set(["qwen3-235b-a22b", "deepseek-v3"]);

/**
 * The facts of a network by its id.
 *
 * @param id Hugging Face id.
 * @return The facts, or null for a network that the table does not know.
 */
export function servedModel(id: string): ServedModel | null {
  const row = rows.find(([pattern]) => pattern.test(id))?.[1];
  if (row === undefined) return null;
  const [
    architecture,
    layers,
    moeLayers,
    hidden,
    fullAttentionLayers,
    windowLayers,
    windowTokens,
    cacheNumbers,
    stateBytes,
    experts,
    activeExperts,
    vocabulary,
    imageTokens,
  ] = row;
  return {
    architecture,
    layers,
    moeLayers,
    hidden,
    fullAttentionLayers,
    windowLayers,
    windowTokens,
    cacheNumbers,
    stateBytes,
    experts,
    activeExperts,
    vocabulary,
    imageTokens,
    blockScaledFp8: blockScaled.has(architecture),
  };
}
