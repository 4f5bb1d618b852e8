/** Actions of a layer that come closest to what the optimum did. */

import type { DayOptimum } from "./optimum.ts";
import { createOutlook, type Outlook, type OutlookKind } from "./outlook.ts";
import type { DayStart, SlotView } from "./policy.ts";
import { shadowSize } from "./shadow_layer.ts";

/** Projects the optimum of a slot on a layer's numbers. */
export interface ImitationTarget {
  /** Called before the first slot of a day. */
  begin(start: DayStart, optimum: DayOptimum): void;
  /** The action that stands for what the optimum does in the slot. */
  target(view: SlotView): Float32Array;
}

const clip = (x: number): number => Math.max(-1, Math.min(1, x));

/** Projection on the numbers of a flow layer. */
export function flowTarget(): ImitationTarget {
  let optimum: DayOptimum | null = null;
  return {
    begin(_start, best) {
      optimum = best;
    },
    target(view) {
      const { model, slot } = view;
      const decision = optimum!.decisions[slot]!;
      const n = model.sites.length;
      const m = model.classes.length;
      const tuned = model.sites.flatMap((site, j) => site.layout.frequencies > 1 ? [j] : []);
      const out = new Float32Array(n * n + 3 * n + tuned.length);
      for (let k = 0; k < n; k++) {
        const sent = new Float64Array(n);
        let served = 0;
        let urgent = 0;
        let waiting = 0;
        for (let c = 0; c < m; c++) {
          urgent += view.urgentOf(k, c);
          waiting += view.waitingOf(k, c);
          for (let j = 0; j < n; j++) {
            sent[j]! += decision.assign[(k * m + c) * n + j]!;
            served += decision.assign[(k * m + c) * n + j]!;
          }
        }
        const most = Math.max(1e-9, ...sent);
        // softmax of 3 a: the largest share stands at 1, exp(-6) of it at -1.
        for (let j = 0; j < n; j++) {
          out[k * n + j] = served > 0 ? clip(1 + Math.log(Math.max(1e-9, sent[j]! / most)) / 3) : 0;
        }
        const free = waiting - urgent;
        out[n * n + n + k] = free > 1e-6 ? clip(2 * (served - urgent) / free - 1) : 1;
      }
      model.sites.forEach((site, j) => {
        const make = decision.make[j]!;
        const { first, levels, mostLevels, frequencies } = site.layout;
        let sum = 0;
        let level = 0;
        const modes = new Float64Array(frequencies);
        make.forEach((jobs, o) => {
          const type = site.options[o]!.jobType;
          const own = o - first[type]!;
          sum += jobs;
          level += jobs * (own % levels[type]!);
          modes[Math.floor(own / levels[type]!)]! += jobs;
        });
        out[n * n + j] = sum > 0 && mostLevels > 1
          ? clip(2 * level / sum / (mostLevels - 1) - 1)
          : 1;
        const flow = decision.batteryKWh[j]!;
        const { battery } = site;
        const rate = flow > 0 ? battery.chargeKWh : battery.dischargeKWh;
        out[n * n + 2 * n + j] = rate > 0 ? clip(flow / rate) : 0;
        const at = tuned.indexOf(j);
        if (at >= 0) {
          const mode = modes.indexOf(Math.max(...modes));
          out[n * n + 3 * n + at] = clip(2 * (mode + 0.5) / modes.length - 1);
        }
      });
      return out;
    },
  };
}

/** Projection of the optimum's shadow prices on the numbers of a shadow layer. */
export function shadowTarget(kind: OutlookKind): ImitationTarget {
  let optimum: DayOptimum | null = null;
  let reference: Outlook | null = null;
  return {
    begin(start, best) {
      optimum = best;
      reference = createOutlook(kind, start);
    },
    target(view) {
      const { model, slot } = view;
      reference!.see(view);
      const { storedUsdPerKWh, jobUsd } = optimum!.prices;
      const n = model.sites.length;
      const m = model.classes.length;
      const out = new Float32Array(shadowSize(n, kind));
      const next = Math.min(slot + 1, model.slots - 1);
      for (let j = 0; j < n; j++) {
        const expected = reference!.storedUsdPerKWh(slot, j, view.storedKWh[j]!);
        const actual = storedUsdPerKWh[slot * n + j]!;
        if (expected > 0 && actual > 0) out[2 * j] = clip(2 * Math.log(actual / expected));
        // The last class is the one that can wait longest.
        const kept = reference!.keptUsd(slot, j, m - 1);
        const job = jobUsd[(next * n + j) * m + m - 1]!;
        if (kept > 0) out[2 * n + 2 * j] = clip(10 * (job / kept - 1));
      }
      return out;
    },
  };
}
