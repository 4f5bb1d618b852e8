/** What a site does about its energy in a slot once load and battery are decided. */

import type { GeneratorModel } from "./model.ts";

/** The energy flows of a site in a slot, kWh, and their cost. */
export interface Settlement {
  /** Bought from the grid. */
  buyKWh: number;
  /** Sold to the grid. */
  sellKWh: number;
  /** Renewable energy left unused. */
  curtailedKWh: number;
  /** From the generator. */
  generatorKWh: number;
  /** Purchase less sale at the market price, US dollars. */
  energyUsd: number;
  /** Carbon price on the purchase, US dollars. */
  carbonUsd: number;
  /** Fuel, carbon and no-load cost of the generator, US dollars. */
  generatorUsd: number;
}

/**
 * The cheapest settlement of a load: curtailment, purchase, sale and generator.
 *
 * Nothing is exported while the price is not positive: renewables are curtailed down to what the
 * load takes, and all of them when the price with carbon is negative.
 *
 * @param loadKWh Site load and charging less discharging; may be negative when the price is positive.
 * @param renewableKWh On offer.
 * @param price Market price, US dollars a kWh.
 * @param carbonUsdPerKWh Carbon price on a purchased kWh.
 * @param sellFraction Sale price over purchase price.
 * @param generator The site's generator, or null.
 * @return The flows and their cost.
 */
export function settle(
  loadKWh: number,
  renewableKWh: number,
  price: number,
  carbonUsdPerKWh: number,
  sellFraction: number,
  generator: GeneratorModel | null,
): Settlement {
  let best = trade(loadKWh, renewableKWh, price, carbonUsdPerKWh, sellFraction);
  if (generator !== null) {
    const { minimumKWh, maximumKWh } = generator;
    const imports = Math.min(maximumKWh, Math.max(minimumKWh, loadKWh - renewableKWh));
    for (const kWh of [minimumKWh, imports, maximumKWh]) {
      if (price <= 0 && kWh > loadKWh) continue;
      const option = trade(loadKWh - kWh, renewableKWh, price, carbonUsdPerKWh, sellFraction);
      option.generatorKWh = kWh;
      option.generatorUsd = generator.noLoadUsd + generator.usdPerKWh * kWh;
      if (costOf(option) < costOf(best)) best = option;
    }
  }
  return best;
}

/** Total cost of a settlement, US dollars. */
export function costOf(settlement: Settlement): number {
  return settlement.energyUsd + settlement.carbonUsd + settlement.generatorUsd;
}

function trade(
  loadKWh: number,
  renewableKWh: number,
  price: number,
  carbonUsdPerKWh: number,
  sellFraction: number,
): Settlement {
  const purchase = price + carbonUsdPerKWh;
  let used = renewableKWh;
  if (purchase < 0) used = 0;
  else if (price <= 0) used = Math.min(renewableKWh, Math.max(0, loadKWh));
  const net = loadKWh - used;
  const buyKWh = Math.max(0, net);
  const sellKWh = Math.max(0, -net);
  return {
    buyKWh,
    sellKWh,
    curtailedKWh: renewableKWh - used,
    generatorKWh: 0,
    energyUsd: price * (buyKWh - sellFraction * sellKWh),
    carbonUsd: carbonUsdPerKWh * buyKWh,
    generatorUsd: 0,
  };
}
