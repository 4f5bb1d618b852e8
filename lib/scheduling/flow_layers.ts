/** The action layers of raw flows and of flows with capacity repair. */

import type { ActionLayer } from "./action_layer.ts";
import { createFlowWish, decisionOfFlows } from "./flows.ts";
import type { ScheduleModel } from "./model.ts";

/**
 * Flows from numbers in [-1, 1], in this order: for every origin one number a destination (softmax of
 * three times the number), for every site its level (-1 least, 1 most), for every origin the
 * share of waiting jobs served now, for every site the battery flow over its rate, and for every
 * site with several GPU frequencies which of them.
 *
 * @param model The compiled system.
 * @param repair Whether an overfull site lowers its steps and then passes work on, rather than
 *     failing what does not fit.
 * @return The layer.
 *
 * @example
 * ```ts
 * import { compileModel, exampleConfig, flowLayer, parseScheduleConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const model = compileModel(parseScheduleConfig(exampleConfig, "easy.yaml"));
 * assert.equal(flowLayer(model, true).size, 18);
 * ```
 */
export function flowLayer(model: ScheduleModel, repair: boolean): ActionLayer {
  const n = model.sites.length;
  const tuned = model.sites.flatMap((site, j) => site.layout.frequencies > 1 ? [j] : []);
  const wish = createFlowWish(model);
  return {
    name: repair ? "repaired-flows" : "raw-flows",
    size: n * n + 3 * n + tuned.length,
    information: { pastDays: 0, today: "past" },
    begin() {},
    decide(view, action) {
      for (let k = 0; k < n; k++) {
        for (let j = 0; j < n; j++) wish.share[k * n + j] = Math.exp(3 * action[k * n + j]!);
      }
      let at = n * n;
      model.sites.forEach((site, j) => {
        wish.level[j] = (action[at + j]! + 1) / 2 * (site.layout.mostLevels - 1);
      });
      at += n;
      for (let k = 0; k < n; k++) {
        wish.serve[k] = Math.max(0, Math.min(1, (action[at + k]! + 1) / 2));
      }
      at += n;
      model.sites.forEach(({ battery }, j) => {
        const flow = action[at + j]!;
        wish.batteryKWh[j] = flow * (flow > 0 ? battery.chargeKWh : battery.dischargeKWh);
      });
      at += n;
      tuned.forEach((j, i) => {
        const count = model.sites[j]!.layout.frequencies;
        const raw = Math.floor((action[at + i]! + 1) / 2 * count);
        wish.frequency[j] = Math.max(0, Math.min(count - 1, raw));
      });
      return decisionOfFlows(view, wish, repair);
    },
  };
}
