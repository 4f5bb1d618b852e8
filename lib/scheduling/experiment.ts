/** An experiment: every policy, seed and test day, and the table that comes of it. */

import { trainPolicy } from "./agents.ts";
import { bestConstant, bestRule } from "./best_fixed.ts";
import type { ExperimentConfig, PolicyConfig, ScheduleConfig } from "./config_types.ts";
import { type DayResult, dayResult, evaluatePolicy, type Setup } from "./evaluate.ts";
import { createHindsight } from "./hindsight.ts";
import type { CurvePoint } from "./learning/train.ts";
import { compileModel } from "./model.ts";
import { mpcPolicy } from "./mpc.ts";
import { layerOf } from "./named_layer.ts";
import type { Information, Policy } from "./policy.ts";
import {
  cheapestSitePolicy,
  constantPolicy,
  greedyPolicy,
  greenestSitePolicy,
  leastLoadedPolicy,
  localPolicy,
  quantileBatteryPolicy,
  randomPolicy,
} from "./rule_policies.ts";
import type { Serving } from "./serving_points.ts";
import type { Solver } from "./solver.ts";
import { bootstrapRatio, type Interval } from "./statistics.ts";
import { createWorld } from "./world.ts";
import type { TrainingHooks } from "./training.ts";
import type { Year } from "./year.ts";

/** One run of an experiment: a policy with a seed. */
export interface ExperimentTask {
  /** Position of the policy in the configuration. */
  readonly policy: number;
  /** Its name in the table. */
  readonly label: string;
  /** The seed; null for a policy that draws nothing. */
  readonly seed: number | null;
}

/** What a task found. */
export interface TaskResult extends ExperimentTask {
  /** What the policy knows; the optimum knows everything. */
  readonly information: Information;
  /** Test days. */
  readonly days: readonly DayResult[];
  /** The untrained constant of the same action layer on the same days; empty where there is none. */
  readonly untrained: readonly DayResult[];
  /** Learning curve; empty for what does not learn. */
  readonly curve: readonly CurvePoint[];
}

const learned = new Set([
  "dqn",
  "ppo",
  "sac",
  "td3",
  "evolution",
  "evolution-features",
  "imitation",
  "imitation-sac",
]);

/** Whether a policy of this kind is trained, and so depends on the seed. */
export function isLearned(config: PolicyConfig): boolean {
  return learned.has(config.kind);
}

/** The name of a policy: its label, or its kind and what was set. */
export function labelOf(config: PolicyConfig): string {
  if (config.label !== undefined) return config.label;
  const parts: string[] = [config.kind];
  for (const key of ["layer", "forecast", "steps", "sparsity", "shaping"] as const) {
    const value = config[key];
    if (value !== undefined) parts.push(String(value));
  }
  return parts.join(" ");
}

/**
 * The tasks of an experiment in a fixed order.
 *
 * @example
 * ```ts
 * import {
 *   exampleConfig,
 *   experimentTasks,
 *   parseScheduleConfig,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(
 *   `${exampleConfig}experiment:
 *   seeds: [1]
 *   trainDays: [1]
 *   validationDays: [2]
 *   testDays: [15, 16]
 *   policies: [{ kind: optimum }, { kind: greedy }]
 * `,
 *   "easy.yaml",
 * );
 * const tasks = experimentTasks(config.experiment!);
 * assert.deepEqual(tasks.map((task) => task.label), ["optimum", "greedy"]);
 * ```
 */
export function experimentTasks(experiment: ExperimentConfig): ExperimentTask[] {
  return experiment.policies.flatMap((config, policy): ExperimentTask[] => {
    const label = labelOf(config);
    return isLearned(config)
      ? experiment.seeds.map((seed) => ({ policy, label, seed }))
      : [{ policy, label, seed: null }];
  });
}

/**
 * System, days and optima of a configuration.
 *
 * @param config The configuration.
 * @param solver HiGHS.
 * @param year Its year; default: generated.
 * @param serving What requests take at each site; not used for images.
 * @return The setup of its tasks.
 *
 * @example
 * ```ts
 * import {
 *   createSetup,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const setup = createSetup(config, await loadSolver());
 * assert.equal(setup.model.sites.length, 3);
 * ```
 */
export function createSetup(
  config: ScheduleConfig,
  solver: Solver,
  year?: Year,
  serving?: Serving,
): Setup {
  const model = compileModel(config, serving);
  const source = createWorld(config, year);
  return { model, source, hindsight: createHindsight(solver, model, source) };
}

/**
 * Runs one task.
 *
 * @param setup System, days and optima.
 * @param solver HiGHS.
 * @param experiment The experiment.
 * @param task The task.
 * @param hooks Progress, checkpoints and resume of a learner.
 * @return Its results.
 *
 * @example
 * ```ts
 * import {
 *   createSetup,
 *   exampleConfig,
 *   experimentTasks,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runTask,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(
 *   `${exampleConfig}experiment:
 *   seeds: [1]
 *   trainDays: [1]
 *   validationDays: [2]
 *   testDays: [15, 16]
 *   policies: [{ kind: optimum }, { kind: greedy }]
 * `,
 *   "easy.yaml",
 * );
 * const experiment = config.experiment!;
 * const solver = await loadSolver();
 * const setup = createSetup(config, solver);
 * const results = experimentTasks(experiment).map((task) =>
 *   runTask(setup, solver, experiment, task)
 * );
 * assert.deepEqual(results[1]!.days.map((result) => result.day), [15, 16]);
 * ```
 */
export function runTask(
  setup: Setup,
  solver: Solver,
  experiment: ExperimentConfig,
  task: ExperimentTask,
  hooks: TrainingHooks = {},
): TaskResult {
  const config = experiment.policies[task.policy]!;
  const { testDays, validationDays } = experiment;
  const layer = config.layer ?? defaultLayer(config);
  const untrained = layer === null
    ? []
    : evaluatePolicy(setup, constantPolicy(layerOf(setup, layer)), testDays);
  if (isLearned(config)) {
    const { days, curve } = trainPolicy(setup, experiment, config, task.seed!, hooks);
    const known: Information = layer === null
      ? { pastDays: 1, today: "past" }
      : layerOf(setup, layer).information;
    const information: Information = { ...known, pastDays: Math.max(1, known.pastDays) };
    return { ...task, information, days, untrained, curve };
  }
  if (config.kind === "optimum") {
    const days = testDays.map((day) =>
      dayResult(setup, day, setup.hindsight.solve(setup.source.day(day)).totals)
    );
    return { ...task, information: { pastDays: 0, today: "all" }, days, untrained: [], curve: [] };
  }
  const policy = rulePolicy(setup, solver, config, validationDays);
  return {
    ...task,
    information: policy.information,
    days: evaluatePolicy(setup, policy, testDays),
    untrained,
    curve: [],
  };
}

/** The layer that a kind acts through when none is named; null for rules. */
function defaultLayer(config: PolicyConfig): NonNullable<PolicyConfig["layer"]> | null {
  if (config.kind.startsWith("evolution")) return "shadow-hindsight";
  if (config.kind === "dqn") return null;
  if (isLearned(config)) return "repaired";
  return ["untrained", "best-constant", "random"].includes(config.kind) ? "shadow-hindsight" : null;
}

function rulePolicy(
  setup: Setup,
  solver: Solver,
  config: PolicyConfig,
  validationDays: readonly number[],
): Policy {
  const layer = config.layer ?? "shadow-hindsight";
  const steps = config.steps ?? 26;
  switch (config.kind) {
    case "untrained":
      return constantPolicy(layerOf(setup, layer));
    case "best-constant":
      return bestConstant(setup, layer, validationDays);
    case "best-rule":
      return bestRule(setup, validationDays);
    case "random":
      return randomPolicy(layerOf(setup, layer), 1);
    case "local":
      return localPolicy(steps, config.layer !== "raw");
    case "cheapest-site":
      return cheapestSitePolicy(steps);
    case "greenest-site":
      return greenestSitePolicy(steps);
    case "least-loaded":
      return leastLoadedPolicy(steps);
    case "quantile-battery":
      return quantileBatteryPolicy(steps, 0.25, 0.75);
    case "mpc":
      return mpcPolicy(solver, {
        forecast: config.forecast ?? "persistence",
        ...(config.lookAheadSlots !== undefined && { lookAheadSlots: config.lookAheadSlots }),
      });
    default:
      return greedyPolicy();
  }
}

/** A row of the results table. */
export interface ResultRow {
  /** Policy. */
  readonly policy: string;
  /** Runs with different seeds; 0 for a policy that draws nothing. */
  readonly seeds: number;
  /** Test days. */
  readonly days: number;
  /** Utility over the clairvoyant optimum. */
  readonly fraction: Interval;
  /** Gain over the untrained constant of the same action layer, as a share of the optimum. */
  readonly gain: Interval | null;
  /** What it knows of today. */
  readonly today: Information["today"];
  /** Past days it knows. */
  readonly pastDays: number;
  /** Means a day, US dollars. */
  readonly utilityUsd: number;
  /** Revenue a day, US dollars. */
  readonly revenueUsd: number;
  /** Energy, carbon price, generator and wear a day, US dollars. */
  readonly energyUsd: number;
  /** Emissions a day, kg CO2. */
  readonly carbonKg: number;
  /** Share of the jobs made away from their origin. */
  readonly transferred: number;
  /** Share of the jobs that missed their deadline. */
  readonly violated: number;
  /** Mean quality of a job made. */
  readonly quality: number;
  /** Mean steps of a job made. */
  readonly steps: number;
  /** Full battery cycles a day. */
  readonly batteryCycles: number;
  /** Highest fraction of any day; above 1 the optimum or the simulator would be wrong. */
  readonly bestDay: number;
}

/**
 * One row a policy, in the order of the configuration.
 *
 * @param experiment The experiment.
 * @param results Results of all its tasks.
 * @return The table.
 *
 * @example
 * ```ts
 * import {
 *   createSetup,
 *   exampleConfig,
 *   experimentTasks,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runTask,
 *   summarize,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(
 *   `${exampleConfig}experiment:
 *   seeds: [1]
 *   trainDays: [1]
 *   validationDays: [2]
 *   testDays: [15, 16]
 *   policies: [{ kind: optimum }, { kind: greedy }]
 * `,
 *   "easy.yaml",
 * );
 * const experiment = config.experiment!;
 * const solver = await loadSolver();
 * const setup = createSetup(config, solver);
 * const results = experimentTasks(experiment).map((task) =>
 *   runTask(setup, solver, experiment, task)
 * );
 * const [best, greedy] = summarize(experiment, results);
 * assert.equal(best!.fraction.mean.toFixed(6), "1.000000");
 * assert.ok(greedy!.fraction.mean < 1);
 * ```
 */
export function summarize(
  experiment: ExperimentConfig,
  results: readonly TaskResult[],
): ResultRow[] {
  return experiment.policies.flatMap((_config, policy): ResultRow[] => {
    const runs = results.filter((result) => result.policy === policy);
    const first = runs[0];
    if (first === undefined) return [];
    const days = runs.flatMap((run) => run.days);
    const sum = (value: (day: DayResult) => number): number =>
      days.reduce((total, day) => total + value(day), 0);
    const optimum = first.days.map((day) => day.optimumUsd);
    const made = Math.max(1, sum((day) => day.totals.made));
    return [{
      policy: first.label,
      seeds: first.seed === null ? 0 : runs.length,
      days: first.days.length,
      fraction: bootstrapRatio(
        runs.map((run) => ({ top: run.days.map((day) => day.totals.utilityUsd), bottom: optimum })),
      ),
      gain: first.untrained.length === 0 ? null : bootstrapRatio(runs.map((run) => ({
        top: run.days.map((day, i) => day.totals.utilityUsd - run.untrained[i]!.totals.utilityUsd),
        bottom: optimum,
      }))),
      today: first.information.today,
      pastDays: first.information.pastDays,
      utilityUsd: sum((day) => day.totals.utilityUsd) / days.length,
      revenueUsd: sum((day) => day.totals.revenueUsd) / days.length,
      energyUsd: sum((day) =>
        day.totals.energyUsd + day.totals.carbonUsd + day.totals.generatorUsd + day.totals.wearUsd
      ) / days.length,
      carbonKg: sum((day) =>
        day.totals.carbonKg
      ) / days.length,
      transferred: sum((day) => day.totals.transferred) / made,
      violated: sum((day) => day.totals.violated) / Math.max(1, sum((day) => day.totals.arrived)),
      quality: sum((day) => day.totals.quality) / made,
      steps: sum((day) => day.totals.steps) / made,
      batteryCycles: sum((day) => day.batteryCycles) / days.length,
      bestDay: Math.max(...days.map((day) => day.totals.utilityUsd / day.optimumUsd)),
    }];
  });
}
