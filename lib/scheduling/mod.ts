/**
 * Scheduling: image generation or language-model requests over data centres with batteries, renewables
 * and prices, judged against the clairvoyant optimum.
 *
 * @module
 */

export type { ActionLayer } from "./action_layer.ts";
export { parseImageConfig, parseScheduleConfig } from "./config.ts";
export type { Day } from "./day.ts";
export type { DayAhead, DayAheadMarket } from "./day_ahead.ts";
export type { DayResult, Setup } from "./evaluate.ts";
export {
  createSetup,
  type ExperimentTask,
  experimentTasks,
  type ResultRow,
  runTask,
  summarize,
  type TaskResult,
} from "./experiment.ts";
export { type Arena, createArena, type MatrixProduct } from "./learning/kernel.ts";
export { createDqn, type DqnOptions } from "./learning/dqn.ts";
export { createPpo, type PpoOptions } from "./learning/ppo.ts";
export { createSac, type OffPolicyOptions } from "./learning/sac.ts";
export { createTd3 } from "./learning/td3.ts";
export type { Learner } from "./learning/learner.ts";
export type { Batch, Transition } from "./learning/replay.ts";
export { noShaping, potentialShaping, type Shaper } from "./learning/shaper.ts";
export { type CurvePoint, train, type TrainingState, type TrainOptions } from "./learning/train.ts";
export type { TrainingHooks } from "./training.ts";
export {
  type Environment,
  type EnvironmentOptions,
  type ResetOptions,
  type ScheduleEnvironment,
  scheduleEnvironment,
  type Step,
  type StepInfo,
} from "./environment.ts";
export { exampleConfig } from "./example_config.ts";
export { flowLayer } from "./flow_layers.ts";
export { createHindsight, type Hindsight, type HindsightDay } from "./hindsight.ts";
export { type HourlyColumn, type HourlyCsvOptions, readHourlyCsv } from "./hourly_csv.ts";
export type { HourlySeries, Repair } from "./hourly_series.ts";
export { checkInformation, type InformationCheck } from "./information.ts";
export {
  type BatteryModel,
  type ClassModel,
  compileModel,
  type GeneratorModel,
  type OptionLayout,
  type ScheduleModel,
  type SiteModel,
  type WorkOption,
} from "./model.ts";
export { type ForecastKind, type MpcOptions, mpcPolicy } from "./mpc.ts";
export { readOpenMeteo } from "./open_meteo.ts";
export { type DayOptimum, type Plan, type ShadowPrices, solveDay } from "./optimum.ts";
export type { OutlookKind } from "./outlook.ts";
export { readArrivalShape } from "./arrival_shape.ts";
export { readPlantFractions } from "./plant_series.ts";
export {
  type DaySource,
  type DayStart,
  type Episode,
  type Information,
  type Policy,
  runDay,
  type SlotView,
} from "./policy.ts";
export type { Sparsity } from "./reward.ts";
export {
  cheapestSitePolicy,
  constantPolicy,
  greedyPolicy,
  greenestSitePolicy,
  leastLoadedPolicy,
  localPolicy,
  quantileBatteryPolicy,
  randomPolicy,
} from "./rule_policies.ts";
export type {
  BatteryConfig,
  ClassConfig,
  CommonConfig,
  DifficultyConfig,
  ExperimentConfig,
  FrequencyMode,
  GeneratorConfig,
  ImageConfig,
  ImageSite,
  PolicyConfig,
  QualityCurve,
  ScheduleConfig,
  SiteConfig,
  SiteSources,
  TransferConfig,
} from "./config_types.ts";
export type {
  LengthConfig,
  RequestClass,
  RequestConfig,
  RequestSite,
  RequestSource,
  ServedModel,
} from "./request_config.ts";
export { shadowLayer } from "./shadow_layer.ts";
export type { DayTotals, Simulator, SlotDecision } from "./simulator.ts";
export type { RequestSample } from "./request_sample.ts";
export {
  type Serving,
  type ServingPoint,
  servingPoints,
  type ServingRefusal,
  type ServingSources,
} from "./serving_points.ts";
export { loadSolver, type Solver } from "./solver.ts";
export {
  type BoxSpace,
  boxSpace,
  type DiscreteSpace,
  discreteSpace,
  type Space,
} from "./spaces.ts";
export { createWorld, type World } from "./world.ts";
export {
  type Autoreset,
  limitTime,
  normalizeObservations,
  recordEpisodes,
  type VectorEnvironment,
  vectorEnvironment,
} from "./wrappers.ts";
export type { StoredValue } from "./stored_value.ts";
export { readYear } from "./year_files.ts";
export type { SiteYear, SourceRepair, Year } from "./year.ts";
export {
  bootstrapRatio,
  type Interval,
  type PairedTest,
  pairedTest,
  type Ratio,
} from "./statistics.ts";
export type { Random } from "../random.ts";
