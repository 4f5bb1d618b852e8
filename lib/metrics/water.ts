/** Water that electricity costs. */

import { add, type Estimate, type Figure, multiply, scale } from "./estimate.ts";
import { figure, noFigure } from "./figure.ts";
import { joulesPerKwh } from "./units.ts";

/** Litres per kilowatt-hour, on the site and at the power plants. */
export interface WaterIntensity {
  /** Water usage effectiveness: site water / IT energy (ISO/IEC 30134-9), in L/kWh. */
  readonly siteLPerKwh?: Estimate;
  /** Water consumed by electricity generation / electricity, in L/kWh. */
  readonly gridLPerKwh?: Estimate;
}

/** Litres of water. */
export interface Water {
  /** Consumed on the site: WUE x IT energy. */
  readonly site: Figure;
  /** Consumed in generating the electricity: intensity x facility energy. */
  readonly grid: Figure;
  /** Both; only there when both are. */
  readonly total: Figure;
}

/**
 * Water consumed by cooling on the site and by generating the electricity.
 *
 * Site water goes with IT energy (the definition of WUE), grid water with the energy of the whole
 * facility. The two errors are independent.
 *
 * @param itJ Energy of the IT equipment, in joules: node scope.
 * @param facilityJ Energy of the facility, in joules.
 * @param intensity Litres per kWh.
 * @return Litres.
 *
 * @example
 * ```ts
 * import { estimate, waterOf } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const water = waterOf(estimate(3.6e6), estimate(4.5e6), {
 *   siteLPerKwh: estimate(0.36, { basis: "declared" }),
 *   gridLPerKwh: estimate(4.35, { basis: "declared" }),
 * });
 * assert.ok(Math.abs(water.total.value! - (0.36 + 4.35 * 1.25)) < 1e-12);
 * ```
 */
export function waterOf(itJ: Estimate, facilityJ: Estimate, intensity: WaterIntensity): Water {
  const of = (energyJ: Estimate, perKwh: Estimate | undefined, reason: string): Figure =>
    perKwh === undefined
      ? noFigure("L", reason)
      : figure(scale(multiply(energyJ, perKwh), 1 / joulesPerKwh), "L", "no-energy");
  const site = of(itJ, intensity.siteLPerKwh, "no-wue");
  const grid = of(facilityJ, intensity.gridLPerKwh, "no-grid-intensity");
  const total = site.value === null || grid.value === null
    ? noFigure("L", "a-part-is-missing")
    : figure(add([site, grid], "independent"), "L");
  return { site, grid, total };
}
