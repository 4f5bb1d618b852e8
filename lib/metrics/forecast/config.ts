/** Reads a forecast's configuration and its alternatives; every refusal names the line. */

import * as v from "valibot";
import { checkMeaning, type FailAt } from "./check.ts";
import { type ConfigDocument, faultOf, parseConfigDocument, pathOf } from "../../yaml_document.ts";
import { configSchema } from "./schema.ts";
import type { ForecastSettings, SeriesSettings } from "./settings.ts";

/** What a forecast is made from: read by {@linkcode parseForecastConfig}. */
export interface ForecastConfig {
  /** Name of the configuration's file. */
  readonly path: string;
  /** The settings, with defaults filled in and all numbers in canonical units. */
  readonly settings: ForecastSettings;
  /** What-if alternatives: the same settings but for what they set. */
  readonly alternatives: readonly AlternativeConfig[];
}

/** One what-if alternative. */
export interface AlternativeConfig {
  /** Its name. */
  readonly name: string;
  /** What it sets, as written: path and value. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** The settings with the changes made. */
  readonly settings: ForecastSettings;
}

/** The parts of a configuration that an alternative may change. */
const changeable = [
  "classes",
  "idle",
  "nodeFactor",
  "pue",
  "water",
  "carbon",
  "tariff",
  "demandCharge",
  "hardware",
];

/**
 * Parses and checks a forecast's configuration in YAML.
 *
 * Quantities carry their units (`18 mJ`, `0.31 EUR/kWh`, `1200 /h`); one that can be uncertain may
 * be a map with value, low, high (a nominal 90 % interval), basis and source. Refused, with the
 * line: unknown keys, wrong or missing units, prices below 0, unknown regions and zones, overlapping tariff
 * windows, GPU energy without a node factor, energy that is given twice, and alternatives that
 * change what is not there.
 *
 * @param text The YAML text.
 * @param path The name of the file, for messages.
 * @return The configuration with defaults filled in.
 * @throws {InputError} `malformed` with line and column.
 *
 * @example
 * ```ts
 * import { parseForecastConfig } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const text = `
 * name: one class
 * start: 2026-01
 * months: 1
 * zone: UTC
 * currency: EUR
 * classes:
 *   chat:
 *     requests: 100 /h
 *     energy: {scope: node, basis: measured, perRequest: 900 J}
 * pue: 1.2
 * `;
 * assert.equal(parseForecastConfig(text, "a.yaml").settings.classes["chat"]!.requests.value, 100);
 * assert.throws(
 *   () => parseForecastConfig(text.replace("900 J", "900 W"), "a.yaml"),
 *   /a\.yaml:10:\d+: "classes\.chat\.energy\.perRequest" cannot be used; .*not a unit of energy/,
 * );
 * assert.throws(() => parseForecastConfig(text + "pie: 1\n", "a.yaml"), /:12:1: unknown key "pie"/);
 * ```
 */
export function parseForecastConfig(text: string, path: string): ForecastConfig {
  const document = parseConfigDocument(text, path);
  const plain = document.value;
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) {
    document.fail([], { problem: "not a configuration", expected: "a map of keys and values" });
  }
  const settings = check(plain, (at, fault) => document.fail(at, fault));
  const names = new Set<string>();
  const alternatives = settings.alternatives.map((alternative, i): AlternativeConfig => {
    if (names.has(alternative.name)) {
      document.fail(["alternatives", i, "name"], {
        problem: `"${alternative.name}" is named twice`,
      });
    }
    names.add(alternative.name);
    return {
      name: alternative.name,
      changes: alternative.set,
      settings: checkAlternative(document, plain as Record<string, unknown>, alternative, i),
    };
  });
  return { path, settings, alternatives };
}

function check(plain: unknown, fail: FailAt): ForecastSettings {
  // The currency decides which units prices may have; a missing one is reported by the schema.
  const currency = (plain as { currency?: unknown } | null)?.currency;
  const parsed = v.safeParse(configSchema(typeof currency === "string" ? currency : "EUR"), plain);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const at = pathOf(issue);
    return fail(at, faultOf(issue, at));
  }
  checkMeaning(parsed.output, fail);
  return parsed.output;
}

function checkAlternative(
  document: ConfigDocument,
  base: Record<string, unknown>,
  alternative: ForecastSettings["alternatives"][number],
  index: number,
): ForecastSettings {
  const { alternatives: _, ...own } = structuredClone(base);
  const paths = Object.keys(alternative.set);
  for (const path of paths) {
    const at = ["alternatives", index, "set", path];
    const keys = path.split(".");
    if (!changeable.includes(keys[0]!)) {
      document.fail(at, {
        problem: `an alternative cannot change "${path}"`,
        expected: `a path that begins with ${changeable.join(", ")}`,
      });
    }
    let parent: Record<string, unknown> = own;
    for (const key of keys.slice(0, -1)) {
      const next = parent[key];
      if (typeof next !== "object" || next === null || Array.isArray(next)) {
        document.fail(at, {
          problem: `"${path}" leads nowhere: the configuration above has no map "${key}" there`,
          expected: `one of ${Object.keys(parent).join(", ")}`,
        });
      }
      parent = next as Record<string, unknown>;
    }
    parent[keys.at(-1)!] = alternative.set[path];
  }
  return check(own, (at, fault) => {
    const cause = paths.find((path) => `${at.join(".")}.`.startsWith(`${path}.`));
    const inside = cause === undefined
      ? ["alternatives", index]
      : ["alternatives", index, "set", cause, ...at.slice(cause.split(".").length)];
    return document.fail(inside, {
      ...fault,
      problem: `in the alternative "${alternative.name}": ${fault.problem}`,
    });
  });
}

/**
 * The tables of prices and intensities that a configuration names, its alternatives' included.
 *
 * @param config The configuration.
 * @return Each once; the key is what {@linkcode forecast} asks for.
 *
 * @example
 * ```ts
 * import { forecastSeries, parseForecastConfig } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * const config = parseForecastConfig(`
 * {name: a, start: 2026-01, months: 1, zone: UTC, currency: EUR, pue: 1.2,
 *  classes: {chat: {requests: 9 /h, energy: {scope: node, basis: measured, perRequest: 1 J}}},
 *  tariff: {series: {file: p.csv, time: t, value: price, unit: EUR/MWh}}}
 * `, "a.yaml");
 * assert.equal(forecastSeries(config)[0]!.series.file, "p.csv");
 * ```
 */
export function forecastSeries(config: ForecastConfig): ForecastSeries[] {
  const found = new Map<string, ForecastSeries>();
  for (const { settings } of [config, ...config.alternatives]) {
    const named = [
      { kind: "energy-price", series: settings.tariff?.series },
      { kind: "carbon-intensity", series: settings.carbon?.series },
    ] as const;
    for (const { kind, series } of named) {
      if (series === undefined) continue;
      const key = seriesKey(series);
      found.set(key, { key, kind, currency: settings.currency, series });
    }
  }
  return [...found.values()];
}

/** A table that a forecast needs. */
export interface ForecastSeries {
  /** Its name among the tables of the forecast. */
  readonly key: string;
  /** What its values are. */
  readonly kind: "energy-price" | "carbon-intensity";
  /** Code of the money, for prices. */
  readonly currency: string;
  /** File, columns, unit and zone. */
  readonly series: SeriesSettings;
}

/** Tables that are read alike are the same table, however they are used. */
export function seriesKey({ file, time, value, unit, zone }: SeriesSettings): string {
  return JSON.stringify([file, time, value, unit, zone ?? null]);
}
