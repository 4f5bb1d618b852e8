/** The environment that a learner of a configuration is trained in. */

import type { ActionLayer } from "./action_layer.ts";
import type { PolicyConfig } from "./config_types.ts";
import { type ScheduleEnvironment, scheduleEnvironment } from "./environment.ts";
import type { Setup } from "./evaluate.ts";
import { flowLayer } from "./flow_layers.ts";
import { type LayerName, layerOf, outlookOf } from "./named_layer.ts";
import { dayStartOf, type Policy } from "./policy.ts";
import { constantPolicy } from "./rule_policies.ts";

/** Environment of a policy: shadow layers are paid what they earn above their untrained constant. */
export function environmentOf(
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
    outlook: name.startsWith("shadow") && name !== "shadow-mean-price"
      ? "hindsight"
      : outlookOf(name),
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
    // Only decisions are played; the layer says what the policy may see.
    layer: { ...flowLayer(setup.model, true), information: policy.information },
    days: [day],
  });
  environment.reset({ day });
  policy.begin(dayStartOf(setup.model, setup.source, setup.hindsight, day, policy.information));
  return Float64Array.from(
    { length: setup.model.slots },
    () => environment.stepDecision(policy.decide(environment.episode.view)).info.utilityUsd,
  );
}
