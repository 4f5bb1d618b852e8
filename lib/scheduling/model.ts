/** A configuration compiled to the numbers of one slot: jobs, kilowatt-hours, US dollars. */

import type { ScheduleConfig } from "./config_types.ts";
import { imageWork } from "./image_work.ts";
import { requestWork } from "./request_work.ts";
import type { Serving } from "./serving_points.ts";

/**
 * One way to do a job at a site: denoising steps at a GPU frequency, or a served language model at its
 * operating point.
 */
export interface WorkOption {
  /** Type of the jobs it does. */
  readonly jobType: number;
  /** Denoising steps; 0 where a job has none. */
  readonly steps: number;
  /** Name of the GPU frequency mode. */
  readonly frequency: string;
  /** GPU seconds a job takes. */
  readonly gpuS: number;
  /** Energy of a job above what the idle GPU would have drawn, kWh, before PUE. */
  readonly dynamicKWh: number;
  /** What the job earns, US dollars. */
  readonly revenueUsd: number;
  /** Quality, 1 for what earns the whole price. */
  readonly quality: number;
}

/** A battery in the units of one slot. */
export interface BatteryModel {
  /** Highest stored energy, kWh. */
  readonly capacityKWh: number;
  /** Lowest stored energy, kWh. */
  readonly minimumKWh: number;
  /** Stored at the start of the day, kWh. */
  readonly initialKWh: number;
  /** Most that can be drawn from the bus in a slot, kWh. */
  readonly chargeKWh: number;
  /** Most that can be given to the bus in a slot, kWh. */
  readonly dischargeKWh: number;
  /** Stored over drawn. */
  readonly chargeEfficiency: number;
  /** Given over taken from the store. */
  readonly dischargeEfficiency: number;
  /** Wear, US dollars a kWh charged or discharged at the bus. */
  readonly wearUsdPerKWh: number;
}

/** A generator in the units of one slot; it may be switched every slot. */
export interface GeneratorModel {
  /** Most energy in a slot, kWh. */
  readonly maximumKWh: number;
  /** Least energy in a slot when it runs, kWh. */
  readonly minimumKWh: number;
  /** Fuel and carbon, US dollars a kWh. */
  readonly usdPerKWh: number;
  /** Cost of running at all, US dollars a slot. */
  readonly noLoadUsd: number;
  /** Emissions, kg CO2 a kWh. */
  readonly kgCo2PerKWh: number;
}

/** Where the options of a site are: `first[type] + frequency * levels[type] + level`. */
export interface OptionLayout {
  /** The first option of each job type. */
  readonly first: readonly number[];
  /** Levels (steps, or served models) of each job type; 0 for a type that the site cannot do. */
  readonly levels: readonly number[];
  /** GPU frequency modes. */
  readonly frequencies: number;
  /** The most levels of any type. */
  readonly mostLevels: number;
}

/** One data centre. */
export interface SiteModel {
  /** Its name. */
  readonly name: string;
  /** Ways to do a job, ordered by job type, then frequency, then level (least GPU time first). */
  readonly options: readonly WorkOption[];
  /** Where the options of each job type are. */
  readonly layout: OptionLayout;
  /** GPU seconds in a slot. */
  readonly capacityS: number;
  /** Energy of the idle GPUs in a slot, kWh, before PUE. */
  readonly idleKWh: number;
  /** Its battery. */
  readonly battery: BatteryModel;
  /** Its generator, or null. */
  readonly generator: GeneratorModel | null;
}

/** A class of jobs. */
export interface ClassModel {
  /** Its name. */
  readonly name: string;
  /** Type of its jobs: those of one type take the same time and energy. */
  readonly jobType: number;
  /** Share of the arrivals. */
  readonly share: number;
  /** Slots after the one of arrival in which the job may still run; 0 means at once. */
  readonly deadlineSlots: number;
  /** Cost of a job that is not run in time, US dollars. */
  readonly penaltyUsd: number;
}

/** The compiled system. */
export interface ScheduleModel {
  /** Slots of a day. */
  readonly slots: number;
  /** Length of a slot, hours. */
  readonly slotH: number;
  /** Data centres; jobs originate at each. */
  readonly sites: readonly SiteModel[];
  /** Job classes. */
  readonly classes: readonly ClassModel[];
  /** Number of job types. */
  readonly jobTypes: number;
  /**
   * Moving a job from its origin to a site, US dollars, at (origin * classes + class) * sites + site;
   * Infinity without a link, and where the site cannot do the job.
   */
  readonly transferUsd: Float64Array;
  /** Sale price over purchase price. */
  readonly sellFraction: number;
  /** Carbon price, US dollars a kg CO2. */
  readonly carbonUsdPerKg: number;
}

/**
 * Compiles a configuration.
 *
 * An image of c steps takes h = (fixed + perStep c) timeFactor GPU seconds and
 * (fixed + perStep c) energyFactor joules; its quality is top / (1 + exp(-slope (c - midSteps))) or a
 * table's value, and earns the revenue of a perfect image times its quality. A request takes what its
 * {@linkcode ServingPoint} says and earns the price of its class's mean tokens times the quality of the
 * server; every class is a job type of its own.
 *
 * @param config A parsed configuration.
 * @param serving What requests take at each site, from {@linkcode servingPoints}; not used for images.
 * @return The numbers of one slot.
 * @throws InputError (`bad-option`) when work would draw less than an idle GPU, or requests come
 * without `serving`; (`refused`) for a class that no site can serve.
 *
 * @example
 * ```ts
 * import { compileModel, exampleConfig, parseScheduleConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const model = compileModel(parseScheduleConfig(exampleConfig, "easy.yaml"));
 * assert.equal(model.slots, 96);
 * assert.equal(model.slotH, 0.25);
 * ```
 */
export function compileModel(config: ScheduleConfig, serving?: Serving): ScheduleModel {
  const slotH = 24 / config.slots;
  const carbonUsdPerKg = config.carbonUsdPerTonne / 1000;
  const isImages = config.jobs === "images";
  const jobTypes = isImages ? 1 : config.classes.length;
  const work = isImages ? imageWork(config) : requestWork(config, serving);
  const sites = config.sites.map((site, j): SiteModel => ({
    name: site.name,
    options: work[j]!.options,
    layout: layoutOf(work[j]!.options, jobTypes),
    capacityS: site.gpus * slotH * 3600,
    idleKWh: site.gpus * work[j]!.idleW * slotH / 1000,
    battery: {
      capacityKWh: site.battery.capacityKWh,
      minimumKWh: site.battery.minimumKWh,
      initialKWh: site.battery.initialKWh,
      chargeKWh: site.battery.chargeKW * slotH,
      dischargeKWh: site.battery.dischargeKW * slotH,
      chargeEfficiency: site.battery.chargeEfficiency,
      dischargeEfficiency: site.battery.dischargeEfficiency,
      wearUsdPerKWh: site.battery.wearUsdPerMWh / 1000,
    },
    generator: site.generator === undefined ? null : {
      maximumKWh: site.generator.maximumKW * slotH,
      minimumKWh: site.generator.minimumKW * slotH,
      usdPerKWh: site.generator.fuelUsdPerMWh / 1000 +
        carbonUsdPerKg * site.generator.kgCo2PerMWh / 1000,
      noLoadUsd: site.generator.noLoadUsdPerHour * slotH,
      kgCo2PerKWh: site.generator.kgCo2PerMWh / 1000,
    },
  }));
  const classes = config.classes.map((item, c): ClassModel => ({
    name: item.name,
    jobType: isImages ? 0 : c,
    share: item.share,
    deadlineSlots: item.deadlineSlots,
    penaltyUsd: item.penaltyUsd,
  }));
  return {
    slots: config.slots,
    slotH,
    sites,
    classes,
    jobTypes,
    transferUsd: transferCosts(config, sites, classes),
    sellFraction: config.sellFraction,
    carbonUsdPerKg,
  };
}

function transferCosts(
  config: ScheduleConfig,
  sites: readonly SiteModel[],
  classes: readonly ClassModel[],
): Float64Array {
  const n = sites.length;
  const m = classes.length;
  const costs = new Float64Array(n * m * n);
  const { links, usdPerThousand } = config.transfer;
  sites.forEach((from, k) =>
    classes.forEach(({ jobType }, c) =>
      sites.forEach((to, j) => {
        const open = links === undefined || k === j ||
          links.some((link) => link.from === from.name && link.to === to.name);
        costs[(k * m + c) * n + j] = !open || to.layout.levels[jobType] === 0
          ? Infinity
          : k === j
          ? 0
          : usdPerThousand / 1000;
      })
    )
  );
  return costs;
}

/**
 * Finds where the options of each job type are.
 *
 * @param options Options of a site, ordered by job type, then frequency, then level.
 * @param jobTypes Number of job types.
 * @return Their places.
 */
export function layoutOf(options: readonly WorkOption[], jobTypes: number): OptionLayout {
  const frequencies = Math.max(1, new Set(options.map((option) => option.frequency)).size);
  const first: number[] = [];
  const levels: number[] = [];
  let at = 0;
  for (let type = 0; type < jobTypes; type++) {
    const count = options.filter((option) => option.jobType === type).length;
    first.push(at);
    levels.push(count / frequencies);
    at += count;
  }
  return { first, levels, frequencies, mostLevels: Math.max(...levels) };
}

/** The place of an option of a site. */
export function optionAt(
  { layout }: SiteModel,
  type: number,
  frequency: number,
  level: number,
): number {
  return layout.first[type]! + frequency * layout.levels[type]! + level;
}
