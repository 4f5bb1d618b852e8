/**
 * Prediction: latency, power and energy on hardware that nobody has measured yet.
 *
 * @module
 */

export * from "./baselines/baselines.ts";
export * from "./baselines/boosted_trees.ts";
export * from "./coefficients.ts";
export * from "./energaizer/model.ts";
export { type Phase, type PhaseTerm, phaseTerms, timeline } from "./energaizer/timeline.ts";
export * from "./evaluation/accuracy.ts";
export * from "./evaluation/broken_rows.ts";
export * from "./evaluation/compare.ts";
export * from "./evaluation/conformal.ts";
export * from "./evaluation/cross_conformal.ts";
export * from "./evaluation/elana_rows.ts";
export * from "./evaluation/energaizer_protocol.ts";
export * from "./evaluation/energaizer_rows.ts";
export * from "./evaluation/label_noise.ts";
export * from "./evaluation/ml_energy_rows.ts";
export * from "./evaluation/power_limit.ts";
export * from "./evaluation/report.ts";
export * from "./evaluation/serving_protocol.ts";
export * from "./fit/fit_power.ts";
export * from "./fit/fit_time.ts";
export * from "./fit/nnls.ts";
export * from "./fit/ridge.ts";
export * from "./kernel.ts";
export * from "./kernel_list.ts";
export * from "./kernel_list_repair.ts";
export * from "./kernel_time.ts";
export * from "./model_load.ts";
export * from "./network_time.ts";
export * from "./operating_point.ts";
export * from "./pareto.ts";
export * from "./power_bridge.ts";
export * from "./power_terms.ts";
export * from "./power_transfer.ts";
export * from "./predict_kernels.ts";
export * from "./predict_model.ts";
export * from "./predict_network.ts";
export * from "./serving/fit.ts";
export * from "./serving/load.ts";
export * from "./serving/power.ts";
export * from "./serving/refit.ts";
export * from "./serving/step.ts";
export * from "./sweep.ts";
export * from "./target.ts";
