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
const cells = 32;

/**
 * The marginal worth of stored energy, averaged over days that are known.
 *
 * For every given day and site a dynamic program over the store finds the best arbitrage against the
 * day's prices, renewables and load; the slope of its value function is the worth of a kWh to
 * somebody who knew that day. The mean over several days is the expected worth to somebody who does
 * not (a sample average, with the optimism that each sample knows its own future).
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
      addSlopes(model, day, loadKWh[d]!, j, terminal[j]!, 1 / days.length, usdPerKWh);
    }
  });
  return { cells, usdPerKWh };
}

function addSlopes(
  model: ScheduleModel,
  day: Day,
  loadKWh: Float64Array,
  j: number,
  terminalUsd: number,
  weight: number,
  out: Float64Array,
): void {
  const n = model.sites.length;
  const site = model.sites[j]!;
  const { battery } = site;
  const width = (battery.capacityKWh - battery.minimumKWh) / cells;
  if (width <= 0) return;
  const points = cells + 1;
  // Whole cells that a slot's charge and discharge can cross; at least one.
  const up = Math.max(1, Math.floor(battery.chargeKWh * battery.chargeEfficiency / width + 1e-9));
  const down = Math.max(
    1,
    Math.floor(battery.dischargeKWh / battery.dischargeEfficiency / width + 1e-9),
  );
  let value = Float64Array.from({ length: points }, (_, i) => terminalUsd * i * width);
  let next = new Float64Array(points);
  const cost = new Float64Array(up + down + 1);
  for (let t = model.slots - 1; t >= 0; t--) {
    const i = t * n + j;
    for (let c = 0; c < cells; c++) {
      out[i * cells + c]! += weight * (value[c + 1]! - value[c]!) / width;
    }
    const price = day.priceUsdPerKWh[i]!;
    const carbon = model.carbonUsdPerKg * day.carbonKgPerKWh[i]!;
    for (let move = -down; move <= up; move++) {
      const flow = move >= 0
        ? move * width / battery.chargeEfficiency
        : move * width * battery.dischargeEfficiency;
      const load = Math.max(price <= 0 ? 0 : -Infinity, loadKWh[i]! + flow);
      cost[move + down] = battery.wearUsdPerKWh * Math.abs(flow) + costOf(
        settle(load, day.renewableKWh[i]!, price, carbon, model.sellFraction, site.generator),
      );
    }
    for (let e = 0; e < points; e++) {
      let best = -Infinity;
      for (let move = Math.max(-down, -e); move <= Math.min(up, cells - e); move++) {
        best = Math.max(best, value[e + move]! - cost[move + down]!);
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
