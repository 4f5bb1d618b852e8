/**
 * Models: a language model from its configuration: parameters, cache, FLOPs and bytes.
 *
 * @module
 */

export * from "./architecture.ts";
export { type CacheOfKind, type CacheOptions, type CacheSize, cacheSize } from "./cache.ts";
export { isModelFacts, readModelFacts, type ReadModelFactsOptions } from "./facts.ts";
export { type FactsHeader, writeModelFacts } from "./facts_text.ts";
export { kernelList, type KernelListOptions, type ListedKernel } from "./kernel_list.ts";
export {
  type Operator,
  type OperatorKind,
  type OperatorOptions,
  operators,
  type OperatorSums,
  sumOperators,
} from "./operators.ts";
export { countParameters, type ParameterCount } from "./parameters.ts";
export { parseModelText } from "./parse.ts";
export {
  type ModelProfile,
  profileModel,
  type ProfileOptions,
  type ProfilePart,
} from "./profile.ts";
export { readModelConfig, type ReadModelOptions } from "./read_config.ts";
export { shippedModel, shippedModelIds } from "./shipped.ts";
export {
  type WeightBytes,
  weightBytes,
  type WeightBytesOptions,
  type WeightPrecision,
  weightPrecisions,
} from "./weight_bytes.ts";
