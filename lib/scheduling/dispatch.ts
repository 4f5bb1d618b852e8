/** The best use of one slot at given shadow prices: a small linear program. */

import type { ScheduleModel } from "./model.ts";
import { emptyDecision, type SlotDecision } from "./simulator.ts";
import { clearDenseProgram, createDenseProgram, type DenseProgram, solveDense } from "./simplex.ts";

/** What a dispatcher is told of a slot. */
export interface DispatchInput {
  /** Jobs of each origin and class that wait, at origin * classes + class. */
  readonly waiting: Float64Array;
  /** Those of them whose last slot this is. */
  readonly urgent: Float64Array;
  /** Market price at each site, US dollars a kWh. */
  readonly priceUsdPerKWh: Float64Array;
  /** Carbon price on a purchased kWh at each site, US dollars. */
  readonly carbonUsdPerKWh: Float64Array;
  /** Renewable energy on offer at each site, kWh. */
  readonly renewableKWh: Float64Array;
  /** PUE of each site. */
  readonly pue: Float64Array;
  /** Stored energy of each site, kWh. */
  readonly storedKWh: Float64Array;
}

/** Values of what is left for later. */
export interface DispatchValues {
  /**
   * Worth of the last kWh when a battery holds `storedKWh`, US dollars; must not rise with it.
   */
  storedUsdPerKWh(site: number, storedKWh: number): number;
  /**
   * Worth of keeping one more job when `kept` of an origin and class are kept, US dollars; must not
   * rise with it.
   */
  keptUsd(origin: number, jobClass: number, kept: number): number;
}

/** Assigns jobs, steps and batteries of a slot. */
export interface Dispatcher {
  /** Returns a new decision that keeps every limit of the simulator. */
  dispatch(input: DispatchInput, values: DispatchValues): SlotDecision;
  /** Pivots of the last call. */
  readonly pivots: number;
}

const kilo = 1000;
const batterySegments = 4;
const keepSegments = 4;

/**
 * A dispatcher for a system.
 *
 * It maximises revenue - energy - transfers - penalties - wear plus the value of the energy stored
 * and of the jobs kept, both concave and cut into segments, subject to the deadlines, capacities
 * and limits of the slot, by a dense simplex that starts from "drop everything, buy the idle load".
 * A generator enters without its no-load cost. While the price with carbon is not positive the
 * battery does not discharge.
 *
 * @param model The compiled system.
 * @return The dispatcher; it reuses its memory between calls.
 */
export function createDispatcher(model: ScheduleModel): Dispatcher {
  const n = model.sites.length;
  const m = model.classes.length;
  const queues = n * m;
  const reachable: [number, number][] = [];
  for (let q = 0; q < queues; q++) {
    for (let j = 0; j < n; j++) {
      if (model.transferUsd[q * n + j]! < Infinity) reachable.push([q, j]);
    }
  }
  // Columns: options of each site, assignments, drops, kept segments, then per site
  // capacity slack, buy, sell, renewable, generator, charge segments, discharge segments.
  const optionStart = new Int32Array(n);
  let columns = 0;
  model.sites.forEach((site, j) => {
    optionStart[j] = columns;
    columns += site.options.length;
  });
  const assignStart = columns;
  const dropStart = assignStart + reachable.length;
  const keepStart = dropStart + queues;
  const siteStart = keepStart + queues * keepSegments;
  const perSite = 5 + 2 * batterySegments;
  columns = siteStart + n * perSite;
  // One row for every job type that a site can do links what is assigned to what is done.
  const w = model.jobTypes;
  const linkRow = new Int32Array(n * w).fill(-1);
  let links = 0;
  model.sites.forEach(({ layout }, j) => {
    for (let type = 0; type < w; type++) {
      if (layout.levels[type]! > 0) linkRow[j * w + type] = queues + links++;
    }
  });
  const rows = queues + links + 2 * n;
  const program = createDenseProgram(rows, columns);
  let pivots = 0;

  const fill = (input: DispatchInput, values: DispatchValues, p: DenseProgram): void => {
    clearDenseProgram(p);
    const put = (row: number, column: number, value: number): void => {
      p.a[row * columns + column] = value;
    };
    const capacityRow = queues + links;
    const energyRow = capacityRow + n;
    for (let j = 0; j < n; j++) {
      const site = model.sites[j]!;
      for (let o = 0; o < site.options.length; o++) {
        const option = site.options[o]!;
        const column = optionStart[j]! + o;
        p.c[column] = option.revenueUsd * kilo;
        put(linkRow[j * w + option.jobType]!, column, 1);
        put(capacityRow + j, column, option.gpuS * kilo / site.capacityS);
        put(energyRow + j, column, -input.pue[j]! * option.dynamicKWh * kilo);
      }
    }
    reachable.forEach(([q, j], i) => {
      const column = assignStart + i;
      p.c[column] = -model.transferUsd[q * n + j]! * kilo;
      put(q, column, 1);
      put(linkRow[j * w + model.classes[q % m]!.jobType]!, column, -1);
    });
    for (let q = 0; q < queues; q++) {
      const waiting = input.waiting[q]!;
      const free = Math.max(0, waiting - input.urgent[q]!);
      p.b[q] = waiting / kilo;
      p.basis[q] = dropStart + q;
      p.c[dropStart + q] = -model.classes[q % m]!.penaltyUsd * kilo;
      put(q, dropStart + q, 1);
      for (let s = 0; s < keepSegments; s++) {
        const column = keepStart + q * keepSegments + s;
        const width = free / keepSegments;
        p.upper[column] = width / kilo;
        put(q, column, 1);
        if (free > 0) {
          p.c[column] = kilo * values.keptUsd(Math.floor(q / m), q % m, (s + 0.5) * width);
        }
      }
    }
    for (let j = 0; j < n; j++) {
      const site = model.sites[j]!;
      const { battery } = site;
      const at = siteStart + j * perSite;
      const price = input.priceUsdPerKWh[j]!;
      const purchase = price + input.carbonUsdPerKWh[j]!;
      for (let type = 0; type < w; type++) {
        const row = linkRow[j * w + type]!;
        if (row >= 0) p.basis[row] = optionStart[j]! + site.layout.first[type]!;
      }
      p.b[capacityRow + j] = 1;
      p.basis[capacityRow + j] = at;
      put(capacityRow + j, at, 1);
      p.b[energyRow + j] = input.pue[j]! * site.idleKWh;
      p.basis[energyRow + j] = at + 1;
      p.c[at + 1] = -purchase;
      put(energyRow + j, at + 1, 1);
      p.c[at + 2] = model.sellFraction * price;
      p.upper[at + 2] = price > 0 ? Infinity : 0;
      put(energyRow + j, at + 2, -1);
      p.upper[at + 3] = input.renewableKWh[j]!;
      put(energyRow + j, at + 3, 1);
      p.c[at + 4] = site.generator === null ? 0 : -site.generator.usdPerKWh;
      p.upper[at + 4] = site.generator?.maximumKWh ?? 0;
      put(energyRow + j, at + 4, 1);
      const stored = input.storedKWh[j]!;
      const charge = Math.max(
        0,
        Math.min(battery.chargeKWh, (battery.capacityKWh - stored) / battery.chargeEfficiency),
      ) / batterySegments;
      const discharge = purchase <= 0 ? 0 : Math.max(
        0,
        Math.min(battery.dischargeKWh, (stored - battery.minimumKWh) * battery.dischargeEfficiency),
      ) / batterySegments;
      for (let s = 0; s < batterySegments; s++) {
        const up = at + 5 + s;
        const down = up + batterySegments;
        p.upper[up] = charge;
        p.upper[down] = discharge;
        put(energyRow + j, up, -1);
        put(energyRow + j, down, 1);
        const above = stored + (s + 0.5) * charge * battery.chargeEfficiency;
        const below = stored - (s + 0.5) * discharge / battery.dischargeEfficiency;
        if (charge > 0) {
          p.c[up] = battery.chargeEfficiency * values.storedUsdPerKWh(j, above) -
            battery.wearUsdPerKWh;
        }
        if (discharge > 0) {
          p.c[down] = -values.storedUsdPerKWh(j, below) / battery.dischargeEfficiency -
            battery.wearUsdPerKWh;
        }
      }
    }
  };

  return {
    get pivots() {
      return pivots;
    },
    dispatch(input, values) {
      fill(input, values, program);
      pivots = solveDense(program);
      const { x } = program;
      const decision = emptyDecision(model);
      const assigned = new Float64Array(n);
      reachable.forEach(([q, j], i) => {
        const images = x[assignStart + i]! * kilo;
        decision.assign[q * n + j] = images;
        assigned[j]! += images;
      });
      for (let j = 0; j < n; j++) {
        const make = decision.make[j]!;
        for (let o = 0; o < make.length; o++) make[o] = x[optionStart[j]! + o]! * kilo;
        const at = siteStart + j * perSite + 5;
        let flow = 0;
        for (let s = 0; s < batterySegments; s++) flow += x[at + s]! - x[at + batterySegments + s]!;
        decision.batteryKWh[j] = flow;
      }
      return decision;
    },
  };
}
