/**
 * Prediction: latency, power and energy on hardware that nobody has measured yet.
 *
 * @module
 */

export * from "./baselines/baselines.ts";
export * from "./baselines/boosted_trees.ts";
export * from "./coefficients.ts";
export * from "./energaizer/model.ts";
export * from "./energaizer/utilisation.ts";
export * from "./evaluation/accuracy.ts";
export { rooflineTime } from "./evaluation/broken_rows.ts";
export * from "./evaluation/compare.ts";
export * from "./evaluation/conformal.ts";
export * from "./evaluation/cross_conformal.ts";
export { type ElanaPhase, type ElanaPhases, elanaPhases } from "./evaluation/elana_rows.ts";
export {
  type EnergaizerCase,
  type EnergaizerCases,
  energaizerCases,
  type EnergaizerCasesOptions,
  heldOutFamilies,
  type HeldOutOptions,
  type ScoredRun,
} from "./evaluation/energaizer_protocol.ts";
export type { MeasuredRun } from "./evaluation/energaizer_rows.ts";
export {
  type BenchRequest,
  type BenchRequestOptions,
  type BenchRequests,
  benchRequests,
} from "./evaluation/inference_bench.ts";
export * from "./evaluation/evaluate_kernels.ts";
export * from "./evaluation/kernel_rows.ts";
export * from "./evaluation/label_noise.ts";
export * from "./evaluation/ml_energy_rows.ts";
export {
  loadPowerLimits,
  type PowerLimitRun,
  predictPowerLimit,
} from "./evaluation/power_limit.ts";
export { evaluateEnergaizer } from "./evaluation/energaizer_report.ts";
export * from "./evaluation/report.ts";
export type { EvaluationReport, SplitReport } from "./evaluation/split_report.ts";
export { fitPower, type FitPowerOptions, type PowerRow } from "./fit/fit_power.ts";
export { fitTime, type FitTimeOptions, type TimeFit, type TimeRow } from "./fit/fit_time.ts";
export * from "./fit/nnls.ts";
export * from "./fit/ridge.ts";
export {
  attentionKernel,
  type AttentionShape,
  convKernel,
  type ConvShape,
  elementwiseKernel,
  type ElementwiseShape,
  gemmKernel,
  type GemmShape,
  type Kernel,
  type KernelOp,
  type KernelPrecision,
} from "./kernel.ts";
export * from "./kernel_list.ts";
export * from "./kernel_list_repair.ts";
export type { TimeCoefficients } from "./kernel_time.ts";
export { mainOperators } from "./main_operators.ts";
export * from "./model_load.ts";
export * from "./operating_point.ts";
export * from "./pareto.ts";
export type { PowerCoefficients } from "./power_terms.ts";
export { transferPower } from "./power_transfer.ts";
export {
  calibrate,
  type Calibration,
  type KernelPrediction,
  type PredictKernelsOptions,
} from "./predict_kernels.ts";
export * from "./predict_model.ts";
export {
  coefficientsFor,
  type DeviceCoefficients,
  type NetworkPrediction,
  predictNetwork,
  type PredictNetworkOptions,
  type Quantities,
} from "./predict_network.ts";
export type { ReplayOptions } from "./replay/options.ts";
export { type Replay, replay, type ReplayServer } from "./replay/replay.ts";
export type { LatencyReached, LatencyTarget } from "./replay/latency_target.ts";
export * from "./replay/rate_for.ts";
export * from "./replay/replicas_for.ts";
export type { ServerTotals } from "./replay/server.ts";
export type { PromptLengths, ServingFit, ServingRow } from "./serving/fit.ts";
export type { ServingLoad, ServingPrecision } from "./serving/load.ts";
export type { StepCoefficients, StepForm } from "./serving/step.ts";
export * from "./sweep.ts";
export * from "./target.ts";
