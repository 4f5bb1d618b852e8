/** What past days let one expect of today, as values of energy and jobs left for later. */

import { adaptiveStoredValue } from "./adaptive_value.ts";
import { chainStoredValue } from "./chain_value.ts";
import { type Day, meanPrices } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import type { DayStart, Information, SlotView } from "./policy.ts";
import { sitePricePastDays } from "./site_prices.ts";
import { lookUpStoredValue, type StoredValue } from "./stored_value.ts";

/** Reference values of what is left for later; a shadow action multiplies them. */
export interface Outlook {
  /** Worth of a stored kWh after a slot, US dollars. */
  storedUsdPerKWh(slot: number, site: number, storedKWh: number): number;
  /** Takes in the slot at hand; called before the values of a slot are asked for. */
  see(view: SlotView): void;
  /** Worth of a job kept for the next slot, US dollars. */
  keptUsd(slot: number, origin: number, jobClass: number): number;
}

/** How reference values are made. */
export type OutlookKind = "mean-price" | "hindsight" | "adaptive" | "price-chain" | "day-ahead";

/** What each kind knows. */
export const outlookInformation: Readonly<Record<OutlookKind, Information>> = {
  "mean-price": { pastDays: 1, today: "past" },
  "hindsight": { pastDays: 7, today: "past" },
  "adaptive": { pastDays: 7, today: "past" },
  "price-chain": { pastDays: sitePricePastDays, today: "past" },
  "day-ahead": { pastDays: sitePricePastDays, today: "day-ahead" },
};

/** Past days whose optimum is asked for. */
const optimumDays = 7;

/**
 * Reference values for a day.
 *
 * `mean-price`: a stored kWh is worth yesterday's mean price, a kept job nine tenths of the revenue
 * of the best work it could become less its energy at that price. `hindsight`: the mean, over the
 * past seven days, of what a kWh and a job were worth in that day's optimum at the same time of
 * day (for the battery as a whole curve over the store). `adaptive`: as `hindsight`, but the past
 * days' prices are first moved to what has been seen of today, every slot again. `price-chain`: a kWh is
 * worth what {@linkcode chainStoredValue} finds for somebody who knows how prices of 56 past days
 * strayed from what was expected of them; images as in `hindsight`. `day-ahead`: the same, with the
 * day-ahead prices that are public where a site has them.
 *
 * @param kind Which.
 * @param start The start of the day.
 * @return The values.
 */
export function createOutlook(kind: OutlookKind, start: DayStart): Outlook {
  const past = start.past.slice(0, outlookInformation[kind].pastDays);
  return kind === "mean-price"
    ? meanPriceOutlook(start.model, past)
    : hindsightOutlook(start, past, kind);
}

function meanPriceOutlook(model: ScheduleModel, past: readonly Day[]): Outlook {
  const mean = meanPrices(past[0]!, model.slots).map((price) => Math.max(0, price));
  const n = model.sites.length;
  const m = model.classes.length;
  const kept = Float64Array.from({ length: n * m }, (_, q) => {
    let best = 0;
    model.sites.forEach((site, j) => {
      for (const option of site.options) {
        if (option.jobType !== model.classes[q % m]!.jobType) continue;
        const usd = option.revenueUsd - mean[j]! * past[0]!.pue[j]! * option.dynamicKWh -
          model.transferUsd[q * n + j]!;
        best = Math.max(best, usd);
      }
    });
    return 0.9 * best;
  });
  return {
    see() {},
    storedUsdPerKWh: (_slot, site) => mean[site]!,
    keptUsd: (_slot, origin, jobClass) => kept[origin * m + jobClass]!,
  };
}

function hindsightOutlook(
  start: DayStart,
  past: readonly Day[],
  kind: Exclude<OutlookKind, "mean-price">,
): Outlook {
  const { model, hindsight } = start;
  const n = model.sites.length;
  const m = model.classes.length;
  const known = past.slice(0, optimumDays).map((day) => hindsight.of(day));
  const loads = known.map((day) => day.loadKWh);
  let stored = kind === "hindsight" ? hindsight.storedValue(past) : null;
  let update: ((view: SlotView) => StoredValue) | null = null;
  if (kind === "adaptive") {
    const adaptive = adaptiveStoredValue(model, past, loads);
    update = (view) => adaptive(view.observed, view.slot);
  } else if (kind !== "hindsight") {
    update = chainStoredValue(model, past, loads, kind === "day-ahead");
  }
  // Days whose optimum needed binaries have no shadow prices for jobs.
  const priced = known.filter((day) => !Number.isNaN(day.jobUsd[0]!));
  const jobUsd = new Float64Array(model.slots * n * m);
  for (const day of priced) {
    for (let i = 0; i < jobUsd.length; i++) jobUsd[i]! += day.jobUsd[i]! / priced.length;
  }
  const fallback = priced.length > 0 ? null : meanPriceOutlook(model, past);
  return {
    see(view) {
      if (update !== null) stored = update(view);
    },
    storedUsdPerKWh: (slot, site, kWh) => lookUpStoredValue(stored!, model, slot, site, kWh),
    keptUsd: (slot, origin, jobClass) =>
      fallback?.keptUsd(slot, origin, jobClass) ??
        jobUsd[(Math.min(slot + 1, model.slots - 1) * n + origin) * m + jobClass]!,
  };
}

/** Worth of what a state keeps for later: stored energy and waiting jobs that need not run now. */
export function potentialOf(outlook: Outlook, view: SlotView): number {
  const { model, slot } = view;
  outlook.see(view);
  let usd = 0;
  for (let j = 0; j < model.sites.length; j++) {
    usd += view.storedKWh[j]! * outlook.storedUsdPerKWh(slot, j, view.storedKWh[j]!);
    for (let c = 0; c < model.classes.length; c++) {
      usd += (view.waitingOf(j, c) - view.urgentOf(j, c)) * outlook.keptUsd(slot, j, c);
    }
  }
  return usd;
}
