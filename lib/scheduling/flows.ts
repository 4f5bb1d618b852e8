/** Decisions from destinations, step levels and battery flows: shared by rules and flow layers. */

import { optionAt, type ScheduleModel, type SiteModel } from "./model.ts";
import type { SlotView } from "./policy.ts";
import { fitBattery } from "./rounding.ts";
import { emptyDecision, type SlotDecision } from "./simulator.ts";

/** What flows are wanted in a slot. */
export interface FlowWish {
  /** Share of an origin's served jobs that goes to a site, at origin * sites + site. */
  readonly share: Float64Array;
  /** Level of each site: 0 least, its most levels - 1 most, fractions mix the two neighbours. */
  readonly level: Float64Array;
  /** Index of each site's frequency mode. */
  readonly frequency: Int32Array;
  /** Share of the jobs that can wait which are served now, by origin. */
  readonly serve: Float64Array;
  /** Energy drawn (+) or given (-) by each battery, kWh. */
  readonly batteryKWh: Float64Array;
}

/** A wish for nothing: own site, least level, serve all, no battery. */
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
 * Jobs of a class go only to sites that can do them, in the shares wished for among those; where none of
 * them has a share, to the first. Without repair an overfull site does only what fits of every
 * assignment; the rest is left waiting, and lost where its deadline passes. With repair its level is
 * first lowered as far as needed (between two levels by interpolation), then what still does not fit is
 * moved to sites with room (at their least level) and only then left waiting.
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
  const w = model.jobTypes;
  const decision = emptyDecision(model);
  const { assign } = decision;
  // By site and job type.
  const assigned = new Float64Array(n * w);
  for (let k = 0; k < n; k++) {
    for (let c = 0; c < m; c++) {
      const q = k * m + c;
      let open = 0;
      let first = -1;
      for (let j = 0; j < n; j++) {
        if (model.transferUsd[q * n + j] === Infinity) continue;
        open += wish.share[k * n + j]!;
        if (first < 0 || j === k) first = j;
      }
      const urgent = view.urgentOf(k, c);
      const served = urgent + wish.serve[k]! * (view.waitingOf(k, c) - urgent);
      for (let j = 0; j < n; j++) {
        if (model.transferUsd[q * n + j] === Infinity) continue;
        const part = open > 0 ? wish.share[k * n + j]! / open : j === first ? 1 : 0;
        assign[q * n + j] = served * part;
        assigned[j * w + model.classes[c]!.jobType]! += served * part;
      }
    }
  }
  if (repair) spill(model, assign, assigned, wish.frequency);
  for (let j = 0; j < n; j++) {
    const site = model.sites[j]!;
    const own = assigned.subarray(j * w, (j + 1) * w);
    const jobs = own.reduce((sum, x) => sum + x, 0);
    if (jobs === 0) continue;
    const share = own.map((x) => x / jobs);
    const frequency = wish.frequency[j]!;
    let level = Math.max(0, Math.min(site.layout.mostLevels - 1, wish.level[j]!));
    if (repair) level = Math.min(level, levelThatFits(site, frequency, share, jobs));
    const fits = site.capacityS / secondsAt(site, frequency, share, level);
    if (jobs > fits) {
      const keep = fits / jobs;
      for (let q = 0; q < n * m; q++) assign[q * n + j]! *= keep;
    }
    const done = Math.min(jobs, fits);
    for (let type = 0; type < w; type++) {
      mix(decision.make[j]!, site, type, frequency, level, done * share[type]!);
    }
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
  decision.make[j]!.forEach((jobs, o) => kWh += jobs * site.options[o]!.dynamicKWh);
  decision.batteryKWh[j] = Math.max(
    decision.batteryKWh[j]!,
    -kWh * view.observed.pue[i]!,
  );
}

/** Mean GPU seconds of a job at a level, for a mix of job types. */
function secondsAt(
  site: SiteModel,
  frequency: number,
  share: Float64Array,
  level: number,
): number {
  let seconds = 0;
  for (let type = 0; type < share.length; type++) {
    const { levels } = site.layout;
    if (share[type] === 0) continue;
    const own = Math.min(level, levels[type]! - 1);
    const low = Math.floor(own);
    const part = own - low;
    const a = site.options[optionAt(site, type, frequency, low)]!.gpuS;
    const each = part === 0
      ? a
      : a + part * (site.options[optionAt(site, type, frequency, low + 1)]!.gpuS - a);
    seconds += share[type]! * each;
  }
  return seconds;
}

/** The highest level at which a number of jobs fits, at least 0. */
function levelThatFits(
  site: SiteModel,
  frequency: number,
  share: Float64Array,
  jobs: number,
): number {
  const top = site.layout.mostLevels - 1;
  const each = jobs > 0 ? site.capacityS * (1 - 1e-12) / jobs : Infinity;
  for (let level = top; level >= 0; level--) {
    const seconds = secondsAt(site, frequency, share, level);
    if (seconds > each) continue;
    const above = level < top ? secondsAt(site, frequency, share, level + 1) : seconds;
    return above > seconds ? level + Math.min(1, (each - seconds) / (above - seconds)) : level;
  }
  return 0;
}

function mix(
  make: Float64Array,
  site: SiteModel,
  type: number,
  frequency: number,
  level: number,
  jobs: number,
): void {
  if (jobs === 0) return;
  const own = Math.min(level, site.layout.levels[type]! - 1);
  const low = Math.floor(own);
  const part = own - low;
  const base = optionAt(site, type, frequency, low);
  make[base] = jobs * (1 - part);
  if (part > 0) make[base + 1] = jobs * part;
}

/** Moves what no site could do even at its least level to sites with room. */
function spill(
  model: ScheduleModel,
  assign: Float64Array,
  assigned: Float64Array,
  frequency: Int32Array,
): void {
  const n = model.sites.length;
  const m = model.classes.length;
  const w = model.jobTypes;
  // Jobs are counted in those of a site's first type that take as long, so that types add up.
  const weight = new Float64Array(n * w);
  const most = model.sites.map((site, j) => {
    const base = site.layout.levels.findIndex((levels) => levels > 0);
    if (base < 0) return 0;
    const least = (type: number): number =>
      site.options[optionAt(site, type, frequency[j]!, 0)]!.gpuS;
    for (let type = 0; type < w; type++) {
      if (site.layout.levels[type]! > 0) weight[j * w + type] = least(type) / least(base);
    }
    return site.capacityS * (1 - 1e-12) / least(base);
  });
  const load = new Float64Array(n);
  const weigh = (j: number): void => {
    load[j] = 0;
    for (let type = 0; type < w; type++) {
      load[j]! += assigned[j * w + type]! * weight[j * w + type]!;
    }
  };
  for (let j = 0; j < n; j++) weigh(j);
  for (let j = 0; j < n; j++) {
    for (let to = 0; to < n && load[j]! > most[j]!; to++) {
      const room = most[to]! - load[to]!;
      if (to === j || room <= 0) continue;
      let leaving = 0;
      let coming = 0;
      for (let q = 0; q < n * m; q++) {
        if (model.transferUsd[q * n + to] === Infinity) continue;
        const { jobType } = model.classes[q % m]!;
        leaving += assign[q * n + j]! * weight[j * w + jobType]!;
        coming += assign[q * n + j]! * weight[to * w + jobType]!;
      }
      const part = Math.min((load[j]! - most[j]!) / leaving, room / coming, 1);
      if (!(part > 0)) continue;
      for (let q = 0; q < n * m; q++) {
        if (model.transferUsd[q * n + to] === Infinity) continue;
        const { jobType } = model.classes[q % m]!;
        const moved = part * assign[q * n + j]!;
        assign[q * n + j]! -= moved;
        assign[q * n + to]! += moved;
        assigned[j * w + jobType]! -= moved;
        assigned[to * w + jobType]! += moved;
      }
      weigh(j);
      weigh(to);
    }
  }
}
