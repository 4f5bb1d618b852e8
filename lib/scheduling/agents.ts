/** Trains what an experiment's policies name, and scores it. */

import { createRandom } from "../random.ts";
import type { ActionLayer } from "./action_layer.ts";
import type { ExperimentConfig, PolicyConfig } from "./config_types.ts";
import { type Environment, type ScheduleEnvironment, scheduleEnvironment } from "./environment.ts";
import { type DayResult, evaluateActions, fractionOfOptimum, type Setup } from "./evaluate.ts";
import { flowLayer } from "./flow_layers.ts";
import { flowTarget, shadowTarget } from "./imitation_targets.ts";
import { createDenseHead, createDiffusionHead } from "./learning/diffusion.ts";
import { createDqn } from "./learning/dqn.ts";
import { createEvolution } from "./learning/evolution.ts";
import { rndShaping, sasrShaping } from "./learning/exploration_shapers.ts";
import { type Demonstrations, imitate } from "./learning/imitate.ts";
import { type Arena, createArena } from "./learning/kernel.ts";
import type { Learner } from "./learning/learner.ts";
import { createPpo } from "./learning/ppo.ts";
import { rewardAgentShaping } from "./learning/reward_agent.ts";
import { createSac, type OffPolicyOptions } from "./learning/sac.ts";
import {
  constantShaping,
  noiseShaping,
  noShaping,
  potentialShaping,
  type Shaper,
} from "./learning/shaper.ts";
import { createTd3 } from "./learning/td3.ts";
import { type CurvePoint, train, type TrainingState } from "./learning/train.ts";
import type { OutlookKind } from "./outlook.ts";
import { dayStartOf, type Policy, runDay } from "./policy.ts";
import { constantPolicy, quantileBatteryPolicy } from "./rule_policies.ts";
import { removeRounding } from "./rounding.ts";
import { sequentialEnvironment } from "./sequential_environment.ts";
import { shadowLayer } from "./shadow_layer.ts";
import { shadowRuleAction, shadowRuleSize } from "./shadow_rule.ts";

/** A trained policy with its scores. */
export interface Trained {
  /** Results on the test days. */
  readonly days: readonly DayResult[];
  /** Learning curve: fraction of the optimum on the validation days. */
  readonly curve: readonly CurvePoint[];
}

/** What a training run reports and where it goes on. */
export interface TrainingHooks {
  /** A line about the progress and the share done. */
  readonly onProgress?: (done: number, line: string) => void;
  /** The state after every chunk, for a checkpoint. */
  readonly onState?: (state: TrainingState) => void;
  /** A state to go on with. */
  readonly resume?: TrainingState;
}

/** Episodes between validations. */
const chunkEpisodes = 10;
const demonstrationEpochs = 60;

/** Action layers by the names used in configurations. */
export type LayerName = NonNullable<PolicyConfig["layer"]>;

/** The layer of a name. */
export function layerOf(setup: Setup, name: LayerName): ActionLayer {
  switch (name) {
    case "raw":
      return flowLayer(setup.model, false);
    case "repaired":
      return flowLayer(setup.model, true);
    case "shadow-mean-price":
      return shadowLayer(setup.model, "mean-price");
    case "shadow-hindsight":
      return shadowLayer(setup.model, "hindsight");
    case "shadow-adaptive":
      return shadowLayer(setup.model, "adaptive");
  }
}

function outlookOf(name: LayerName): OutlookKind {
  if (name === "shadow-adaptive") return "adaptive";
  return name === "shadow-hindsight" ? "hindsight" : "mean-price";
}

/** Environment of a policy: shadow layers are paid what they earn above their untrained constant. */
function environmentOf(
  setup: Setup,
  name: LayerName,
  config: PolicyConfig,
  days: readonly number[],
): ScheduleEnvironment {
  const layer = layerOf(setup, name);
  const sparsity = config.sparsity ?? "dense";
  const typical = setup.hindsight.of(setup.source.day(days[0]!)).utilityUsd / setup.model.slots;
  const paired = sparsity === "dense" &&
    (name.startsWith("shadow") || config.kind === "imitation-sac");
  const shaping = config.shaping ?? "none";
  return scheduleEnvironment({
    ...setup,
    layer,
    days,
    sparsity,
    // What a learner sees need not be worked out again every slot.
    outlook: name === "shadow-adaptive" ? "hindsight" : outlookOf(name),
    rewardScaleUsd: paired ? typical / 10 : typical,
    ...(paired && { baseline: untrainedUtility(setup, layerOf(setup, name)) }),
    ...(shaping === "potential" && { potential: "mean-price" as const }),
    ...(shaping === "dual-potential" && { potential: "hindsight" as const }),
  });
}

/** Utility of the untrained constant in every slot of a day, played once. */
function untrainedUtility(setup: Setup, layer: ActionLayer): (day: number) => Float64Array {
  const known = new Map<number, Float64Array>();
  const constant = constantPolicy(layer);
  return (day) => {
    let utility = known.get(day);
    if (utility === undefined) {
      utility = slotUtilities(setup, constant, day);
      known.set(day, utility);
    }
    return utility;
  };
}

function slotUtilities(setup: Setup, policy: Policy, day: number): Float64Array {
  const environment = scheduleEnvironment({
    ...setup,
    layer: flowLayer(setup.model, true),
    days: [day],
  });
  environment.reset({ day });
  policy.begin(dayStartOf(setup.model, setup.source, setup.hindsight, day, policy.information));
  return Float64Array.from(
    { length: setup.model.slots },
    () => environment.stepDecision(policy.decide(environment.episode.view)).info.utilityUsd,
  );
}

function shaperOf(
  config: PolicyConfig,
  arena: Arena,
  observationSize: number,
  actionSize: number,
  gamma: number,
  seed: number,
): Shaper {
  const { eta = 0.4, denoisingSteps = 5, latent = 32, width = 64, batch = 64 } = config;
  const shared = {
    arena,
    observationSize,
    actionSize,
    rows: batch,
    eta,
    gamma,
    seed: seed + 1000,
  };
  switch (config.shaping ?? "none") {
    case "constant":
      return constantShaping(eta);
    case "noise":
      return noiseShaping(eta);
    case "potential":
      return potentialShaping("potential", eta, gamma);
    case "dual-potential":
      return potentialShaping("dual-potential", eta, gamma);
    case "rnd":
      return rndShaping(arena, observationSize, batch, eta, seed + 1000);
    case "sasr":
      return sasrShaping(observationSize, eta, seed + 1000);
    case "dense-network":
      return rewardAgentShaping({
        ...shared,
        name: "dense-network",
        form: "corrected",
        head: (size, random) => createDenseHead(arena, size, width, batch, random),
      });
    case "diffusion-published":
    case "diffusion-corrected":
      return rewardAgentShaping({
        ...shared,
        name: config.shaping!,
        form: config.shaping === "diffusion-published" ? "published" : "corrected",
        head: (size, random) =>
          createDiffusionHead(arena, size, latent, denoisingSteps, width, batch, random),
      });
    default:
      return noShaping();
  }
}

/**
 * Trains the policy of a configuration with a seed and plays the test days with what did best on the
 * validation days.
 *
 * @param setup System and days.
 * @param experiment The experiment that names the days.
 * @param config The policy.
 * @param seed The seed.
 * @param hooks Progress, checkpoints and resume.
 * @return Scores and learning curve.
 */
export function trainPolicy(
  setup: Setup,
  experiment: ExperimentConfig,
  config: PolicyConfig,
  seed: number,
  hooks: TrainingHooks = {},
): Trained {
  if (config.kind === "evolution" || config.kind === "evolution-features") {
    return evolve(setup, experiment, config, seed, hooks);
  }
  const { trainDays, validationDays, testDays } = experiment;
  const name = config.layer ?? "repaired";
  const { width = 64, batch = 64, budget = 20_000 } = config;
  const arena = createArena(64);
  const gamma = config.sparsity === "day-end" ? 0.99 : 0.97;
  let environment: Environment;
  let learner: Learner;
  if (config.kind === "dqn") {
    const sequential = sequentialEnvironment(
      {
        ...setup,
        days: trainDays,
        sparsity: config.sparsity ?? "dense",
        rewardScaleUsd: setup.hindsight.of(setup.source.day(trainDays[0]!)).utilityUsd /
          setup.model.slots,
      },
      quantileBatteryPolicy(30, 0.25, 0.75),
    );
    environment = sequential;
    learner = createDqn({
      arena,
      observationSize: sequential.observationSpace.size,
      actions: sequential.actions,
      seed,
      width,
      batch,
      // The discount of a slot spread over its decisions.
      gamma: gamma ** (1 / (setup.model.sites.length * setup.model.classes.length)),
      exploreSteps: Math.round(budget / 2),
    });
  } else {
    const continuous = environmentOf(setup, name, config, trainDays);
    environment = continuous;
    const observationSize = continuous.observationSpace.size;
    const actionSize = continuous.actionSpace.size;
    const sizes = { arena, observationSize, actionSize, seed, width, batch, gamma };
    if (config.kind === "ppo") learner = createPpo(sizes);
    else {
      const cloned = config.kind.startsWith("imitation")
        ? imitate(
          arena,
          demonstrate(setup, name, continuous, trainDays),
          seed,
          demonstrationEpochs,
          width,
        ).parameters
        : null;
      const options: OffPolicyOptions = {
        ...sizes,
        shaper: shaperOf(config, arena, observationSize, actionSize, gamma, seed),
        capacity: Math.min(100_000, budget + 1000),
        ...(cloned !== null && { start: cloned, startPenalty: 20, actorRate: 1e-4 }),
      };
      learner = config.kind === "td3" ? createTd3(options) : createSac(options);
    }
  }
  const act = (observation: Float32Array): Float32Array => learner.act(observation, null);
  const score = (): number =>
    fractionOfOptimum(evaluateActions(setup, environment, act, validationDays));
  let curve: readonly CurvePoint[];
  if (config.kind === "imitation") curve = [{ steps: 0, score: score() }];
  else {
    const state = train({
      learner,
      environment,
      budget,
      chunkEpisodes,
      seed,
      validate: score,
      keep: config.keep ?? "best",
      ...(hooks.resume !== undefined && { resume: hooks.resume }),
      onChunk(at) {
        const last = at.curve.at(-1)!;
        hooks.onProgress?.(
          last.steps / budget,
          `${last.steps} steps, ${(100 * last.score).toFixed(1)} % of the optimum`,
        );
        hooks.onState?.(at);
      },
    });
    curve = state.curve;
  }
  return { days: evaluateActions(setup, environment, act, testDays), curve };
}

/** Plays the optima of days and notes what was seen and which action stands for what was done. */
function demonstrate(
  setup: Setup,
  name: LayerName,
  environment: ScheduleEnvironment,
  days: readonly number[],
): Demonstrations {
  const target = name.startsWith("shadow") ? shadowTarget(outlookOf(name)) : flowTarget();
  const { information } = layerOf(setup, name);
  const { slots } = setup.model;
  const observationSize = environment.observationSpace.size;
  const actionSize = environment.actionSpace.size;
  const usable = days.filter((day) =>
    !Number.isNaN(setup.hindsight.of(setup.source.day(day)).jobUsd[0]!)
  );
  const observations = new Float32Array(usable.length * slots * observationSize);
  const actions = new Float32Array(usable.length * slots * actionSize);
  usable.forEach((day, d) => {
    const optimum = setup.hindsight.solve(setup.source.day(day));
    target.begin(dayStartOf(setup.model, setup.source, setup.hindsight, day, information), optimum);
    let { observation } = environment.reset({ day });
    optimum.decisions.forEach((decision, t) => {
      const row = d * slots + t;
      observations.set(observation, row * observationSize);
      actions.set(target.target(environment.episode.view), row * actionSize);
      observation = environment.stepDecision(
        removeRounding(environment.episode.view, decision),
      ).observation;
    });
  });
  return {
    rows: usable.length * slots,
    observationSize,
    actionSize,
    observation: observations,
    action: actions,
  };
}

/** Evolution strategies on the constants of a layer, or on a rule of the shadow layer. */
function evolve(
  setup: Setup,
  experiment: ExperimentConfig,
  config: PolicyConfig,
  seed: number,
  hooks: TrainingHooks,
): Trained {
  const { trainDays, validationDays, testDays } = experiment;
  const name = config.layer ?? "shadow-hindsight";
  const environment = environmentOf(setup, name, { ...config, sparsity: "dense" }, trainDays);
  const sites = setup.model.sites.length;
  const ruled = config.kind === "evolution-features";
  const size = ruled ? shadowRuleSize(sites) : environment.actionSpace.size;
  const actor = (parameters: Float64Array) => (observation: Float32Array): ArrayLike<number> =>
    ruled
      ? shadowRuleAction(parameters, observation, environment.observationNames, sites)
      : parameters.map((x) => Math.max(-1, Math.min(1, x)));
  const scoreOf = (parameters: Float64Array, days: readonly number[]): number =>
    fractionOfOptimum(evaluateActions(setup, environment, actor(parameters), days));
  const pairs = 8;
  const daysEach = Math.min(4, trainDays.length);
  const { budget = 100_000 } = config;
  const perGeneration = 2 * pairs * daysEach * setup.model.slots;
  const generations = Math.max(1, Math.round(budget / perGeneration));
  const search = createEvolution(new Float64Array(size), pairs, 0.2, 0.2);
  let best = Float64Array.from(search.mean);
  let bestScore = scoreOf(best, validationDays);
  const curve: CurvePoint[] = [{ steps: 0, score: bestScore }];
  for (let g = 0; g < generations; g++) {
    const random = createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(g + 1, 0x27d4eb2f));
    const days = Array.from(
      { length: daysEach },
      () => trainDays[random.integer(trainDays.length)]!,
    );
    const candidates = search.ask(random);
    search.tell(candidates, candidates.map((candidate) => scoreOf(candidate, days)));
    if ((g + 1) % 5 !== 0 && g + 1 < generations) continue;
    const score = scoreOf(search.mean, validationDays);
    curve.push({ steps: (g + 1) * perGeneration, score });
    hooks.onProgress?.(
      (g + 1) / generations,
      `generation ${g + 1}, ${(100 * score).toFixed(1)} % of the optimum`,
    );
    if (score > bestScore) {
      bestScore = score;
      best = Float64Array.from(search.mean);
    }
  }
  return { days: evaluateActions(setup, environment, actor(best), testDays), curve };
}

/** The best constant of a layer on the validation days, from a small grid. */
export function bestConstant(
  setup: Setup,
  name: LayerName,
  validationDays: readonly number[],
): Policy {
  const layer = layerOf(setup, name);
  const n = setup.model.sites.length;
  const candidates: Float64Array[] = [];
  if (name.startsWith("shadow")) {
    const trusts = layer.size > 4 * n ? [-1, -0.5, 0, 0.5] : [0];
    for (const trust of trusts) {
      for (const level of [-0.2, 0, 0.2]) {
        for (const kept of [-0.3, 0]) {
          const action = new Float64Array(layer.size);
          for (let j = 0; j < n; j++) {
            action[2 * j] = level;
            action[2 * n + 2 * j] = kept;
          }
          if (layer.size > 4 * n) action[4 * n] = trust;
          candidates.push(action);
        }
      }
    }
  } else {
    for (let level = 0; level < 10; level++) {
      for (const stay of [0, 0.2, 1]) {
        const action = new Float64Array(layer.size);
        for (let k = 0; k < n; k++) action[k * n + k] = stay;
        action.fill(2 * level / 9 - 1, n * n, n * n + n);
        action.fill(1, n * n + n, n * n + 2 * n);
        candidates.push(action);
      }
    }
  }
  return bestOf(setup, candidates.map((action) => constantPolicy(layer, action)), validationDays);
}

/** The best steps and battery quantiles of the price-quantile rule on the validation days. */
export function bestRule(setup: Setup, validationDays: readonly number[]): Policy {
  const candidates: Policy[] = [];
  for (const steps of new Set(setup.model.sites[0]!.options.map((option) => option.steps))) {
    for (const [low, high] of [[-1, 2], [0.15, 0.85], [0.25, 0.75], [0.35, 0.65]] as const) {
      // Quantiles outside 0 to 1 leave the battery alone.
      candidates.push(quantileBatteryPolicy(steps, low, high));
    }
  }
  return bestOf(setup, candidates, validationDays);
}

function bestOf(setup: Setup, policies: readonly Policy[], days: readonly number[]): Policy {
  let best = policies[0]!;
  let most = -Infinity;
  for (const policy of policies) {
    let sum = 0;
    for (const day of days) {
      sum += runDay(policy, setup.model, setup.source, setup.hindsight, day).utilityUsd;
    }
    if (sum > most) {
      most = sum;
      best = policy;
    }
  }
  return best;
}
