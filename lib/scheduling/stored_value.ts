/** What stored energy is worth, from days that have passed. */

import { type Day, meanPrices } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { costOf, settle } from "./settlement.ts";

/** Marginal worth of stored energy at every slot and level. */
export interface StoredValue {
  /** Cells between the battery's minimum and capacity. */
  readonly cells: number;
  /** US dollars a kWh after slot t in a cell, at (t * sites + site) * cells + cell. */
  readonly usdPerKWh: Float64Array;
}

/** Number of cells the store is cut into. */
export const cells = 32;

/**
 * The marginal worth of stored energy, averaged over days that are known.
 *
 * For every given day and site a dynamic program over the store finds the best arbitrage against the
 * day's prices, renewables and load; the slope of its value function is the worth of a kWh to
 * somebody who knew that day. The mean over several days is the expected worth to somebody who does
 * not (a sample average, with the optimism that each sample knows its own future). The value is linear
 * between the points of the store, and every kink of a slot's problem is tried, so that the slopes do
 * not rise with the store where prices are positive.
 *
 * @param model The compiled system.
 * @param days Past days.
 * @param loadKWh The site load of each past day, kWh at t * sites + site.
 * @return The slopes, not rising with the store.
 */
export function storedValueOf(
  model: ScheduleModel,
  days: readonly Day[],
  loadKWh: readonly Float64Array[],
): StoredValue {
  const n = model.sites.length;
  const usdPerKWh = new Float64Array(model.slots * n * cells);
  days.forEach((day, d) => {
    const terminal = meanPrices(day, model.slots);
    for (let j = 0; j < n; j++) {
      addSlopes(model, day, loadKWh[d]!, j, 0, terminal[j]!, 1 / days.length, usdPerKWh);
    }
  });
  return { cells, usdPerKWh };
}

/**
 * Adds to `out` the slopes after slots `from` and later of a site's value function.
 *
 * @param model The compiled system.
 * @param day The day, known from slot `from` + 1 on.
 * @param loadKWh Its site load.
 * @param j The site.
 * @param from First slot whose slopes are wanted.
 * @param terminalUsd Worth of a kWh at the day's end.
 * @param weight Factor of the slopes.
 * @param out Where they are added.
 */
export function addSlopes(
  model: ScheduleModel,
  day: Day,
  loadKWh: Float64Array,
  j: number,
  from: number,
  terminalUsd: number,
  weight: number,
  out: Float64Array,
): void {
  const n = model.sites.length;
  const site = model.sites[j]!;
  const { battery } = site;
  const span = battery.capacityKWh - battery.minimumKWh;
  if (span <= 0) return;
  const width = span / cells;
  const points = cells + 1;
  let value = Float64Array.from({ length: points }, (_, i) => terminalUsd * i * width);
  let next = new Float64Array(points);
  for (let t = model.slots - 1; t >= from; t--) {
    const i = t * n + j;
    for (let c = 0; c < cells; c++) {
      out[i * cells + c]! += weight * (value[c + 1]! - value[c]!) / width;
    }
    if (t === from) return;
    const price = day.priceUsdPerKWh[i]!;
    const carbon = model.carbonUsdPerKg * day.carbonKgPerKWh[i]!;
    const load = loadKWh[i]!;
    const renewable = day.renewableKWh[i]!;
    const simple = site.generator === null && price > 0;
    for (let e = 0; e < points; e++) {
      const stored = e * width;
      let best = -Infinity;
      const most = Math.min(battery.chargeKWh, (span - stored) / battery.chargeEfficiency);
      const least = Math.max(-battery.dischargeKWh, -stored * battery.dischargeEfficiency);
      // Flows at which something changes: none, the limits, grid exchange 0, and points of the store.
      const crossed = Math.ceil(most * battery.chargeEfficiency / width) - 1;
      const drained = Math.ceil(-least / battery.dischargeEfficiency / width) - 1;
      for (let move = -drained - 1; move <= crossed + 2; move++) {
        let flow: number;
        if (move > crossed + 1) flow = Math.max(least, Math.min(most, renewable - load));
        else if (move > crossed) flow = most;
        else if (move < -drained) flow = least;
        else if (move >= 0) flow = move * width / battery.chargeEfficiency;
        else flow = move * width * battery.dischargeEfficiency;
        const net = load + flow;
        const cost = simple
          ? (net > renewable
            ? (price + carbon) * (net - renewable)
            : model.sellFraction * price * (net - renewable))
          : costOf(settle(
            price <= 0 ? Math.max(0, net) : net,
            renewable,
            price,
            carbon,
            model.sellFraction,
            site.generator,
          ));
        const at = (stored +
          (flow >= 0 ? flow * battery.chargeEfficiency : flow / battery.dischargeEfficiency)) /
          width;
        const low = Math.max(0, Math.min(cells - 1, Math.floor(at)));
        const after = value[low]! + (at - low) * (value[low + 1]! - value[low]!);
        best = Math.max(best, after - cost - battery.wearUsdPerKWh * Math.abs(flow));
      }
      next[e] = best;
    }
    [value, next] = [next, value];
  }
}

/** The worth of a kWh after a slot at a stored level, linear between the middles of cells. */
export function lookUpStoredValue(
  stored: StoredValue,
  model: ScheduleModel,
  slot: number,
  site: number,
  storedKWh: number,
): number {
  const { battery } = model.sites[site]!;
  const span = battery.capacityKWh - battery.minimumKWh;
  if (span <= 0) return 0;
  const at = (storedKWh - battery.minimumKWh) / span * stored.cells - 0.5;
  const low = Math.max(0, Math.min(stored.cells - 1, Math.floor(at)));
  const high = Math.min(stored.cells - 1, low + 1);
  const part = Math.max(0, Math.min(1, at - low));
  const base = (slot * model.sites.length + site) * stored.cells;
  const a = stored.usdPerKWh[base + low]!;
  return a + part * (stored.usdPerKWh[base + high]! - a);
}
