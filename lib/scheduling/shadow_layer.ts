/** The action layer of shadow prices: values of what is kept, and a convex dispatcher. */

import type { ActionLayer } from "./action_layer.ts";
import { createDispatcher, type Dispatcher, type DispatchInput } from "./dispatch.ts";
import type { ScheduleModel } from "./model.ts";
import { createOutlook, type Outlook, outlookInformation, type OutlookKind } from "./outlook.ts";
import type { SlotView } from "./policy.ts";
import { removeRounding } from "./rounding.ts";

/** Numbers a site (or origin) of the system takes in a shadow action. */
export const shadowNumbers = 4;

/** Numbers of a shadow action. */
export function shadowSize(sites: number, outlook: OutlookKind): number {
  return shadowNumbers * sites + (trustsReference(outlook) ? 1 : 0);
}

/** Whether an action says how far to trust a kind's values: those that know their own future. */
function trustsReference(outlook: OutlookKind): boolean {
  return outlook === "hindsight" || outlook === "adaptive";
}

/**
 * Four numbers a site, each in [-1, 1], in this order: for every site the level a and the concavity b
 * of the value of stored energy, then for every origin the level u and the concavity w of the value of
 * a kept image; and, for `hindsight` and `adaptive`, last the trust c in the reference (w = 1 else):
 *
 * V(E) = (w reference(t, E) + (1 - w) mean price) exp(a / 2) (1 - max(0, b) / 2 (2 soc - 1)) with
 * w = 0.8 + 0.4 c cut to [0, 1],
 * K(q) = reference(t) (1 + u / 10 - max(0, w) / 10 q / q0), with q0 four mean slots of arrivals.
 *
 * The dispatcher then takes the best decision of the slot at these values.
 *
 * @param model The compiled system.
 * @param outlook Which reference values to use.
 * @return The layer; all zeros is its untrained constant.
 *
 * @example
 * ```ts
 * import { compileModel, exampleConfig, parseScheduleConfig, shadowLayer } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const model = compileModel(parseScheduleConfig(exampleConfig, "easy.yaml"));
 * assert.equal(shadowLayer(model, "mean-price").size, 12);
 * ```
 */
export function shadowLayer(model: ScheduleModel, outlook: OutlookKind): ActionLayer {
  const n = model.sites.length;
  const m = model.classes.length;
  const dispatcher: Dispatcher = createDispatcher(model);
  const input = createDispatchInput(model);
  let reference: Outlook | null = null;
  let anchor: Outlook | null = null;
  const trusts = trustsReference(outlook);
  let meanArrivals = new Float64Array(n);
  return {
    name: `shadow-${outlook}`,
    size: shadowSize(n, outlook),
    information: outlookInformation[outlook],
    begin(start) {
      reference = createOutlook(outlook, start);
      anchor = trusts ? createOutlook("mean-price", start) : null;
      meanArrivals = new Float64Array(n);
      const { arrivals } = start.past[0]!;
      for (let i = 0; i < arrivals.length; i++) {
        meanArrivals[Math.floor(i / m) % n]! += arrivals[i]! / model.slots;
      }
    },
    decide(view, action) {
      const expect = reference!;
      expect.see(view);
      fillDispatchInput(input, view);
      const weight = Math.max(0, Math.min(1, 0.8 + 0.4 * (action[4 * n] ?? 0)));
      const expected = (j: number, kWh: number): number => {
        const own = expect.storedUsdPerKWh(view.slot, j, kWh);
        return anchor === null
          ? own
          : weight * own + (1 - weight) * anchor.storedUsdPerKWh(view.slot, j, kWh);
      };
      const decision = dispatcher.dispatch(input, {
        storedUsdPerKWh(j, kWh) {
          const { battery } = model.sites[j]!;
          const soc = kWh / battery.capacityKWh;
          const slope = Math.max(0, action[2 * j + 1]!) / 2;
          return Math.max(0, expected(j, kWh)) *
            Math.exp(action[2 * j]! / 2) * (1 - slope * (2 * soc - 1));
        },
        keptUsd(k, c, kept) {
          const at = 2 * n + 2 * k;
          const slope = Math.max(0, action[at + 1]!) / 10 / Math.max(1, 4 * meanArrivals[k]!);
          return expect.keptUsd(view.slot, k, c) * (1 + action[at]! / 10 - slope * kept);
        },
      });
      return removeRounding(view, decision);
    },
  };
}

/** Memory for a dispatcher's input. */
export function createDispatchInput(model: ScheduleModel): DispatchInput {
  const n = model.sites.length;
  const queues = n * model.classes.length;
  return {
    waiting: new Float64Array(queues),
    urgent: new Float64Array(queues),
    priceUsdPerKWh: new Float64Array(n),
    carbonUsdPerKWh: new Float64Array(n),
    renewableKWh: new Float64Array(n),
    pue: new Float64Array(n),
    storedKWh: new Float64Array(n),
  };
}

/** Fills a dispatcher's input with the slot at hand. */
export function fillDispatchInput(input: DispatchInput, view: SlotView): void {
  const { model, slot, observed } = view;
  const n = model.sites.length;
  const m = model.classes.length;
  for (let q = 0; q < n * m; q++) {
    input.waiting[q] = view.waitingOf(Math.floor(q / m), q % m);
    input.urgent[q] = view.urgentOf(Math.floor(q / m), q % m);
  }
  for (let j = 0; j < n; j++) {
    const i = slot * n + j;
    input.priceUsdPerKWh[j] = observed.priceUsdPerKWh[i]!;
    input.carbonUsdPerKWh[j] = model.carbonUsdPerKg * observed.carbonKgPerKWh[i]!;
    input.renewableKWh[j] = observed.renewableKWh[i]!;
    input.pue[j] = observed.pue[i]!;
    input.storedKWh[j] = view.storedKWh[j]!;
  }
}
