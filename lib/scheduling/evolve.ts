/** Evolution strategies on the constants of a layer, or on a rule of the shadow layer. */

import { createRandom } from "../random.ts";
import type { ExperimentConfig, PolicyConfig } from "./config_types.ts";
import { evaluateActions, fractionOfOptimum, type Setup } from "./evaluate.ts";
import { createEvolution } from "./learning/evolution.ts";
import type { CurvePoint } from "./learning/train.ts";
import { shadowRuleAction, shadowRuleSize } from "./shadow_rule.ts";
import type { Trained, TrainingHooks } from "./training.ts";
import { environmentOf } from "./training_environment.ts";

/** Searches with a seed and plays the test days with what did best on the validation days. */
export function evolve(
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
