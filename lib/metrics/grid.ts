/** Carbon and water intensity of grids: published annual means, looked up by region. */

import data from "../../datasets/grid/regions.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { type QuantityKind, unitFactor } from "./units.ts";

/** One published intensity. */
export interface GridFact {
  /** In canonical units: g/kWh of carbon, L/kWh of water. */
  readonly value: number;
  /** The number as published. */
  readonly published: number;
  /** Its unit as published, such as `lb CO2/MWh`. */
  readonly unit: string;
  /** Year that it is about. */
  readonly year: number;
  /** What to cite. */
  readonly citation: string;
  /** What is counted: lifecycle or stack, which gases. */
  readonly accounting: string;
  /** What else is to be known; null when nothing. */
  readonly note: string | null;
}

/** A region whose grid has published figures. */
export interface GridRegion {
  /** ISO 3166 alpha-3 code, eGRID subregion, `EU`, `WORLD` or `EGRID-US`. */
  readonly id: string;
  /** Name in English. */
  readonly name: string;
  /** Other codes. */
  readonly aliases: readonly string[];
  /** Carbon intensity of generation. */
  readonly carbon: GridFact;
  /** Water consumed by generation; null where no figure could be cited. */
  readonly water: GridFact | null;
}

interface RawFact {
  readonly value: number;
  readonly unit: string;
  readonly year: number;
  readonly source: string;
  readonly note?: string;
}

let built: readonly GridRegion[] | undefined;

/**
 * All regions that are shipped: 58 countries, the EU and the world (Ember, lifecycle CO2e), and the
 * US by eGRID subregion (EPA, CO2 at the stack). The two count different things and are not to be
 * compared with each other.
 *
 * @return The regions.
 *
 * @example
 * ```ts
 * import { gridRegions } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.ok(gridRegions().every(({ carbon }) => carbon.value > 20 && carbon.value < 900));
 * ```
 */
export function gridRegions(): readonly GridRegion[] {
  built ??= Object.freeze(data.regions.map((region) => ({
    id: region.id,
    name: region.name,
    aliases: region.aliases,
    carbon: factOf(region.carbon, "carbon-intensity"),
    water: "water" in region ? factOf(region.water as RawFact, "water-intensity") : null,
  })));
  return built;
}

function factOf(raw: RawFact, kind: QuantityKind): GridFact {
  const source = data.sources[raw.source as keyof typeof data.sources];
  return {
    value: raw.value * unitFactor(raw.unit, kind),
    published: raw.value,
    unit: raw.unit,
    year: raw.year,
    citation: source.citation,
    accounting: source.accounting,
    note: raw.note ?? null,
  };
}

/**
 * A region by code or name; capitals do not matter.
 *
 * @param name Such as `DEU`, `DE`, `Germany` or `CAMX`.
 * @return The region.
 * @throws {InputError} `bad-option` when none has that name; it lists near ones. Regions are never
 * taken for one another: `California` is not `CAMX`.
 *
 * @example
 * ```ts
 * import { findGridRegion } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findGridRegion("se").name, "Sweden");
 * assert.equal(findGridRegion("CAMX").carbon.value.toFixed(1), "225.6");
 * assert.throws(() => findGridRegion("Swedn"), /unknown grid region.*perhaps SWE/);
 * ```
 */
export function findGridRegion(name: string): GridRegion {
  const wanted = name.trim().toLowerCase();
  const names = (region: GridRegion): string[] =>
    [region.id, region.name, ...region.aliases].map((text) => text.toLowerCase());
  const found = gridRegions().find((region) => names(region).includes(wanted));
  if (found !== undefined) return found;
  const near = gridRegions()
    .map((region) => ({
      region,
      distance: Math.min(...names(region).map((text) => editDistance(text, wanted))),
    }))
    .filter(({ distance }) => distance <= Math.max(1, wanted.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 4)
    .map(({ region }) => `${region.id} (${region.name})`);
  throw new InputError({
    code: "bad-option",
    problem: "unknown grid region",
    expected: near.length > 0
      ? `an ISO country code or an eGRID subregion, perhaps ${near.join(", ")}`
      : "an ISO country code such as DEU or an eGRID subregion such as CAMX",
    found: name,
    advice: "give the intensity itself, with its source, where no region fits",
  });
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
