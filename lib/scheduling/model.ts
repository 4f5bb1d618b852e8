/** A configuration compiled to the numbers of one slot: images, kilowatt-hours, US dollars. */

import { InputError } from "../errors.ts";
import type { ScheduleConfig, SiteConfig } from "./config_types.ts";

/** One way to make an image at a site: denoising steps at a GPU frequency. */
export interface WorkOption {
  /** Denoising steps. */
  readonly steps: number;
  /** Name of the GPU frequency mode. */
  readonly frequency: string;
  /** GPU seconds an image takes. */
  readonly gpuS: number;
  /** Energy of an image above what the idle GPU would have drawn, kWh, before PUE. */
  readonly dynamicKWh: number;
  /** What the image earns, US dollars. */
  readonly revenueUsd: number;
  /** Quality in the units of the curve. */
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

/** One data centre. */
export interface SiteModel {
  /** Its name. */
  readonly name: string;
  /** Ways to make an image. */
  readonly options: readonly WorkOption[];
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
  /** Moving an image from origin k to site j, US dollars, at k * sites + j; Infinity without a link. */
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
 * table's value, and earns the revenue of a perfect image times its quality.
 *
 * @param config A parsed configuration.
 * @return The numbers of one slot.
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
export function compileModel(config: ScheduleConfig): ScheduleModel {
  const slotH = 24 / config.slots;
  const carbonUsdPerKg = config.carbonUsdPerTonne / 1000;
  const sites = config.sites.map((site): SiteModel => ({
    name: site.name,
    options: workOptions(site, config),
    capacityS: site.gpus * slotH * 3600,
    idleKWh: site.gpus * site.idleW * slotH / 1000,
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
  const n = sites.length;
  const transferUsd = new Float64Array(n * n);
  const { links, usdPerThousand } = config.transfer;
  config.sites.forEach((from, k) =>
    config.sites.forEach((to, j) => {
      const open = links === undefined ||
        links.some((link) => link.from === from.name && link.to === to.name);
      transferUsd[k * n + j] = k === j ? 0 : open ? usdPerThousand / 1000 : Infinity;
    })
  );
  return {
    slots: config.slots,
    slotH,
    sites,
    classes: config.classes,
    transferUsd,
    sellFraction: config.sellFraction,
    carbonUsdPerKg,
  };
}

function workOptions(site: SiteConfig, config: ScheduleConfig): WorkOption[] {
  const options: WorkOption[] = [];
  for (const frequency of site.frequencies) {
    for (const steps of config.steps) {
      const gpuS = (site.time.fixedS + site.time.perStepS * steps) * frequency.timeFactor;
      const joules = (site.energy.fixedJ + site.energy.perStepJ * steps) * frequency.energyFactor;
      const dynamicJ = joules - site.idleW * gpuS;
      if (dynamicJ < 0) {
        throw new InputError({
          code: "bad-option",
          problem: `an image of ${steps} steps at ${site.name} would draw less than an idle GPU`,
          expected: `at least ${(site.idleW * gpuS).toFixed(1)} J`,
          found: `${joules.toFixed(1)} J`,
        });
      }
      const quality = site.quality.kind === "sigmoid"
        ? site.quality.top / (1 + Math.exp(-site.quality.slope * (steps - site.quality.midSteps)))
        : site.quality.quality[site.quality.steps.indexOf(steps)]!;
      options.push({
        steps,
        frequency: frequency.name,
        gpuS,
        dynamicKWh: dynamicJ / 3.6e6,
        revenueUsd: config.revenueUsdPerThousand / 1000 * quality,
        quality,
      });
    }
  }
  return options;
}
