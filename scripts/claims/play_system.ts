/** What the optimum and cheap policies earn on a system, a seed and some days. */

import type { ImageConfig } from "../../lib/scheduling/config_types.ts";
import {
  constantPolicy,
  createSetup,
  greedyPolicy,
  leastLoadedPolicy,
  type Policy,
  runDay,
  type ScheduleModel,
  shadowLayer,
  type Solver,
} from "../../lib/scheduling/mod.ts";

/** Policies that need no training, by the name they have in tables. */
export const cheapPolicies: Readonly<Record<string, (model: ScheduleModel) => Policy>> = {
  "price chain": (model) => constantPolicy(shadowLayer(model, "price-chain")),
  "hindsight of 7 days": (model) => constantPolicy(shadowLayer(model, "hindsight")),
  "yesterday's mean price": (model) => constantPolicy(shadowLayer(model, "mean-price")),
  "greedy": () => greedyPolicy(),
  "least loaded, 26 steps": () => leastLoadedPolicy(26),
};

/** Means over days of a system with a seed. */
export interface Outcome {
  /** Utility of the optimum a day, US dollars. */
  readonly optimumUsd: number;
  /** Utility of each policy a day, US dollars. */
  readonly policyUsd: Readonly<Record<string, number>>;
  /** Correlation of a site's load with its price in the optimum, mean over sites and days. */
  readonly loadPrice: number;
  /** Energy and wear over revenue in the optimum. */
  readonly energyShare: number;
  /** Steps of an image in the optimum. */
  readonly steps: number;
  /** Share of the images made away from their origin in the optimum. */
  readonly transferred: number;
}

/** Plays the optimum and policies through days. */
export function playSystem(
  solver: Solver,
  config: ImageConfig,
  days: readonly number[],
  policies: readonly string[],
): Outcome {
  const { model, source, hindsight } = createSetup(config, solver);
  const n = model.sites.length;
  const playing = policies.map((name) => [name, cheapPolicies[name]!(model)] as const);
  const policyUsd: Record<string, number> = {};
  for (const name of policies) policyUsd[name] = 0;
  const sums = { optimum: 0, loadPrice: 0, energy: 0, revenue: 0, steps: 0, made: 0, moved: 0 };
  for (const index of days) {
    const day = source.day(index);
    const { utilityUsd, totals } = hindsight.solve(day);
    sums.optimum += utilityUsd;
    sums.energy += totals.energyUsd + totals.wearUsd - totals.storedUsd;
    sums.revenue += totals.revenueUsd;
    sums.steps += totals.steps;
    sums.made += totals.made;
    sums.moved += totals.transferred;
    for (const [name, policy] of playing) {
      policyUsd[name]! += runDay(policy, model, source, hindsight, index).utilityUsd / days.length;
    }
    const { loadKWh } = hindsight.of(day);
    for (let j = 0; j < n; j++) {
      const at = (column: Float64Array): Float64Array => column.filter((_, i) => i % n === j);
      sums.loadPrice += correlation(at(loadKWh), at(day.priceUsdPerKWh)) / n;
    }
  }
  return {
    optimumUsd: sums.optimum / days.length,
    policyUsd,
    loadPrice: sums.loadPrice / days.length,
    energyShare: sums.energy / sums.revenue,
    steps: sums.steps / sums.made,
    transferred: sums.moved / sums.made,
  };
}

function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (a: Float64Array): number => a.reduce((s, v) => s + v, 0) / a.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * (y[i]! - my);
    xx += (v - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
