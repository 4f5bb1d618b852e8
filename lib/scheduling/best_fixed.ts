/** The best fixed policy of a kind on the validation days. */

import type { Setup } from "./evaluate.ts";
import { type LayerName, layerOf } from "./named_layer.ts";
import { type Policy, runDay } from "./policy.ts";
import { constantPolicy, quantileBatteryPolicy } from "./rule_policies.ts";

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
