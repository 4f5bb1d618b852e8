/** The days that a configuration describes. */

import { createRandom, type Random } from "../random.ts";
import { InputError } from "../errors.ts";
import type { Day } from "./day.ts";
import { generateYear } from "./generated_year.ts";
import type { ScheduleConfig, SiteConfig } from "./config_types.ts";
import type { SiteYear, Year } from "./year.ts";

/** A year with its disturbances: any day of it, always the same. */
export interface World {
  /** The hourly columns. */
  readonly year: Year;
  /** Days that can be asked for: 0 to days - 1. */
  readonly days: number;
  /** The day of an index; the same object every time. */
  day(index: number): Day;
  /** The days before a day, latest first, wrapping round the year but never to the day itself. */
  history(index: number, count: number): readonly Day[];
}

/**
 * The days of a configuration: the year's prices and weather with the arrivals and disturbances of
 * its difficulty drawn from the configuration's seed.
 *
 * Arrivals are jobs a day x daily shape x day level (uniform +-spread) x Markov level x flash
 * crowds x (1 + slot noise), split by class and rounded to whole jobs. Price spikes multiply the
 * price of some slots; no forecast contains them.
 *
 * @param config A parsed configuration.
 * @param year Its year; default: generated.
 * @return The days.
 *
 * @example
 * ```ts
 * import { createWorld, exampleConfig, parseScheduleConfig } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const world = createWorld(parseScheduleConfig(exampleConfig, "easy.yaml"));
 * assert.equal(world.day(3).priceUsdPerKWh.length, 96 * 3);
 * assert.equal(world.history(0, 1)[0]!.index, 364);
 * ```
 */
export function createWorld(config: ScheduleConfig, year?: Year): World {
  if (year === undefined && config.year.source === "files") {
    throw new InputError({
      code: "bad-option",
      problem: "the year comes from files that were not given",
      advice: "read them with readYear",
    });
  }
  const hourly = year ?? generateYear(config);
  const cache = new Map<number, Day>();
  const day = (index: number): Day => {
    if (!Number.isInteger(index) || index < 0 || index >= hourly.days) {
      throw new InputError({
        code: "bad-option",
        problem: "no such day",
        expected: `0 to ${hourly.days - 1}`,
        found: String(index),
      });
    }
    let made = cache.get(index);
    if (made === undefined) {
      made = makeDay(config, hourly, index);
      cache.set(index, made);
    }
    return made;
  };
  return {
    year: hourly,
    days: hourly.days,
    day,
    history: (index, count) =>
      Array.from(
        { length: Math.min(count, hourly.days - 1) },
        (_, i) => day((index - 1 - i + 2 * hourly.days) % hourly.days),
      ),
  };
}

function makeDay(config: ScheduleConfig, year: Year, index: number): Day {
  const n = config.sites.length;
  const m = config.classes.length;
  const { slots } = config;
  const published = year.sites.some((site) => site.publicHour !== undefined);
  const day: Day = {
    index,
    arrivals: new Float64Array(slots * n * m),
    priceUsdPerKWh: new Float64Array(slots * n),
    renewableKWh: new Float64Array(slots * n),
    carbonKgPerKWh: new Float64Array(slots * n),
    pue: new Float64Array(slots * n),
    ...(published && {
      dayAhead: {
        priceUsdPerKWh: new Float64Array(slots * n).fill(NaN),
        publicSlot: new Float64Array(slots * n).fill(Infinity),
      },
    }),
  };
  const random = createRandom(
    Math.imul(config.seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b),
  );
  config.sites.forEach((site, j) => {
    const streams = random.fork(j);
    fillArrivals(day, config, j, arrivalsOf(config, site, year.sites[j]!, streams.fork(1)));
    fillEnergy(day, config, j, year.sites[j]!, streams.fork(2));
  });
  return day;
}

function arrivalsOf(
  config: ScheduleConfig,
  site: SiteConfig,
  year: SiteYear,
  random: Random,
): Float64Array {
  const { slots, difficulty: d } = config;
  const slotH = 24 / slots;
  const total = new Float64Array(slots);
  const dayLevel = 1 + d.dayLevelSpread * (2 * random.uniform() - 1);
  let level = d.levels[random.integer(d.levels.length)]!;
  const flash = random.uniform() < d.flashProbability ? random.integer(slots) : -1;
  const flashSlots = Math.round(d.flashHours / slotH);
  for (let t = 0; t < slots; t++) {
    // The redraw probability is a 15-minute one.
    if (random.uniform() < 1 - (1 - d.levelRedraw) ** (slotH / 0.25)) {
      level = d.levels[random.integer(d.levels.length)]!;
    }
    const crowd = flash >= 0 && t >= flash && t < flash + flashSlots ? d.flashFactor : 1;
    const localH = (t + 0.5) * slotH + config.year.dayStartUtcH + site.utcOffsetH;
    const shape = interpolateDaily(year.arrivalShape, localH);
    const noise = Math.max(0, 1 + d.slotNoise * random.normal());
    total[t] = site.jobsPerDay / slots * shape * dayLevel * level * crowd * noise;
  }
  return total;
}

function fillArrivals(day: Day, config: ScheduleConfig, k: number, total: Float64Array): void {
  const n = config.sites.length;
  const m = config.classes.length;
  total.forEach((images, t) => {
    config.classes.forEach((item, c) => {
      day.arrivals[(t * n + k) * m + c] = Math.round(images * item.share);
    });
  });
}

function fillEnergy(
  day: Day,
  config: ScheduleConfig,
  j: number,
  year: SiteYear,
  random: Random,
): void {
  const { slots, sites, difficulty: d } = config;
  const n = sites.length;
  const site = sites[j]!;
  const slotH = 24 / slots;
  const factor = new Float64Array(slots).fill(1);
  const [few, many] = d.priceSpikes;
  const spikes = few + random.integer(many - few + 1);
  for (let s = 0; s < spikes; s++) {
    const start = random.integer(slots);
    const length = Math.round(between(random, d.spikeHours) / slotH);
    const height = between(random, d.spikeFactor);
    for (let t = start; t < Math.min(slots, start + length); t++) factor[t] = height;
  }
  for (let t = 0; t < slots; t++) {
    const hour = day.index * 24 + Math.floor(t * slotH);
    const at = day.index * 24 + (t + 0.5) * slotH - 0.5;
    const i = t * n + j;
    day.priceUsdPerKWh[i] = year.priceUsdPerMWh[hour]! * factor[t]! / 1000;
    if (year.publicHour !== undefined) {
      day.dayAhead!.priceUsdPerKWh[i] = year.priceUsdPerMWh[hour]! / 1000;
      day.dayAhead!.publicSlot[i] = Math.max(
        0,
        Math.ceil((year.publicHour[hour]! - day.index * 24) / slotH),
      );
    }
    day.carbonKgPerKWh[i] = year.carbonGPerKWh[hour]! / 1000;
    day.renewableKWh[i] = slotH * (
      site.windKW * interpolate(year.windFraction, at) +
      site.solarKW * interpolate(year.solarFraction, at)
    );
    day.pue[i] = typeof site.pue === "number" ? site.pue : site.pue.base + site.pue.perDegreeC *
        Math.max(0, interpolate(year.outdoorC, at) - site.pue.aboveC);
  }
}

function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform();
}

/** Linear between hour centres, held at the ends. */
function interpolate(values: Float64Array, at: number): number {
  const h = Math.min(values.length - 1, Math.max(0, at));
  const low = Math.floor(h);
  const high = Math.min(values.length - 1, low + 1);
  return values[low]! + (h - low) * (values[high]! - values[low]!);
}

function interpolateDaily(shape: Float64Array, localH: number): number {
  const at = ((localH - 0.5) % 24 + 24) % 24;
  const low = Math.floor(at);
  return shape[low]! + (at - low) * (shape[(low + 1) % 24]! - shape[low]!);
}
