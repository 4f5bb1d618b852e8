/** A year made by formula: for tests, examples and machines without the published files. */

import { createRandom } from "../random.ts";
import type { ScheduleConfig } from "./config_types.ts";
import { arrivalShapeOf, type SiteYear, type Year } from "./year.ts";

const days = 365;

/**
 * Generates a year for the sites of a configuration.
 *
 * Prices follow a daily double peak, a season, a slowly wandering level (Ornstein-Uhlenbeck in the
 * logarithm) and an hourly noise, fall with the sun and wind of their region and turn negative in a
 * few windy spring hours; rare scarcity hours multiply them. Sun follows the elevation at latitude 37
 * and a cloud cover that wanders by the day; wind a logistic of an autoregressive series; temperature
 * season and hour. It is generated, not measured: nothing in it is fitted to a published file.
 *
 * @param config The configuration; its `year.seed` and the sites' `utcOffsetH` are used.
 * @return 365 days.
 */
export function generateYear(config: ScheduleConfig): Year {
  const root = createRandom(config.year.seed);
  const start = config.year.dayStartUtcH;
  return {
    days,
    sites: config.sites.map((site, j) => {
      const random = root.fork(j);
      return {
        ...generateSite(random, site.utcOffsetH + start, config.year.negativePrices === "clip"),
        arrivalShape: arrivalShapeOf(config),
      };
    }),
    repairs: [],
    origin: "generated",
  };
}

function generateSite(
  random: ReturnType<typeof createRandom>,
  firstLocalH: number,
  clip: boolean,
): Omit<SiteYear, "arrivalShape"> {
  const hours = days * 24;
  const blank = (): Float64Array => new Float64Array(hours);
  const year = {
    priceUsdPerMWh: blank(),
    carbonGPerKWh: blank(),
    windFraction: blank(),
    solarFraction: blank(),
    outdoorC: blank(),
  };
  const base = 35 + 30 * random.uniform();
  const duck = 0.2 + 0.5 * random.uniform();
  let level = 0;
  let wind = random.normal();
  let warm = 0;
  let cloud = 0.3;
  let noise = 0;
  let scarcity = 0;
  for (let h = 0; h < hours; h++) {
    const localH = ((h + firstLocalH) % 24 + 24) % 24;
    const season = Math.cos(2 * Math.PI * (h / 24 - 15) / 365); // 1 in January, -1 in July
    if (h % 24 === 0) {
      cloud = Math.min(1, Math.max(0, 0.6 * cloud + 0.4 * random.uniform()));
      warm = 0.8 * warm + 2 * random.normal();
    }
    const declination = -0.409 * Math.cos(2 * Math.PI * (h / 24 + 10) / 365);
    const elevation = Math.sin(0.646) * Math.sin(declination) +
      Math.cos(0.646) * Math.cos(declination) * Math.cos(2 * Math.PI * (localH - 12.5) / 24);
    const sun = Math.max(0, elevation) ** 1.15 * (1 - 0.75 * cloud ** 2);
    wind = 0.96 * wind + 0.28 * random.normal();
    const windFraction = 1 / (1 + Math.exp(-(1.3 * wind - 0.8 + 0.3 * season)));
    const outdoorC = 15 - 10 * season + 5 * Math.cos(2 * Math.PI * (localH - 15) / 24) + warm;
    level = 0.995 * level + 0.035 * random.normal();
    noise = 0.7 * noise + 0.08 * random.normal();
    const morning = Math.exp(-(((localH - 8) / 2) ** 2));
    const evening = Math.exp(-(((localH - 19) / 2.5) ** 2));
    const shape = 0.75 + 0.25 * morning + 0.75 * evening -
      0.25 * Math.exp(-(((localH - 3) / 3) ** 2));
    if (scarcity > 0) scarcity--;
    else if (random.uniform() < 0.0012) scarcity = 1 + random.integer(4);
    let price = base * Math.exp(level + noise) * (shape - duck * sun * (1 + 0.3 * season)) *
        (1 + 0.15 * Math.abs(season)) - 14 * Math.max(0, windFraction - 0.6) / 0.4;
    if (scarcity > 0) price = Math.abs(price) * (2 + 3 * random.uniform());
    year.priceUsdPerMWh[h] = clip ? Math.max(0, price) : price;
    year.windFraction[h] = windFraction;
    year.solarFraction[h] = Math.min(1, sun);
    year.outdoorC[h] = outdoorC;
    year.carbonGPerKWh[h] = Math.max(60, 430 - 180 * sun - 160 * windFraction + 60 * evening);
  }
  return year;
}
