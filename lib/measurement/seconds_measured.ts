import { createIntegrator, type Integrator } from "../power/integrate.ts";
import type { PowerSeries } from "../power/series.ts";

/**
 * Seconds in which a series was measured, as the energy of a watt with the same readings: gaps count
 * for nothing, exactly as in the energy of the series.
 */
export function secondsMeasured(series: PowerSeries): Integrator {
  return createIntegrator(oneWatt(series), { minSamples: 0 });
}

function oneWatt(series: PowerSeries): PowerSeries {
  switch (series.quantity) {
    case "power":
      return { ...series, powerW: new Float64Array(series.timeS.length).fill(1) };
    case "counter":
      return { ...series, energyJ: series.timeS.map((timeS) => timeS - series.timeS[0]!) };
    case "interval":
      return { ...series, intervalJ: series.durationS };
  }
}
