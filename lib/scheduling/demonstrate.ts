/** Demonstrations for imitation: the optima of days. */

import type { ScheduleEnvironment } from "./environment.ts";
import type { Setup } from "./evaluate.ts";
import { flowTarget, shadowTarget } from "./imitation_targets.ts";
import type { Demonstrations } from "./learning/imitate.ts";
import { type LayerName, layerOf, outlookOf } from "./named_layer.ts";
import { dayStartOf } from "./policy.ts";
import { removeRounding } from "./rounding.ts";

/** Plays the optima of days and notes what was seen and which action stands for what was done. */
export function demonstrate(
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
