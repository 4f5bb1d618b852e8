/** What a serving engine has to do in one step. */

/**
 * Precision in which weights are stored and multiplied. `fp8-block`: 8 bits with a scale for each
 * block of a weight (`weight_block_size` of a configuration, DeepSeek-V3's recipe); `fp8`: with one
 * for a tensor or a row.
 */
export type ServingPrecision = "bf16" | "fp8" | "fp8-block" | "fp4";

/** The work of one step over all devices. */
export interface ServingLoad {
  /** Devices that share every layer. */
  readonly devices: number;
  /** How the weights are stored. */
  readonly precision: ServingPrecision;
  /** Bytes of the weights that every token uses. */
  readonly denseBytes: number;
  /** Bytes of all routed experts; 0 for a dense network. */
  readonly expertBytes: number;
  /** Routed experts of a layer; 0 for a dense network. */
  readonly experts: number;
  /** Routed experts of a token; 0 for a dense network. */
  readonly activeExperts: number;
  /** Whether whole experts are dealt to the devices, rather than slices of each. */
  readonly expertParallel: boolean;
  /** Decoder layers. */
  readonly layers: number;
  /** Layers with experts. */
  readonly moeLayers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  /** Entries of the vocabulary. */
  readonly vocabulary: number;
  /** Tokens that the step makes or reads: sequences in decode, prompt tokens in prefill. */
  readonly tokens: number;
  /** Sequences in the step. */
  readonly sequences: number;
  /** Operations of matrix products in decode, a multiply-add being two. */
  readonly decodeFlops: number;
  /** Operations of prompts that are read in the same step. */
  readonly prefillFlops: number;
  /** Bytes of cache and state that are read and written. */
  readonly cacheBytes: number;
  /** Sequences with a recurrent state to advance. */
  readonly recurrentSequences: number;
  /** Whether images or video are prepared on the host meanwhile. */
  readonly multimodal: boolean;
}

/**
 * Share of the experts that a batch touches when routing is even: `1 - (1 - k / E)^tokens`.
 *
 * @param load The load.
 * @return 0 for a dense network.
 */
export function touchedExperts(
  load: Pick<ServingLoad, "experts" | "activeExperts" | "tokens">,
): number {
  return load.experts === 0 ? 0 : 1 - (1 - load.activeExperts / load.experts) ** load.tokens;
}
