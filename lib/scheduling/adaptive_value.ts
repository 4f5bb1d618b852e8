/** What stored energy is worth now, from past days moved to what is seen of today. */

import { type Day, meanPrices } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { addSlopes, cells, type StoredValue } from "./stored_value.ts";

/** Slots whose median deviation from the past counts as today's level. */
const levelSlots = 8;
/** What is left after a slot of today's level, of the rest of the present deviation, and of the ratio. */
const [levelDecay, restDecay, ratioDecay] = [0.95, 0.8, 0.95];

/**
 * The worth of stored energy after a slot: half from every past day for itself, half from their mean.
 *
 * Past days are moved to today before the dynamic program of {@linkcode storedValueOf} runs on them:
 * each by the median of today's deviations from the past days' median over the last two hours (which
 * a short spike does not touch; it decays by 0.95 a quarter of an hour) and by the rest of the present
 * deviation (0.8); their mean by the present ratio to it (0.95). The constants were chosen on 2022's
 * published prices.
 *
 * @param model The compiled system.
 * @param past Past days, latest first.
 * @param loadKWh Their site loads.
 * @return A function of today so far and the slot; only the slopes after that slot are filled.
 */
export function adaptiveStoredValue(
  model: ScheduleModel,
  past: readonly Day[],
  loadKWh: readonly Float64Array[],
): (observed: Day, slot: number) => StoredValue {
  const n = model.sites.length;
  const { slots } = model;
  const perQuarter = model.slotH / 0.25;
  const [level, rest, ratio] = [levelDecay, restDecay, ratioDecay].map((d) => d ** perQuarter);
  const window = Math.round(levelSlots / perQuarter);
  const average = (columns: readonly Float64Array[]): Float64Array =>
    columns[0]!.map((_, i) =>
      columns.reduce((sum, column) => sum + column[i]!, 0) / columns.length
    );
  const mean: Day = {
    ...past[0]!,
    priceUsdPerKWh: average(past.map((day) => day.priceUsdPerKWh)),
    renewableKWh: average(past.map((day) => day.renewableKWh)),
    carbonKgPerKWh: average(past.map((day) => day.carbonKgPerKWh)),
  };
  const meanLoad = average(loadKWh);
  const middle = mean.priceUsdPerKWh.map((_, i) =>
    medianOf(past.map((day) => day.priceUsdPerKWh[i]!))
  );
  const terminal = past.map((day) => meanPrices(day, slots));
  const meanTerminal = meanPrices(mean, slots);
  const usdPerKWh = new Float64Array(slots * n * cells);
  const moved = new Float64Array(slots * n);
  return (observed, slot) => {
    usdPerKWh.fill(0, slot * n * cells);
    for (let j = 0; j < n; j++) {
      const now = observed.priceUsdPerKWh[slot * n + j]!;
      const deviations: number[] = [];
      for (let t = Math.max(0, slot - window + 1); t <= slot; t++) {
        deviations.push(observed.priceUsdPerKWh[t * n + j]! - middle[t * n + j]!);
      }
      const slow = medianOf(deviations);
      const fast = now - middle[slot * n + j]! - slow;
      past.forEach((day, d) => {
        let [a, b] = [slow, fast];
        for (let t = slot + 1; t < slots; t++) {
          a *= level!;
          b *= rest!;
          moved[t * n + j] = day.priceUsdPerKWh[t * n + j]! + a + b;
        }
        addSlopes(
          model,
          { ...day, priceUsdPerKWh: moved },
          loadKWh[d]!,
          j,
          slot,
          terminal[d]![j]!,
          0.5 / past.length,
          usdPerKWh,
        );
      });
      const then = mean.priceUsdPerKWh[slot * n + j]!;
      let excess = then > 0 ? Math.max(-1, Math.min(4, now / then - 1)) : 0;
      for (let t = slot + 1; t < slots; t++) {
        excess *= ratio!;
        moved[t * n + j] = mean.priceUsdPerKWh[t * n + j]! * (1 + excess);
      }
      addSlopes(
        model,
        { ...mean, priceUsdPerKWh: moved },
        meanLoad,
        j,
        slot,
        meanTerminal[j]!,
        0.5,
        usdPerKWh,
      );
    }
    return { cells, usdPerKWh };
  };
}

function medianOf(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half]! + sorted[half - 1]!) / 2;
}
