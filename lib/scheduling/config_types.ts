/** What a scheduling configuration says, with every default filled in. */

import type { DayAheadMarket } from "./day_ahead.ts";
import type { RequestConfig } from "./request_config.ts";
import type { Sparsity } from "./reward.ts";

/** Quality by denoising steps. */
export type QualityCurve =
  | {
    /** top / (1 + exp(-slope (steps - midSteps))). */
    readonly kind: "sigmoid";
    /** Quality at infinitely many steps. */
    readonly top: number;
    /** Steepness, one over steps. */
    readonly slope: number;
    /** Steps of half the quality. */
    readonly midSteps: number;
  }
  | {
    /** Given values, which need not rise with the steps. */
    readonly kind: "table";
    /** Steps. */
    readonly steps: readonly number[];
    /** Quality at each of them. */
    readonly quality: readonly number[];
  };

/** A GPU frequency mode, relative to the figures of the site. */
export interface FrequencyMode {
  /** Its name. */
  readonly name: string;
  /** Factor on GPU seconds. */
  readonly timeFactor: number;
  /** Factor on joules an image. */
  readonly energyFactor: number;
}

/** A battery. */
export interface BatteryConfig {
  /** Highest stored energy, kWh. */
  readonly capacityKWh: number;
  /** Stored at the start of every day, kWh. */
  readonly initialKWh: number;
  /** Lowest stored energy, kWh; default 0. */
  readonly minimumKWh: number;
  /** Most power drawn from the bus, kW. */
  readonly chargeKW: number;
  /** Most power given to the bus, kW. */
  readonly dischargeKW: number;
  /** Stored over drawn. */
  readonly chargeEfficiency: number;
  /** Given over taken from the store. */
  readonly dischargeEfficiency: number;
  /** Wear, US dollars a MWh charged or discharged. */
  readonly wearUsdPerMWh: number;
}

/** A generator. */
export interface GeneratorConfig {
  /** Most power, kW. */
  readonly maximumKW: number;
  /** Least power when it runs, kW. */
  readonly minimumKW: number;
  /** Fuel, US dollars a MWh. */
  readonly fuelUsdPerMWh: number;
  /** Cost of running at all, US dollars an hour. */
  readonly noLoadUsdPerHour: number;
  /** Emissions, kg CO2 a MWh. */
  readonly kgCo2PerMWh: number;
}

/** Files of a site's year, as paths below the mirror or beside the configuration. */
export interface SiteSources {
  /** Hourly prices, one file or several that follow one another. */
  readonly price: readonly string[];
  /** IANA zone of price stamps that name no offset; default: such files are refused. */
  readonly zone?: string | undefined;
  /** Header of the price column, where several could be it. */
  readonly priceColumn?: string | undefined;
  /** US dollars a MWh of one unit of the price column; default 1, and needed for another currency. */
  readonly usdPerUnit?: number | undefined;
  /** Given where the prices are those of a day-ahead market; default: nobody knows them before. */
  readonly dayAhead?: DayAheadMarket | undefined;
  /** Hourly carbon intensity. */
  readonly carbon?: string | undefined;
  /** Open-Meteo weather. */
  readonly weather?: string | undefined;
  /** RTS-GMLC wind. */
  readonly wind?: string | undefined;
  /** RTS-GMLC solar. */
  readonly solar?: string | undefined;
  /** Request trace of a day or more, for the daily shape. */
  readonly arrivals?: string | undefined;
}

/** A data centre, whatever its jobs are. */
export interface SiteConfig {
  /** Its name. */
  readonly name: string;
  /** GPUs. */
  readonly gpus: number;
  /** Power usage effectiveness: constant, or rising with the outdoor temperature. */
  readonly pue: number | {
    /** At and below `aboveC`. */
    readonly base: number;
    /** Rise for every degree above. */
    readonly perDegreeC: number;
    /** Temperature from which it rises, degrees Celsius. */
    readonly aboveC: number;
  };
  /** Its battery. */
  readonly battery: BatteryConfig;
  /** Solar power installed, kW. */
  readonly solarKW: number;
  /** Wind power installed, kW. */
  readonly windKW: number;
  /** Its generator, if any. */
  readonly generator?: GeneratorConfig | undefined;
  /** Mean jobs a day that originate here; `imagesPerDay` or `requestsPerDay` in the file. */
  readonly jobsPerDay: number;
  /** Local standard time less UTC, hours. */
  readonly utcOffsetH: number;
  /** Where its year comes from, when it comes from files. */
  readonly sources?: SiteSources | undefined;
}

/** A data centre that makes images. */
export interface ImageSite extends SiteConfig {
  /** The image model it serves. */
  readonly model: string;
  /** Power of an idle GPU, W. */
  readonly idleW: number;
  /** GPU seconds of an image: fixed + perStep x steps. */
  readonly time: {
    /** Seconds whatever the steps. */
    readonly fixedS: number;
    /** Seconds a step. */
    readonly perStepS: number;
  };
  /** Joules of an image: fixed + perStep x steps. */
  readonly energy: {
    /** Joules whatever the steps. */
    readonly fixedJ: number;
    /** Joules a step. */
    readonly perStepJ: number;
  };
  /** Quality by steps. */
  readonly quality: QualityCurve;
  /** GPU frequency modes; default one, nominal. */
  readonly frequencies: readonly FrequencyMode[];
}

/** How uneven the days are. */
export interface DifficultyConfig {
  /** The day's level is uniform in 1 +- this. */
  readonly dayLevelSpread: number;
  /** Relative deviation of a slot's arrivals. */
  readonly slotNoise: number;
  /** Levels of the Markov chain on arrivals. */
  readonly levels: readonly number[];
  /** Chance of a redraw of the level in a quarter of an hour. */
  readonly levelRedraw: number;
  /** Chance of a flash crowd on an origin and day. */
  readonly flashProbability: number;
  /** Factor of a flash crowd. */
  readonly flashFactor: number;
  /** Its length, hours. */
  readonly flashHours: number;
  /** Fewest and most price spikes of a site and day. */
  readonly priceSpikes: readonly [number, number];
  /** Least and greatest factor of a spike. */
  readonly spikeFactor: readonly [number, number];
  /** Shortest and longest spike, hours. */
  readonly spikeHours: readonly [number, number];
}

/** A policy of an experiment; the keys depend on its kind. */
export interface PolicyConfig {
  /** Which policy. */
  readonly kind: string;
  /** Its name in the table; default made from the kind and its keys. */
  readonly label?: string | undefined;
  /** Action layer of constants, learners and random. */
  readonly layer?:
    | "raw"
    | "repaired"
    | "shadow-mean-price"
    | "shadow-hindsight"
    | "shadow-adaptive"
    | "shadow-price-chain"
    | "shadow-day-ahead"
    | undefined;
  /** Steps of a fixed-step rule. */
  readonly steps?: number | undefined;
  /** Forecast of model-predictive control. */
  readonly forecast?: "perfect" | "persistence" | "smoothed" | "day-ahead" | "noisy" | undefined;
  /** Slots that model-predictive control looks ahead. */
  readonly lookAheadSlots?: number | undefined;
  /** Environment steps of a learner. */
  readonly budget?: number | undefined;
  /** Reward a learner is shown. */
  readonly sparsity?: Sparsity | undefined;
  /** Shaping of a learner's reward. */
  readonly shaping?: string | undefined;
  /** Weight of the shaping. */
  readonly eta?: number | undefined;
  /** Denoising steps of a diffusion shaper. */
  readonly denoisingSteps?: number | undefined;
  /** Latent width of a diffusion shaper. */
  readonly latent?: number | undefined;
  /** Whether a learner is judged by its best policy on the validation days or its last; default best. */
  readonly keep?: "best" | "final" | undefined;
  /** Width of a learner's layers. */
  readonly width?: number | undefined;
  /** Minibatch of a learner. */
  readonly batch?: number | undefined;
}

/** Policies x seeds x days. */
export interface ExperimentConfig {
  /** Seeds; every learner is trained once with each. */
  readonly seeds: readonly number[];
  /** Days learners train on. */
  readonly trainDays: readonly number[];
  /** Days that choose checkpoints and constants. */
  readonly validationDays: readonly number[];
  /** Days that are reported. */
  readonly testDays: readonly number[];
  /** Policies. */
  readonly policies: readonly PolicyConfig[];
  /** Workers; default 2. */
  readonly workers: number;
}

/** A class of jobs. */
export interface ClassConfig {
  /** Its name. */
  readonly name: string;
  /** Share of the arrivals. */
  readonly share: number;
  /** Slots after the one of arrival in which a job may still run. */
  readonly deadlineSlots: number;
  /** Cost of a missed job, US dollars. */
  readonly penaltyUsd: number;
}

/** Moving jobs between sites. */
export interface TransferConfig {
  /** Cost of a thousand jobs, US dollars. */
  readonly usdPerThousand: number;
  /** Allowed directions; default all. */
  readonly links?: readonly { readonly from: string; readonly to: string }[] | undefined;
}

/** What configurations of every kind of job have. */
export interface CommonConfig {
  /** Its name. */
  readonly name: string;
  /** Slots of a day: 96 or 288. */
  readonly slots: 96 | 288;
  /** Seed of arrivals and disturbances. */
  readonly seed: number;
  /** Sale price over purchase price, below 1. */
  readonly sellFraction: number;
  /** Carbon price, US dollars a tonne of CO2; default 0. */
  readonly carbonUsdPerTonne: number;
  /** Moving jobs between sites. */
  readonly transfer: TransferConfig;
  /** Job classes. */
  readonly classes: readonly ClassConfig[];
  /** Data centres. */
  readonly sites: readonly SiteConfig[];
  /** Where prices and weather come from. */
  readonly year: {
    /** A generated year or files. */
    readonly source: "generated" | "files";
    /** Seed of a generated year; default 1. */
    readonly seed: number;
    /** UTC hour at which days begin; default 6. */
    readonly dayStartUtcH: number;
    /** Whether prices below 0 stay; default keep. */
    readonly negativePrices: "keep" | "clip";
  };
  /** How uneven the days are. */
  readonly difficulty: DifficultyConfig;
  /** The experiment, if any. */
  readonly experiment?: ExperimentConfig | undefined;
}

/** A configuration whose jobs are images. */
export interface ImageConfig extends CommonConfig {
  /** What the jobs are; the default. */
  readonly jobs: "images";
  /** Denoising steps to choose from. */
  readonly steps: readonly number[];
  /** Revenue of a thousand perfect images, US dollars. */
  readonly revenueUsdPerThousand: number;
  /** Data centres. */
  readonly sites: readonly ImageSite[];
}

/** A validated configuration. */
export type ScheduleConfig = ImageConfig | RequestConfig;
