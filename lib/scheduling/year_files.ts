/** A year from published files. */

import { InputError } from "../errors.ts";
import { readHourlyCsv } from "./hourly_csv.ts";
import { fillFromNeighbours, type HourlySeries, hourMs } from "./hourly_series.ts";
import { readOpenMeteo } from "./open_meteo.ts";
import { readArrivalShape } from "./arrival_shape.ts";
import { readPlantFractions } from "./plant_series.ts";
import { priceFactor } from "./price_unit.ts";
import { publicHours } from "./day_ahead.ts";
import type { ScheduleConfig, SiteConfig } from "./config_types.ts";
import { arrivalShapeOf, type SiteYear, type SourceRepair, type Year } from "./year.ts";

/**
 * Builds the year that a configuration's `sources` name.
 *
 * The price files set the axis: consecutive hours that all sites share, in days from the first
 * `dayStartUtcH` on. Several files of a site follow one another; up to two days between them are missing
 * hours. Prices are US dollars a MWh unless the header or `usdPerUnit` says otherwise.
 * Carbon and weather are taken at the same instant where their file covers it, else at the same hour
 * of the year. Wind and solar series carry no zone: they are read as local standard time of the site
 * and matched by hour of the year. A site without a carbon file has carbon 0, without weather
 * 15 degrees, without wind or solar none of it, without arrivals the shape of {@linkcode arrivalShapeOf}.
 *
 * @param config A configuration whose year comes from files.
 * @param read Gives the text of a file named in it.
 * @return The year with every repair and its count.
 *
 * @example
 * ```ts
 * import { exampleConfig, parseScheduleConfig, readYear } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const text = exampleConfig.replace("source: generated", "source: files")
 *   .replaceAll(/ {4}utcOffsetH: /g, "    sources: { price: [p.csv] }\n$&");
 * const hours = Array.from({ length: 240 }, (_, h) =>
 *   `${new Date(h * 3_600_000).toISOString().slice(0, 19)}Z,${20 + h % 24}`);
 * const year = readYear(
 *   parseScheduleConfig(text, "week.yaml"),
 *   () => `time,price\n${hours.join("\n")}\n`,
 * );
 * assert.equal(year.days, 9); // days begin at 6 h UTC
 * assert.equal(year.sites[0]!.priceUsdPerMWh[0], 26);
 * ```
 */
export function readYear(config: ScheduleConfig, read: (path: string) => string): Year {
  const repairs: SourceRepair[] = [];
  const note = (path: string, series: HourlySeries): HourlySeries => {
    // A file that several sites share is told once.
    if (!repairs.some((repair) => repair.path === path)) {
      for (const repair of series.repairs) repairs.push({ ...repair, path });
    }
    return series;
  };
  const arrivals = (path: string): Float64Array => {
    const { shape, skipped } = readArrivalShape(read(path), path);
    if (skipped > 0 && !repairs.some((repair) => repair.path === path)) {
      repairs.push({ rule: "unusable-request", count: skipped, path });
    }
    return shape;
  };
  const prices = config.sites.map((site) => {
    const { zone, priceColumn, usdPerUnit } = site.sources!;
    const parts = site.sources!.price.map((path) => {
      const column = readHourlyCsv(read(path), {
        path,
        ...(priceColumn === undefined
          ? { value: /price|lmp|usd/i, prefer: /usd/i }
          : { value: new RegExp(`^${RegExp.escape(priceColumn)}$`, "i") }),
        ...(zone !== undefined && { zone }),
      });
      const factor = priceFactor(column.header, usdPerUnit, path);
      return note(path, { ...column, values: column.values.map((price) => price * factor) });
    });
    const paths = site.sources!.price;
    return parts.length === 1 ? parts[0]! : note(paths.join(", "), joinYears(parts, paths));
  });
  const startMs = firstDayStart(
    Math.max(...prices.map((p) => p.startMs)),
    config.year.dayStartUtcH,
  );
  const endMs = Math.min(...prices.map((p) => p.startMs + p.values.length * hourMs));
  const days = Math.floor((endMs - startMs) / hourMs / 24);
  if (days < 9) {
    throw new InputError({
      code: "refused",
      problem: "the price files share too little time",
      expected: "at least 9 whole days",
      found: `${Math.max(0, days)} days`,
    });
  }
  const hours = days * 24;
  const sites = config.sites.map((site, j): SiteYear => {
    const sources = site.sources!;
    const price = at(prices[j]!, startMs, hours);
    const hourly = (
      path: string | undefined,
      reader: (text: string, path: string) => HourlySeries,
      otherwise: number,
    ): Float64Array =>
      path === undefined
        ? new Float64Array(hours).fill(otherwise)
        : at(note(path, reader(read(path), path)), startMs, hours);
    const fraction = (path: string | undefined): Float64Array =>
      path === undefined
        ? new Float64Array(hours)
        : byHourOfYear(readPlantFractions(read(path), path), site, startMs, hours);
    return {
      priceUsdPerMWh: config.year.negativePrices === "clip"
        ? price.map((x) => Math.max(0, x))
        : price,
      ...(sources.dayAhead !== undefined && {
        publicHour: publicHours(sources.dayAhead, startMs, hours),
      }),
      carbonGPerKWh: hourly(
        sources.carbon,
        (text, path) => readHourlyCsv(text, { path, value: /carbon intensity.*direct|avg_CI/i }),
        0,
      ),
      outdoorC: hourly(sources.weather, readOpenMeteo, 15),
      windFraction: fraction(sources.wind),
      solarFraction: fraction(sources.solar),
      arrivalShape: sources.arrivals === undefined
        ? arrivalShapeOf(config)
        : quietAtNight(arrivals(sources.arrivals)),
    };
  });
  return { days, sites, repairs, origin: "files" };
}

/** A trace's clock is not the site's: its quietest six hours are put at 23 to 5 local time. */
function quietAtNight(shape: Float64Array): Float64Array {
  let quietest = 0;
  let least = Infinity;
  for (let h = 0; h < 24; h++) {
    let sum = 0;
    for (let i = 0; i < 6; i++) sum += shape[(h + i) % 24]!;
    if (sum < least) {
      least = sum;
      quietest = h;
    }
  }
  return shape.map((_, h) => shape[(h - 23 + quietest + 48) % 24]!);
}

/** The first moment from a time on at which the UTC hour is the given one. */
function firstDayStart(fromMs: number, hour: number): number {
  const sameDay = Math.floor(fromMs / (24 * hourMs)) * 24 * hourMs + hour * hourMs;
  return sameDay < fromMs ? sameDay + 24 * hourMs : sameDay;
}

/** Files one after the other; up to two days between them are missing hours, more is refused. */
function joinYears(parts: readonly HourlySeries[], paths: readonly string[]): HourlySeries {
  const sorted = [...parts].sort((a, b) => a.startMs - b.startMs);
  const values: number[] = [];
  const startMs = sorted[0]!.startMs;
  for (const part of sorted) {
    const gap = (part.startMs - startMs) / hourMs - values.length;
    if (!(gap >= 0 && gap <= 48 && Number.isInteger(gap))) {
      throw new InputError({
        code: "refused",
        path: paths.join(", "),
        problem: "the price files do not follow one another",
        expected: `${
          new Date(startMs + values.length * hourMs).toISOString()
        }, at most two days later`,
        found: new Date(part.startMs).toISOString(),
      });
    }
    for (let i = 0; i < gap; i++) values.push(NaN);
    for (const value of part.values) values.push(value);
  }
  const joined = Float64Array.from(values);
  const count = fillFromNeighbours(joined);
  return { startMs, values: joined, repairs: count > 0 ? [{ rule: "missing-hour", count }] : [] };
}

function at(series: HourlySeries, startMs: number, hours: number): Float64Array {
  const own = series.values.length;
  const first = (startMs - series.startMs) / hourMs;
  const yearStart = Date.UTC(new Date(series.startMs).getUTCFullYear(), 0, 1);
  const ownOffset = (series.startMs - yearStart) / hourMs;
  return Float64Array.from({ length: hours }, (_, h) => {
    const i = Math.round(first + h);
    if (i >= 0 && i < own) return series.values[i]!;
    const byYear = hourOfYear(startMs + h * hourMs) - ownOffset;
    return series.values[((Math.round(byYear) % own) + own) % own]!;
  });
}

function byHourOfYear(
  fractions: Float64Array,
  site: SiteConfig,
  startMs: number,
  hours: number,
): Float64Array {
  return Float64Array.from(
    { length: hours },
    (_, h) =>
      fractions[
        Math.round(hourOfYear(startMs + (h + site.utcOffsetH) * hourMs)) % fractions.length
      ]!,
  );
}

function hourOfYear(ms: number): number {
  return (ms - Date.UTC(new Date(ms).getUTCFullYear(), 0, 1)) / hourMs;
}
