/** What stored energy is worth to somebody who knows how prices go on, not what they will be. */

import type { Day } from "./day.ts";
import type { ScheduleModel, SiteModel } from "./model.ts";
import type { SlotView } from "./policy.ts";
import { states } from "./price_chain.ts";
import { createSitePrices, expectedPrices, type SitePrices } from "./site_prices.ts";
import { cells, type StoredValue } from "./stored_value.ts";

/** Hours after which the worth is worked out again with what has been seen of today. */
const refreshH = 1;
/** Past days whose mean load and renewables are expected of today. */
const loadDays = 7;

/**
 * The worth of stored energy after each slot, by a stochastic dynamic program over the store and the
 * price's {@linkcode PriceChain}.
 *
 * Unlike the mean over days that are known, nothing in it knows its own future: at every slot the best
 * flow is chosen for each state of the price, and what follows is the mean over the states that can
 * come next. Stored energy is worth at the day's end the mean of the prices seen and expected. It is
 * worked out once an hour; in between the price at hand selects among the states. A generator is left
 * out of it.
 *
 * @param model The compiled system.
 * @param past Past days, latest first.
 * @param loadKWh Site loads of some of them, at t * sites + site.
 * @param dayAhead Whether prices that are public may be used.
 * @return A function of the slot at hand; only the slopes after that slot are filled.
 */
export function chainStoredValue(
  model: ScheduleModel,
  past: readonly Day[],
  loadKWh: readonly Float64Array[],
  dayAhead: boolean,
): (view: SlotView) => StoredValue {
  const { slots } = model;
  const n = model.sites.length;
  const refresh = Math.round(refreshH / model.slotH);
  const mean = (columns: readonly Float64Array[]): Float64Array =>
    columns[0]!.map((_, i) => columns.reduce((sum, c) => sum + c[i]!, 0) / columns.length);
  const load = mean(loadKWh.slice(0, loadDays));
  const renewable = mean(past.slice(0, loadDays).map((day) => day.renewableKWh));
  const carbon = model.carbonUsdPerKg === 0
    ? null
    : mean(past.slice(0, loadDays).map((day) => day.carbonKgPerKWh));
  const prices = model.sites.map((_, j) => createSitePrices(model, past, j, dayAhead));
  const slopes = model.sites.map(() => new Float64Array(slots * states * cells));
  const usdPerKWh = new Float64Array(slots * n * cells);
  const column = new Float64Array(slots);
  let nextRefresh = 0;
  return ({ slot, observed, announcedUsdPerKWh }) => {
    const due = slot >= nextRefresh;
    if (due) nextRefresh = slot + refresh;
    for (let j = 0; j < n; j++) {
      const site = prices[j]!;
      if (due) {
        for (let t = 0; t < slots; t++) column[t] = announcedUsdPerKWh[t * n + j]!;
        site.announce(column);
      }
      const mix = site.mix(slot, observed.priceUsdPerKWh[slot * n + j]!);
      if (due) {
        const ahead = expectedPrices(site, slots, slot, mix);
        let sum = 0;
        for (let t = 0; t < slots; t++) {
          sum += t <= slot ? observed.priceUsdPerKWh[t * n + j]! : ahead[t]!;
        }
        fillSlopes(slopes[j]!, {
          slots,
          from: slot,
          to: Math.min(slots, slot + refresh),
          site: model.sites[j]!,
          prices: site,
          sellFraction: model.sellFraction,
          loadKWh: (t) => load[t * n + j]!,
          renewableKWh: (t) => renewable[t * n + j]!,
          carbonUsd: (t) => carbon === null ? 0 : model.carbonUsdPerKg * carbon[t * n + j]!,
          terminalUsd: Math.max(0, sum / slots),
        });
      }
      const low = (slot * states + mix.state) * cells;
      for (let c = 0; c < cells; c++) {
        const [a, b] = [slopes[j]![low + c]!, slopes[j]![low + cells + c]!];
        usdPerKWh[(slot * n + j) * cells + c] = a + mix.upper * (b - a);
      }
    }
    return { cells, usdPerKWh };
  };
}

/** A site's problem from a slot on. */
interface SiteProblem {
  readonly slots: number;
  /** Slot at hand: the first whose slopes are wanted. */
  readonly from: number;
  /** Slot after the last whose slopes are wanted. */
  readonly to: number;
  readonly site: SiteModel;
  readonly prices: SitePrices;
  readonly sellFraction: number;
  readonly loadKWh: (slot: number) => number;
  readonly renewableKWh: (slot: number) => number;
  /** Carbon price on a purchased kWh. */
  readonly carbonUsd: (slot: number) => number;
  /** Worth of a kWh at the day's end. */
  readonly terminalUsd: number;
}

/** Fills the slopes after slots from to `to` - 1, at (t * states + state) * cells + cell. */
function fillSlopes(out: Float64Array, problem: SiteProblem): void {
  const { slots, from, to, prices, terminalUsd } = problem;
  const { battery } = problem.site;
  const span = battery.capacityKWh - battery.minimumKWh;
  if (span <= 0) return;
  const width = span / cells;
  const points = cells + 1;
  const moves = movesOf(problem.site, width);
  const value = Float64Array.from(
    { length: states * points },
    (_, i) => terminalUsd * (i % points) * width,
  );
  const after = new Float64Array(states * points);
  for (let t = slots - 1; t >= from; t--) {
    if (t === slots - 1) after.set(value);
    else expectNext(after, value, prices.transition(t), points);
    if (t < to) {
      for (let b = 0; b < states; b++) {
        for (let c = 0; c < cells; c++) {
          const i = b * points + c;
          out[(t * states + b) * cells + c] = (after[i + 1]! - after[i]!) / width;
        }
      }
    }
    if (t === from) return;
    const load = problem.loadKWh(t);
    const surplus = problem.renewableKWh(t) - load;
    for (let b = 0; b < states; b++) {
      const price = prices.priceOf(t, b);
      const buy = price + problem.carbonUsd(t);
      const sell = price > 0 ? problem.sellFraction * price : 0;
      for (let e = 0; e < points; e++) {
        const most = Math.min(
          battery.chargeKWh,
          (span - e * width) / battery.chargeEfficiency,
        );
        // Who is paid to take energy takes all of it: no renewables, no discharge.
        const least = buy <= 0
          ? 0
          : Math.max(-battery.dischargeKWh, -e * width * battery.dischargeEfficiency);
        let best = -Infinity;
        for (let i = -3; i < moves.length; i++) {
          // The limits, grid exchange 0, nothing, and points of the store.
          const flow = i === -3
            ? most
            : i === -2
            ? least
            : i === -1
            ? Math.max(least, Math.min(most, surplus))
            : moves[i]!;
          if (flow > most || flow < least) continue;
          const net = buy <= 0 ? load + flow : flow - surplus;
          const stored = flow >= 0
            ? flow * battery.chargeEfficiency
            : flow / battery.dischargeEfficiency;
          const at = Math.max(0, Math.min(cells, e + stored / width));
          const low = Math.min(cells - 1, Math.floor(at));
          const a = after[b * points + low]!;
          const usd = a + (at - low) * (after[b * points + low + 1]! - a) -
            (net > 0 ? buy : sell) * net - battery.wearUsdPerKWh * Math.abs(flow);
          if (usd > best) best = usd;
        }
        value[b * points + e] = best;
      }
    }
  }
}

/** Flows that lead from one point of the store to another within a slot's limits, and none. */
function movesOf({ battery }: SiteModel, width: number): number[] {
  const moves = [0];
  const up = Math.floor(battery.chargeKWh * battery.chargeEfficiency / width);
  const down = Math.floor(battery.dischargeKWh / battery.dischargeEfficiency / width);
  for (let k = 1; k <= up; k++) moves.push(k * width / battery.chargeEfficiency);
  for (let k = 1; k <= down; k++) moves.push(-k * width * battery.dischargeEfficiency);
  return moves;
}

/** The mean of the next slot's value over the states that can follow each state. */
function expectNext(
  after: Float64Array,
  value: Float64Array,
  step: Float64Array,
  points: number,
): void {
  after.fill(0);
  for (let b = 0; b < states; b++) {
    for (let c = 0; c < states; c++) {
      const p = step[b * states + c]!;
      if (p === 0) continue;
      for (let e = 0; e < points; e++) after[b * points + e]! += p * value[c * points + e]!;
    }
  }
}
