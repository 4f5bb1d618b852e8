/** Trains what an experiment's policies name, and scores it. */

import type { ExperimentConfig, PolicyConfig } from "./config_types.ts";
import { demonstrate } from "./demonstrate.ts";
import type { Environment } from "./environment.ts";
import { evaluateActions, fractionOfOptimum, type Setup } from "./evaluate.ts";
import { evolve } from "./evolve.ts";
import { createDqn } from "./learning/dqn.ts";
import { imitate } from "./learning/imitate.ts";
import { createArena } from "./learning/kernel.ts";
import type { Learner } from "./learning/learner.ts";
import { shaperOf } from "./learning/named_shaper.ts";
import { createPpo } from "./learning/ppo.ts";
import { createSac, type OffPolicyOptions } from "./learning/sac.ts";
import { createTd3 } from "./learning/td3.ts";
import { type CurvePoint, train } from "./learning/train.ts";
import { quantileBatteryPolicy } from "./rule_policies.ts";
import { sequentialEnvironment } from "./sequential_environment.ts";
import type { Trained, TrainingHooks } from "./training.ts";
import { environmentOf } from "./training_environment.ts";

/** Episodes between validations. */
const chunkEpisodes = 10;
const demonstrationEpochs = 60;

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
