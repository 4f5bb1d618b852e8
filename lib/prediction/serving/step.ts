/** Time of one step of a serving engine. */

import type { Target } from "../target.ts";
import { type ServingLoad, touchedExperts } from "./load.ts";

/** Coefficients of the step model; all positive. */
export interface StepCoefficients {
  /** Share of the memory bandwidth at which weights are read. */
  readonly weightEfficiency: number;
  /** Share of the memory bandwidth at which cache and state are read. */
  readonly cacheEfficiency: number;
  /** Share of the matrix peak in decode. */
  readonly decodeEfficiency: number;
  /** Share of the matrix peak in prefill. */
  readonly prefillEfficiency: number;
  /** Least time of a layer: launches and dependencies, s. */
  readonly layerS: number;
  /** Least time that experts add to a layer, s. */
  readonly expertLayerS: number;
  /** Least time that quantising activations to 8 bits adds to a layer, s. */
  readonly quantisedLayerS: number;
  /** Time of the engine between steps, s. */
  readonly stepS: number;
  /** Time of the engine for each sequence, s. */
  readonly sequenceS: number;
  /**
   * Memory traffic that a sequence's logits cause, bytes for each entry of the vocabulary: sampling
   * sorts them, sums them and draws from them. Every device does it for all sequences.
   */
  readonly logitBytes: number;
  /** Time to advance the recurrent state of a sequence, s. */
  readonly recurrentS: number;
  /** Start of one exchange of an all-reduce over n devices: 2 (n - 1) in a ring, 2 log2 n in a tree, s. */
  readonly exchangeS: number;
  /** Share of the link's bandwidth that an all-reduce reaches. */
  readonly linkEfficiency: number;
  /** Load of the busiest device over the mean, beyond what chance explains. */
  readonly imbalance: number;
  /** Speed of 8-bit weights against 16-bit ones, bytes for bytes. */
  readonly fp8Efficiency: number;
  /** Speed of experts whose 8-bit weights have a scale a block, against other 8-bit weights. */
  readonly blockEfficiency: number;
  /** The same for 4-bit weights. */
  readonly fp4Efficiency: number;
}

/**
 * Two forms of what is not known. `mean`: expert parallelism is unbalanced by a fixed factor, and
 * all-reduces go round a ring. `chance`: the busiest device has the expected maximum over devices of
 * the experts and tokens that it is dealt, all-reduces follow a tree, and quantising activations to
 * 8 bits takes its own least time.
 */
export type StepForm = "chance" | "mean";

/** Time of a step and what it is made of, seconds. */
export interface StepTime {
  /** All of it. */
  readonly timeS: number;
  /** Memory and arithmetic of the device. */
  readonly deviceS: number;
  /** Least time of the layers. */
  readonly layerS: number;
  /** Communication between devices. */
  readonly communicationS: number;
  /** Prompts read in the step. */
  readonly prefillS: number;
  /** Bytes of weights read over all devices. */
  readonly weightBytes: number;
}

// Expected maximum of n standard normals, n = 0 to 8.
const largestNormal = [0, 0, 0.56, 0.85, 1.03, 1.16, 1.27, 1.35, 1.42];

/**
 * Time of a step: weights and arithmetic overlap, the cache is read after them, and layers have a
 * least time: `t = sqrt(t_device^2 + t_layers^2) + t_communication + t_engine + t_prefill` with
 * `t_device = sqrt(t_weights^2 + t_flops^2) + t_cache`. A layer has two all-reduces, each
 * `exchanges x start + 2 (n - 1) / n x bytes / bandwidth` (Thakur, Rabenseifner, Gropp, IJHPCA 19,
 * 2005).
 *
 * @param load What the step has to do.
 * @param target The device.
 * @param linkBytesPerS Bandwidth of the link between devices in one direction.
 * @param c Coefficients.
 * @param form Ring or tree, fixed imbalance or chance.
 * @return The time and its parts.
 */
export function stepTime(
  load: ServingLoad,
  target: Target,
  linkBytesPerS: number,
  c: StepCoefficients,
  form: StepForm,
): StepTime {
  const n = load.devices;
  const bandwidth = n * target.memoryBytesPerS;
  // 8-bit products reach less of their doubled peak; 4-bit weights are widened to 16 bits.
  const isBlock = load.precision === "fp8-block", isEightBit = isBlock || load.precision === "fp8";
  const peak = n * target.tensorFlops.bf16 * (isEightBit ? 1.6 : 1);
  const touched = touchedExperts(load);
  const expertBytes = load.expertBytes * touched;
  const weightBytes = load.denseBytes + expertBytes;
  let expertFactor = 1, tokenFactor = 1;
  if (load.experts > 0 && n > 1 && load.expertParallel) {
    if (form === "mean") expertFactor = tokenFactor = 1.2 * c.imbalance;
    else {
      const dealt = load.experts / n, mean = dealt * touched;
      const z = largestNormal[Math.min(n, 8)]!;
      const spread = Math.sqrt(dealt * touched * (1 - touched));
      expertFactor = c.imbalance * Math.min(dealt, mean + z * spread) / mean;
      tokenFactor = c.imbalance *
        (1 + z * Math.sqrt((n - 1) / (load.tokens * load.activeExperts)));
    }
  }
  const stored = isEightBit ? c.fp8Efficiency : load.precision === "fp4" ? c.fp4Efficiency : 1;
  const weightS =
    (load.denseBytes + expertBytes * expertFactor / (isBlock ? c.blockEfficiency : 1)) /
    (bandwidth * c.weightEfficiency * stored);
  const flopS = load.decodeFlops * tokenFactor / (peak * c.decodeEfficiency);
  const deviceS = Math.hypot(weightS, flopS) + load.cacheBytes / (bandwidth * c.cacheEfficiency);
  const chance = form === "chance" ? 1 : 0;
  const layerS = load.layers *
      (c.layerS + (isEightBit ? chance * c.quantisedLayerS : 0)) +
    load.moeLayers * c.expertLayerS;
  const payload = load.tokens * load.hidden * 2;
  const exchanges = 2 * (form === "mean" ? n - 1 : Math.log2(n));
  const communicationS = n === 1 ? 0 : 2 * load.layers *
    (exchanges * c.exchangeS + payload * 2 * (n - 1) / n / (linkBytesPerS * c.linkEfficiency));
  const prefillS = load.prefillFlops / (peak * c.prefillEfficiency);
  const engineS = c.stepS +
    load.sequences *
      (c.sequenceS + c.logitBytes * load.vocabulary / target.memoryBytesPerS) +
    load.recurrentSequences * c.recurrentS;
  return {
    timeS: Math.hypot(deviceS, layerS) + communicationS + engineS + prefillS,
    deviceS,
    layerS,
    communicationS,
    prefillS,
    weightBytes,
  };
}
