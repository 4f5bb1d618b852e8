/** Plays one day: decisions in, energy, money and violations out. */

import { type Day, meanPrices } from "./day.ts";
import type { ScheduleModel } from "./model.ts";
import { settle } from "./settlement.ts";

/** What is done in a slot. */
export interface SlotDecision {
  /** Jobs of an origin and class sent to a site, at (origin * classes + class) * sites + site. */
  readonly assign: Float64Array;
  /** Jobs done at each site by each of its options; each job type's sum is what was assigned to it. */
  readonly make: readonly Float64Array[];
  /** Energy drawn from the bus by each battery (+) or given to it (-), kWh. */
  readonly batteryKWh: Float64Array;
}

/** Sums over the slots played, money in US dollars. */
export interface DayTotals {
  /** Revenue less every cost, with the change of stored energy once the day is over. */
  utilityUsd: number;
  /** From jobs. */
  revenueUsd: number;
  /** Purchase less sale of energy. */
  energyUsd: number;
  /** Carbon price. */
  carbonUsd: number;
  /** Generator. */
  generatorUsd: number;
  /** Transfers. */
  transferUsd: number;
  /** Missed deadlines. */
  penaltyUsd: number;
  /** Battery wear. */
  wearUsd: number;
  /** Value of the change of stored energy over the day. */
  storedUsd: number;
  /** Emissions, kg CO2. */
  carbonKg: number;
  /** Bought, kWh. */
  boughtKWh: number;
  /** Sold, kWh. */
  soldKWh: number;
  /** Renewable energy curtailed, kWh. */
  curtailedKWh: number;
  /** Site energy with PUE, kWh. */
  siteKWh: number;
  /** Charged at the bus, kWh. */
  chargedKWh: number;
  /** Jobs that arrived. */
  arrived: number;
  /** Jobs made. */
  made: number;
  /** Jobs made away from their origin. */
  transferred: number;
  /** Jobs that missed their deadline. */
  violated: number;
  /** Sum over jobs of their quality. */
  quality: number;
  /** Sum over jobs of their steps. */
  steps: number;
  /** Largest share of a site's GPU seconds used beyond its capacity in any slot; 0 or rounding. */
  capacityResidual: number;
  /** Largest relative error of an energy or battery balance in any slot. */
  balanceError: number;
}

/** A day in progress. */
export interface Simulator {
  /** The compiled system. */
  readonly model: ScheduleModel;
  /** Slot to be decided next. */
  readonly slot: number;
  /** Stored energy of each battery, kWh. */
  readonly storedKWh: Float64Array;
  /** Waiting jobs by age in slots (age 0 = this slot), at (origin * classes + class) * ages + age. */
  readonly waiting: Float64Array;
  /** Length of the age axis of `waiting`. */
  readonly ages: number;
  /** Sums so far. */
  readonly totals: DayTotals;
  /** Waiting jobs of an origin and class. */
  waitingOf(origin: number, jobClass: number): number;
  /** Waiting jobs of an origin and class whose last slot is this one. */
  urgentOf(origin: number, jobClass: number): number;
  /** Plays the slot and returns its utility; throws when the decision is impossible. */
  play(decision: SlotDecision): number;
}

const tolerance = 1e-9;

/** An all-zero decision. */
export function emptyDecision(model: ScheduleModel): SlotDecision {
  const n = model.sites.length;
  return {
    assign: new Float64Array(n * model.classes.length * n),
    make: model.sites.map((site) => new Float64Array(site.options.length)),
    batteryKWh: new Float64Array(n),
  };
}

/**
 * Starts a day.
 *
 * Waiting jobs of a class are served oldest first. Jobs of a deadline D that arrive in slot t may
 * run in slots t to t + D, and in no case after the day's end. In every slot the capacity, the energy
 * balance (bought - sold + renewable - curtailed + generator = site + charge - discharge) and the
 * battery balance (change = efficiency x charge - discharge / efficiency) are asserted to 1e-9.
 *
 * @param model The compiled system.
 * @param day The day to play.
 * @return The simulator, before its first slot.
 */
export function createSimulator(model: ScheduleModel, day: Day): Simulator {
  const n = model.sites.length;
  const m = model.classes.length;
  const ages = 1 + Math.max(...model.classes.map((item) => item.deadlineSlots));
  const storedKWh = Float64Array.from(model.sites, (site) => site.battery.initialKWh);
  const waiting = new Float64Array(n * m * ages);
  const totals = zeroTotals();
  const terminal = meanPrices(day, model.slots);
  let slot = 0;

  const arrive = (): void => {
    if (slot >= model.slots) return;
    for (let q = 0; q < n * m; q++) {
      const images = day.arrivals[slot * n * m + q]!;
      waiting[q * ages] = images;
      totals.arrived += images;
    }
  };
  const waitingOf = (origin: number, jobClass: number): number => {
    let sum = 0;
    const base = (origin * m + jobClass) * ages;
    for (let age = 0; age < ages; age++) sum += waiting[base + age]!;
    return sum;
  };
  const lastAge = (jobClass: number): number =>
    Math.max(0, model.classes[jobClass]!.deadlineSlots - (slot === model.slots - 1 ? ages : 0));
  const urgentOf = (origin: number, jobClass: number): number => {
    let sum = 0;
    const base = (origin * m + jobClass) * ages;
    for (let age = lastAge(jobClass); age < ages; age++) sum += waiting[base + age]!;
    return sum;
  };

  const serve = (decision: SlotDecision, assigned: Float64Array): number => {
    let transferUsd = 0;
    for (let q = 0; q < n * m; q++) {
      const k = Math.floor(q / m);
      let sum = 0;
      for (let j = 0; j < n; j++) {
        const images = decision.assign[q * n + j]!;
        if (images === 0) continue;
        const cost = model.transferUsd[q * n + j]!;
        if (!(images >= 0) || cost === Infinity) {
          throw new Error(`impossible assignment of ${images} images from ${k} to ${j}`);
        }
        transferUsd += images * cost;
        if (j !== k) totals.transferred += images;
        assigned[j * model.jobTypes + model.classes[q % m]!.jobType]! += images;
        sum += images;
      }
      const have = waitingOf(k, q % m);
      if (sum > have * (1 + tolerance) + tolerance) {
        throw new Error(`${sum} images assigned where ${have} wait`);
      }
      for (let age = ages - 1; age >= 0 && sum > 0; age--) {
        const taken = Math.min(sum, waiting[q * ages + age]!);
        waiting[q * ages + age]! -= taken;
        sum -= taken;
      }
    }
    totals.transferUsd += transferUsd;
    return -transferUsd;
  };

  const age = (): number => {
    let penaltyUsd = 0;
    for (let q = 0; q < n * m; q++) {
      const { penaltyUsd: each, deadlineSlots } = model.classes[q % m]!;
      const base = q * ages;
      const last = slot === model.slots - 1 ? 0 : deadlineSlots;
      for (let a = ages - 1; a >= last; a--) {
        // Rounding of a flow that served everything is not a missed job.
        if (waiting[base + a]! > 1e-6) {
          totals.violated += waiting[base + a]!;
          penaltyUsd += each * waiting[base + a]!;
        }
        waiting[base + a] = 0;
      }
      waiting.copyWithin(base + 1, base, base + ages - 1);
      waiting[base] = 0;
    }
    totals.penaltyUsd += penaltyUsd;
    return -penaltyUsd;
  };

  const runSite = (j: number, assigned: Float64Array, decision: SlotDecision): number => {
    const site = model.sites[j]!;
    const { battery } = site;
    const make = decision.make[j]!;
    const done = new Float64Array(model.jobTypes);
    let images = 0;
    let gpuS = 0;
    let dynamicKWh = 0;
    let revenueUsd = 0;
    for (let o = 0; o < make.length; o++) {
      const made = make[o]!;
      if (made === 0) continue;
      if (!(made >= 0)) throw new Error(`${made} images made at ${site.name}`);
      const option = site.options[o]!;
      images += made;
      done[option.jobType]! += made;
      gpuS += made * option.gpuS;
      dynamicKWh += made * option.dynamicKWh;
      revenueUsd += made * option.revenueUsd;
      totals.quality += made * option.quality;
      totals.steps += made * option.steps;
    }
    for (let type = 0; type < done.length; type++) {
      const want = assigned[j * model.jobTypes + type]!;
      if (Math.abs(done[type]! - want) > tolerance * Math.max(1, want)) {
        throw new Error(`${done[type]} jobs done at ${site.name} where ${want} were assigned`);
      }
    }
    const residual = gpuS / site.capacityS - 1;
    totals.capacityResidual = Math.max(totals.capacityResidual, residual);
    if (residual > tolerance) throw new Error(`${site.name} is overfull by ${residual}`);

    const flow = decision.batteryKWh[j]!;
    const charge = Math.max(0, flow);
    const discharge = Math.max(0, -flow);
    const before = storedKWh[j]!;
    const after = before + charge * battery.chargeEfficiency -
      discharge / battery.dischargeEfficiency;
    const slack = tolerance * Math.max(1, battery.capacityKWh);
    if (
      !(charge <= battery.chargeKWh + slack && discharge <= battery.dischargeKWh + slack &&
        after <= battery.capacityKWh + slack && after >= battery.minimumKWh - slack)
    ) throw new Error(`impossible battery flow ${flow} at ${site.name} with ${before} kWh stored`);
    storedKWh[j] = Math.min(battery.capacityKWh, Math.max(battery.minimumKWh, after));

    const i = slot * n + j;
    const siteKWh = day.pue[i]! * (site.idleKWh + dynamicKWh);
    const price = day.priceUsdPerKWh[i]!;
    if (price <= 0 && discharge > siteKWh + slack) {
      throw new Error(`${site.name} exports from its battery at a price that is not positive`);
    }
    const renewableKWh = day.renewableKWh[i]!;
    const s = settle(
      siteKWh + charge - discharge,
      renewableKWh,
      price,
      model.carbonUsdPerKg * day.carbonKgPerKWh[i]!,
      model.sellFraction,
      site.generator,
    );
    const supply = s.buyKWh - s.sellKWh + renewableKWh - s.curtailedKWh + s.generatorKWh;
    const energyError = Math.abs(supply - (siteKWh + charge - discharge)) / Math.max(1, siteKWh);
    const batteryError = Math.abs(storedKWh[j]! - after) / Math.max(1, battery.capacityKWh);
    totals.balanceError = Math.max(totals.balanceError, energyError, batteryError);
    if (energyError > tolerance || batteryError > tolerance) {
      throw new Error(`energy is not conserved at ${site.name}: ${energyError}, ${batteryError}`);
    }
    const wearUsd = battery.wearUsdPerKWh * (charge + discharge);
    totals.made += images;
    totals.revenueUsd += revenueUsd;
    totals.energyUsd += s.energyUsd;
    totals.carbonUsd += s.carbonUsd;
    totals.generatorUsd += s.generatorUsd;
    totals.wearUsd += wearUsd;
    totals.carbonKg += s.buyKWh * day.carbonKgPerKWh[i]! +
      s.generatorKWh * (site.generator?.kgCo2PerKWh ?? 0);
    totals.boughtKWh += s.buyKWh;
    totals.soldKWh += s.sellKWh;
    totals.curtailedKWh += s.curtailedKWh;
    totals.siteKWh += siteKWh;
    totals.chargedKWh += charge;
    return revenueUsd - s.energyUsd - s.carbonUsd - s.generatorUsd - wearUsd;
  };

  const closeDay = (): number => {
    let value = 0;
    for (let j = 0; j < n; j++) {
      value += terminal[j]! * (storedKWh[j]! - model.sites[j]!.battery.initialKWh);
    }
    totals.storedUsd = value;
    return value;
  };

  arrive();
  return {
    model,
    get slot() {
      return slot;
    },
    storedKWh,
    waiting,
    ages,
    totals,
    waitingOf,
    urgentOf,
    play(decision) {
      if (slot >= model.slots) throw new Error("the day is over");
      const assigned = new Float64Array(n * model.jobTypes);
      let utility = serve(decision, assigned);
      for (let j = 0; j < n; j++) utility += runSite(j, assigned, decision);
      utility += age();
      slot++;
      if (slot === model.slots) utility += closeDay();
      else arrive();
      totals.utilityUsd += utility;
      return utility;
    },
  };
}

function zeroTotals(): DayTotals {
  return {
    utilityUsd: 0,
    revenueUsd: 0,
    energyUsd: 0,
    carbonUsd: 0,
    generatorUsd: 0,
    transferUsd: 0,
    penaltyUsd: 0,
    wearUsd: 0,
    storedUsd: 0,
    carbonKg: 0,
    boughtKWh: 0,
    soldKWh: 0,
    curtailedKWh: 0,
    siteKWh: 0,
    chargedKWh: 0,
    arrived: 0,
    made: 0,
    transferred: 0,
    violated: 0,
    quality: 0,
    steps: 0,
    capacityResidual: 0,
    balanceError: 0,
  };
}
