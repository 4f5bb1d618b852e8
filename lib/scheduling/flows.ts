/** Decisions from destinations, step levels and battery flows: shared by rules and flow layers. */

import type { ScheduleModel, SiteModel } from "./model.ts";
import type { SlotView } from "./policy.ts";
import { fitBattery } from "./rounding.ts";
import { emptyDecision, type SlotDecision } from "./simulator.ts";

/** What flows are wanted in a slot. */
export interface FlowWish {
  /** Share of an origin's served images that goes to a site, at origin * sites + site. */
  readonly share: Float64Array;
  /** Step level of each site: 0 fewest, options - 1 most, fractions mix the two neighbours. */
  readonly level: Float64Array;
  /** Index of each site's frequency mode. */
  readonly frequency: Int32Array;
  /** Share of the images that can wait which are served now, by origin. */
  readonly serve: Float64Array;
  /** Energy drawn (+) or given (-) by each battery, kWh. */
  readonly batteryKWh: Float64Array;
}

/** Step counts of a site, without the frequency modes. */
export function stepCount(site: SiteModel): number {
  return site.options.filter((option) => option.frequency === site.options[0]!.frequency).length;
}

/** Frequency modes of a site. */
export function frequencyCount(site: SiteModel): number {
  return site.options.length / stepCount(site);
}

/** A wish for nothing: own site, fewest steps, serve all, no battery. */
export function createFlowWish(model: ScheduleModel): FlowWish {
  const n = model.sites.length;
  const share = new Float64Array(n * n);
  for (let k = 0; k < n; k++) share[k * n + k] = 1;
  return {
    share,
    level: new Float64Array(n),
    frequency: new Int32Array(n),
    serve: new Float64Array(n).fill(1),
    batteryKWh: new Float64Array(n),
  };
}

/**
 * The decision that comes closest to a wish.
 *
 * Without repair an overfull site makes only what fits of every assignment; the rest is left waiting,
 * and lost where its deadline passes. With repair its step level is first lowered as far as needed
 * (between two levels by interpolation), then what still does not fit is moved to sites with room
 * (at their fewest steps) and only then left waiting.
 *
 * @param view The slot.
 * @param wish What is wanted.
 * @param repair Whether to repair.
 * @return A decision within capacity.
 */
export function decisionOfFlows(view: SlotView, wish: FlowWish, repair: boolean): SlotDecision {
  const { model } = view;
  const n = model.sites.length;
  const m = model.classes.length;
  const decision = emptyDecision(model);
  const { assign } = decision;
  const assigned = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let open = 0;
    for (let j = 0; j < n; j++) {
      if (model.transferUsd[k * n + j]! < Infinity) open += wish.share[k * n + j]!;
    }
    for (let c = 0; c < m; c++) {
      const q = k * m + c;
      const urgent = view.urgentOf(k, c);
      const served = urgent + wish.serve[k]! * (view.waitingOf(k, c) - urgent);
      for (let j = 0; j < n; j++) {
        if (model.transferUsd[k * n + j] === Infinity) continue;
        const part = open > 0 ? wish.share[k * n + j]! / open : j === k ? 1 : 0;
        assign[q * n + j] = served * part;
        assigned[j]! += served * part;
      }
    }
  }
  if (repair) spill(model, assign, assigned, wish.frequency);
  for (let j = 0; j < n; j++) {
    const site = model.sites[j]!;
    let level = Math.max(0, Math.min(stepCount(site) - 1, wish.level[j]!));
    if (repair) level = Math.min(level, levelThatFits(site, wish.frequency[j]!, assigned[j]!));
    const fits = site.capacityS / secondsAt(site, wish.frequency[j]!, level);
    if (assigned[j]! > fits) {
      const keep = fits / assigned[j]!;
      for (let q = 0; q < n * m; q++) assign[q * n + j]! *= keep;
      assigned[j] = fits;
    }
    mix(decision.make[j]!, site, wish.frequency[j]!, level, assigned[j]!);
  }
  decision.batteryKWh.set(fitBattery(model, view.storedKWh, wish.batteryKWh));
  for (let j = 0; j < n; j++) keepFromExporting(view, decision, j);
  return decision;
}

/** At a price that is not positive a battery gives no more than the site takes. */
function keepFromExporting(view: SlotView, decision: SlotDecision, j: number): void {
  const i = view.slot * view.model.sites.length + j;
  if (view.observed.priceUsdPerKWh[i]! > 0) return;
  const site = view.model.sites[j]!;
  let kWh = site.idleKWh;
  decision.make[j]!.forEach((images, o) => kWh += images * site.options[o]!.dynamicKWh);
  decision.batteryKWh[j] = Math.max(
    decision.batteryKWh[j]!,
    -kWh * view.observed.pue[i]!,
  );
}

function secondsAt(site: SiteModel, frequency: number, level: number): number {
  const base = frequency * stepCount(site);
  const low = Math.floor(level);
  const part = level - low;
  const a = site.options[base + low]!.gpuS;
  return part === 0 ? a : a + part * (site.options[base + low + 1]!.gpuS - a);
}

/** The highest level at which a number of images fits, at least 0. */
function levelThatFits(site: SiteModel, frequency: number, images: number): number {
  const base = frequency * stepCount(site);
  const each = images > 0 ? site.capacityS * (1 - 1e-12) / images : Infinity;
  for (let level = stepCount(site) - 1; level >= 0; level--) {
    const seconds = site.options[base + level]!.gpuS;
    if (seconds > each) continue;
    const above = level + 1 < stepCount(site) ? site.options[base + level + 1]!.gpuS : seconds;
    return above > seconds ? level + Math.min(1, (each - seconds) / (above - seconds)) : level;
  }
  return 0;
}

function mix(
  make: Float64Array,
  site: SiteModel,
  frequency: number,
  level: number,
  images: number,
): void {
  const base = frequency * stepCount(site);
  const low = Math.floor(level);
  const part = level - low;
  make[base + low] = images * (1 - part);
  if (part > 0) make[base + low + 1] = images * part;
}

/** Moves what no site could make even at its fewest steps to sites with room. */
function spill(
  model: ScheduleModel,
  assign: Float64Array,
  assigned: Float64Array,
  frequency: Int32Array,
): void {
  const n = model.sites.length;
  const most = model.sites.map((site, j) =>
    site.capacityS * (1 - 1e-12) / site.options[frequency[j]! * stepCount(site)]!.gpuS
  );
  for (let j = 0; j < n; j++) {
    for (let to = 0; to < n && assigned[j]! > most[j]!; to++) {
      const room = most[to]! - assigned[to]!;
      if (to === j || room <= 0) continue;
      let movable = 0;
      for (let i = j; i < assign.length; i += n) {
        const k = Math.floor(Math.floor(i / n) / model.classes.length);
        if (model.transferUsd[k * n + to]! < Infinity) movable += assign[i]!;
      }
      const part = Math.min(assigned[j]! - most[j]!, room, movable) / movable;
      if (!(part > 0)) continue;
      for (let i = j; i < assign.length; i += n) {
        const k = Math.floor(Math.floor(i / n) / model.classes.length);
        if (model.transferUsd[k * n + to] === Infinity) continue;
        const moved = part * assign[i]!;
        assign[i]! -= moved;
        assign[i - j + to]! += moved;
        assigned[j]! -= moved;
        assigned[to]! += moved;
      }
    }
  }
}
