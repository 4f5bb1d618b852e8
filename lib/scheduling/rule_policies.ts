/** Policies that learn nothing: the rules an operator could write down. */

import { createRandom } from "../random.ts";
import type { ActionLayer } from "./action_layer.ts";
import { effectivePrice } from "./day.ts";
import { createDispatcher } from "./dispatch.ts";
import { createFlowWish, decisionOfFlows, type FlowWish } from "./flows.ts";
import { optionAt, type ScheduleModel } from "./model.ts";
import type { Information, Policy, SlotView } from "./policy.ts";
import { removeRounding } from "./rounding.ts";
import { createDispatchInput, fillDispatchInput } from "./shadow_layer.ts";

const nothingButNow: Information = { pastDays: 0, today: "past" };

/** A rule that sets a wish; its flows are repaired. */
function wishPolicy(
  name: string,
  information: Information,
  rule: (view: SlotView, wish: FlowWish) => void,
  begin: Policy["begin"] = () => {},
): Policy {
  return {
    name,
    information,
    begin,
    decide(view) {
      const wish = createFlowWish(view.model);
      rule(view, wish);
      return decisionOfFlows(view, wish, true);
    },
  };
}

function setSteps(model: ScheduleModel, wish: FlowWish, steps: number): void {
  model.sites.forEach((site, j) => {
    const { first, levels, mostLevels } = site.layout;
    const base = first[levels.indexOf(mostLevels)]!;
    let level = 0;
    for (let l = 1; l < mostLevels; l++) if (site.options[base + l]!.steps <= steps) level = l;
    wish.level[j] = level;
  });
}

/** Sends every origin to the site that scores lowest among those it can reach. */
function sendToLowest(view: SlotView, wish: FlowWish, score: (site: number) => number): void {
  const n = view.model.sites.length;
  wish.share.fill(0);
  for (let k = 0; k < n; k++) {
    const open = (j: number): boolean =>
      view.model.classes.some((_, c) =>
        view.model.transferUsd[(k * view.model.classes.length + c) * n + j]! < Infinity
      );
    let best = k;
    for (let j = 0; j < n; j++) if (open(j) && score(j) < score(best)) best = j;
    wish.share[k * n + best] = 1;
  }
}

/**
 * A constant action of a layer.
 *
 * @param layer The action layer.
 * @param action The numbers; default all zero, the untrained constant.
 * @return The policy.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   constantPolicy,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 *   shadowLayer,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(constantPolicy(shadowLayer(model, "mean-price")), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * ```
 */
export function constantPolicy(layer: ActionLayer, action?: ArrayLike<number>): Policy {
  const numbers = action ?? new Float64Array(layer.size);
  return {
    name: action === undefined ? `untrained ${layer.name}` : `constant ${layer.name}`,
    information: layer.information,
    begin: (start) => layer.begin(start),
    decide: (view) => layer.decide(view, numbers),
  };
}

/**
 * Uniform random actions of a layer, the same every time a day is played.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   flowLayer,
 *   loadSolver,
 *   parseScheduleConfig,
 *   randomPolicy,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(randomPolicy(flowLayer(model, true), 1), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * ```
 */
export function randomPolicy(layer: ActionLayer, seed: number): Policy {
  let random = createRandom(seed);
  return {
    name: `random ${layer.name}`,
    information: layer.information,
    begin(start) {
      random = createRandom(seed);
      layer.begin(start);
    },
    decide: (view) =>
      layer.decide(view, Float64Array.from({ length: layer.size }, () => 2 * random.uniform() - 1)),
  };
}

/**
 * Every image at its own site with a fixed number of steps, no battery.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   localPolicy,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(localPolicy(14, true), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * ```
 */
export function localPolicy(steps: number, repair: boolean): Policy {
  return {
    name: `local ${steps} steps${repair ? "" : " unrepaired"}`,
    information: nothingButNow,
    begin() {},
    decide(view) {
      const wish = createFlowWish(view.model);
      setSteps(view.model, wish, steps);
      return decisionOfFlows(view, wish, repair);
    },
  };
}

/**
 * Everything to the site with the lowest price now; what does not fit moves on.
 *
 * @example
 * ```ts
 * import {
 *   cheapestSitePolicy,
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(cheapestSitePolicy(26), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * ```
 */
export function cheapestSitePolicy(steps: number): Policy {
  return wishPolicy("cheapest site", nothingButNow, (view, wish) => {
    setSteps(view.model, wish, steps);
    const base = view.slot * view.model.sites.length;
    sendToLowest(
      view,
      wish,
      (j) => effectivePrice(view.observed, view.model.carbonUsdPerKg, base + j),
    );
  });
}

/**
 * Everything to the site with the lowest grid carbon now; what does not fit moves on.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   greenestSitePolicy,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(greenestSitePolicy(26), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * ```
 */
export function greenestSitePolicy(steps: number): Policy {
  return wishPolicy("greenest site", nothingButNow, (view, wish) => {
    setSteps(view.model, wish, steps);
    const base = view.slot * view.model.sites.length;
    sendToLowest(view, wish, (j) => view.observed.carbonKgPerKWh[base + j]!);
  });
}

/**
 * Waiting images spread so that every site is filled to the same share at the given steps.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   leastLoadedPolicy,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(leastLoadedPolicy(26), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * assert.equal(totals.violated, 0);
 * ```
 */
export function leastLoadedPolicy(steps: number): Policy {
  return wishPolicy("least loaded", nothingButNow, (view, wish) => {
    setSteps(view.model, wish, steps);
    const n = view.model.sites.length;
    for (let k = 0; k < n; k++) {
      view.model.sites.forEach((site, j) => {
        // A mean job, of the classes that the site can do.
        let gpuS = 0;
        let part = 0;
        for (const { jobType, share } of view.model.classes) {
          const levels = site.layout.levels[jobType]!;
          if (levels === 0) continue;
          const level = Math.min(levels - 1, wish.level[j]!);
          gpuS += share * site.options[optionAt(site, jobType, 0, level)]!.gpuS;
          part += share;
        }
        wish.share[k * n + j] = part > 0 ? site.capacityS * part / gpuS : 0;
      });
    }
  });
}

/**
 * Greedy marginal utility: the best use of the slot as if there were no tomorrow: nothing is stored
 * or discharged, nothing kept waiting.
 *
 * @return The policy.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   greedyPolicy,
 *   loadSolver,
 *   parseScheduleConfig,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(greedyPolicy(), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * assert.equal(totals.chargedKWh, 0);
 * ```
 */
export function greedyPolicy(): Policy {
  let dispatch: ((view: SlotView) => ReturnType<Policy["decide"]>) | null = null;
  return {
    name: "greedy marginal utility",
    information: nothingButNow,
    begin({ model }) {
      const dispatcher = createDispatcher(model);
      const input = createDispatchInput(model);
      dispatch = (view) => {
        fillDispatchInput(input, view);
        const decision = dispatcher.dispatch(input, {
          // Worth the price itself: neither charging nor discharging pays.
          storedUsdPerKWh: (j) => input.priceUsdPerKWh[j]!,
          keptUsd: (_k, c) => -model.classes[c]!.penaltyUsd,
        });
        decision.batteryKWh.fill(0);
        return removeRounding(view, decision);
      };
    },
    decide: (view) => dispatch!(view),
  };
}

/**
 * Jobs as the least loaded rule; each battery charges while the price is below a quantile of
 * yesterday's prices and discharges above another.
 *
 * @param steps Steps of every image.
 * @param low Quantile below which it charges; below 0 never.
 * @param high Quantile above which it discharges; above 1 never.
 * @return The policy.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createHindsight,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 *   quantileBatteryPolicy,
 *   runDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const model = compileModel(config);
 * const world = createWorld(config);
 * const hindsight = createHindsight(await loadSolver(), model, world);
 * const totals = runDay(quantileBatteryPolicy(26, 0.25, 0.75), model, world, hindsight, 15);
 * assert.ok(totals.utilityUsd < hindsight.of(world.day(15)).utilityUsd);
 * assert.ok(totals.chargedKWh > 0);
 * ```
 */
export function quantileBatteryPolicy(steps: number, low: number, high: number): Policy {
  let buyBelow = new Float64Array();
  let sellAbove = new Float64Array();
  const jobs = leastLoadedPolicy(steps);
  return {
    name: "price-quantile battery",
    information: { pastDays: 1, today: "past" },
    begin(start) {
      const { model, past } = start;
      const n = model.sites.length;
      const quantile = (j: number, share: number): number => {
        const prices = past[0]!.priceUsdPerKWh.filter((_, i) => i % n === j).sort();
        if (share < 0) return -Infinity;
        return prices[Math.round(share * (prices.length - 1))] ?? Infinity;
      };
      buyBelow = Float64Array.from({ length: n }, (_, j) => quantile(j, low));
      sellAbove = Float64Array.from({ length: n }, (_, j) => quantile(j, high));
    },
    decide(view) {
      const decision = jobs.decide(view);
      const base = view.slot * view.model.sites.length;
      view.model.sites.forEach(({ battery }, j) => {
        const price = view.observed.priceUsdPerKWh[base + j]!;
        if (price <= buyBelow[j]!) decision.batteryKWh[j] = battery.chargeKWh;
        else if (price >= sellAbove[j]! && price > 0) {
          decision.batteryKWh[j] = -battery.dischargeKWh;
        }
      });
      return removeRounding(view, decision);
    },
  };
}
