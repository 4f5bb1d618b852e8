/** What a learner sees of a slot: numbers near [-1, 1], and where each comes from. */

import type { Outlook } from "./outlook.ts";
import { createOutlook, outlookInformation, type OutlookKind } from "./outlook.ts";
import type { DayStart, Information, SlotView } from "./policy.ts";

/** Slots that the last number of an observation looks back. */
export const calmWindow = 8;

/** Turns a slot into numbers. */
export interface Observer {
  /** Numbers it writes. */
  readonly size: number;
  /** Their names, in order. */
  readonly names: readonly string[];
  /** What it knows. */
  readonly information: Information;
  /** Called before the first slot of a day. */
  begin(start: DayStart): void;
  /** Writes the slot's numbers. */
  observe(view: SlotView, out: Float32Array): void;
}

/**
 * Time of day, then per site: price now over yesterday's mean, its rank among yesterday's, mean of
 * yesterday's prices over the next 2 and 8 hours, renewable energy now, state of charge, reference
 * value of stored energy; per origin: arrivals now, waiting, urgent, and yesterday's arrivals over the
 * next 2 hours; last, how many of the latest eight slots in a row missed no deadline.
 *
 * @param sites Number of sites.
 * @param outlook Reference values used.
 * @return The observer.
 */
export function slotObserver(sites: number, outlook: OutlookKind): Observer {
  const names = ["sin", "cos", "time"];
  for (let j = 0; j < sites; j++) {
    for (
      const name of ["price", "rank", "next2h", "next8h", "renewable", "charge", "storedValue"]
    ) names.push(`${name}${j}`);
  }
  for (let k = 0; k < sites; k++) {
    for (const name of ["arrivals", "waiting", "urgent", "expected"]) names.push(`${name}${k}`);
  }
  names.push("calm");
  let start: DayStart | null = null;
  let reference: Outlook | null = null;
  let meanPrice = new Float64Array(sites);
  let sorted: Float64Array[] = [];
  let meanArrivals = 1;
  return {
    size: names.length,
    names,
    information: outlookInformation[outlook],
    begin(at) {
      start = at;
      reference = createOutlook(outlook, at);
      const { priceUsdPerKWh, arrivals } = at.past[0]!;
      sorted = Array.from(
        { length: sites },
        (_, j) => priceUsdPerKWh.filter((_, i) => i % sites === j).sort(),
      );
      meanPrice = Float64Array.from(
        sorted,
        (list) => Math.max(1e-3, list.reduce((a, b) => a + b, 0) / list.length),
      );
      meanArrivals = Math.max(
        1,
        arrivals.reduce((a, b) => a + b, 0) / at.model.slots / sites,
      );
    },
    observe(view, out) {
      const { model, slot, observed } = view;
      const n = sites;
      const m = model.classes.length;
      const yesterday = start!.past[0]!;
      reference!.see(view);
      const phase = 2 * Math.PI * slot / model.slots;
      let at = 0;
      out[at++] = Math.sin(phase);
      out[at++] = Math.cos(phase);
      out[at++] = 2 * slot / model.slots - 1;
      const ahead = (hours: number, value: (t: number) => number): number => {
        const end = Math.min(model.slots, slot + 1 + Math.round(hours / model.slotH));
        let sum = 0;
        for (let t = slot + 1; t < end; t++) sum += value(t);
        return end > slot + 1 ? sum / (end - slot - 1) : value(slot);
      };
      for (let j = 0; j < n; j++) {
        const { battery, idleKWh } = model.sites[j]!;
        const price = observed.priceUsdPerKWh[slot * n + j]!;
        const scaled = (value: number): number => clip(value / meanPrice[j]! - 1);
        out[at++] = scaled(price);
        out[at++] = 2 * rankOf(sorted[j]!, price) - 1;
        out[at++] = scaled(ahead(2, (t) => yesterday.priceUsdPerKWh[t * n + j]!));
        out[at++] = scaled(ahead(8, (t) => yesterday.priceUsdPerKWh[t * n + j]!));
        out[at++] = clip(observed.renewableKWh[slot * n + j]! / Math.max(1e-9, 4 * idleKWh) - 1);
        out[at++] = battery.capacityKWh > 0 ? 2 * view.storedKWh[j]! / battery.capacityKWh - 1 : 0;
        out[at++] = scaled(reference!.storedUsdPerKWh(slot, j, view.storedKWh[j]!));
      }
      for (let k = 0; k < n; k++) {
        let arrived = 0;
        let waiting = 0;
        let urgent = 0;
        for (let c = 0; c < m; c++) {
          arrived += observed.arrivals[(slot * n + k) * m + c]!;
          waiting += view.waitingOf(k, c);
          urgent += view.urgentOf(k, c);
        }
        const scaled = (images: number): number => clip(images / meanArrivals / 2 - 1);
        out[at++] = scaled(arrived);
        out[at++] = scaled(waiting / 2);
        out[at++] = scaled(urgent);
        out[at++] = scaled(ahead(2, (t) => {
          let sum = 0;
          for (let c = 0; c < m; c++) sum += yesterday.arrivals[(t * n + k) * m + c]!;
          return sum;
        }));
      }
      out[at] = Math.min(calmWindow, view.calmSlots) / calmWindow * 2 - 1;
    },
  };
}

function clip(x: number): number {
  return Math.max(-2, Math.min(4, x));
}

/** Share of a sorted list below a value. */
function rankOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}
