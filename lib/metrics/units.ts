/** Units: the only place where one unit becomes another. */

import { InputError } from "../errors.ts";

/** Joules in a kilowatt-hour. */
export const joulesPerKwh = 3.6e6;

/** Seconds in a year of 365.25 days, by which the lives of hardware are counted. */
export const secondsPerYear: number = 365.25 * 86_400;

/** Grams in a kilogram, millilitres in a litre, watt-hours in a kilowatt-hour. */
export const perThousand = 1000;

/** What a quantity is; each kind has one canonical unit, in which the library computes. */
export type QuantityKind =
  | "energy"
  | "power"
  | "duration"
  | "rate"
  | "share"
  | "factor"
  | "count"
  | "money"
  | "energy-price"
  | "demand-price"
  | "carbon-intensity"
  | "water-intensity";

const prefixed = (unit: string, size: number): Record<string, number> => ({
  [`m${unit}`]: size / 1000,
  [unit]: size,
  [`k${unit}`]: size * 1e3,
  [`M${unit}`]: size * 1e6,
  [`G${unit}`]: size * 1e9,
});

const energy = { ...prefixed("J", 1), ...prefixed("Wh", 3600) };
const power = prefixed("W", 1);
const seconds = { ms: 1e-3, s: 1, min: 60, h: 3600, day: 86_400 };
const grams = { mg: 1e-3, g: 1, kg: 1e3, t: 1e6, lb: 453.59237 };
const litres = { mL: 1e-3, L: 1, m3: 1e3, gal: 3.785411784 };

interface Kind {
  /** The canonical unit. */
  readonly unit: string;
  /** What a person may write, for messages. */
  readonly example: string;
  /** Units above the stroke; `null` stands for the currency. */
  readonly top: Readonly<Record<string, number>> | null;
  /** Units below it; absent where there is none. */
  readonly bottom?: Readonly<Record<string, number>>;
  /** Words that say what is counted and may stand beside the unit. */
  readonly words?: RegExp;
}

const kinds: Readonly<Record<QuantityKind, Kind>> = {
  energy: {
    unit: "J",
    example: "0.25 J",
    top: energy,
    words: /\/(input |output )?(token|request|prompt|response)$/,
  },
  power: { unit: "W", example: "350 W", top: power },
  duration: { unit: "s", example: "15 min", top: seconds },
  rate: {
    unit: "1/h",
    example: "1200 /h",
    top: { "": 1 },
    bottom: seconds,
    words: /^(requests|tokens)(?=\/)/,
  },
  share: { unit: "1", example: "30 %", top: { "": 1, "%": 0.01 } },
  factor: { unit: "1", example: "1.2", top: { "": 1 } },
  count: { unit: "1", example: "800", top: { "": 1 }, words: /^(requests|tokens)$/ },
  money: { unit: "CUR", example: "30000 CUR", top: null },
  "energy-price": { unit: "CUR/kWh", example: "0.12 CUR/kWh", top: null, bottom: energy },
  "demand-price": { unit: "CUR/kW", example: "14 CUR/kW", top: null, bottom: power },
  "carbon-intensity": {
    unit: "g/kWh",
    example: "350 g/kWh",
    top: grams,
    bottom: energy,
    words: / ?CO2(eq?)?(?=\/)/,
  },
  "water-intensity": { unit: "L/kWh", example: "1.8 L/kWh", top: litres, bottom: energy },
};

/**
 * The canonical unit of a kind of quantity.
 *
 * @param kind The kind.
 * @param currency Code of the money, for prices.
 * @return Such as `J`, `g/kWh`, or `EUR/kWh`.
 *
 * @example
 * ```ts
 * import { canonicalUnit } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(canonicalUnit("energy-price", "EUR"), "EUR/kWh");
 * ```
 */
export function canonicalUnit(kind: QuantityKind, currency = "CUR"): string {
  return kinds[kind].unit.replace("CUR", currency);
}

/**
 * How many canonical units one of a unit is: 1e-3 for mJ, 1e-3 for EUR/MWh as EUR/kWh, 0.4536 for
 * lb/MWh as g/kWh. Capitals matter: mW is not MW.
 *
 * @param unit The unit, such as `lb CO2/MWh`.
 * @param kind What it measures.
 * @param currency Code of the money, for prices.
 * @return The factor.
 * @throws {InputError} `bad-option` when the unit does not measure that, or has another currency.
 *
 * @example
 * ```ts
 * import { unitFactor } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(unitFactor("EUR/MWh", "energy-price", "EUR"), 1e-3);
 * assert.equal(unitFactor("lb CO2/MWh", "carbon-intensity"), 0.45359237);
 * assert.throws(() => unitFactor("W", "energy"), /not a unit of energy/);
 * ```
 */
export function unitFactor(unit: string, kind: QuantityKind, currency = "CUR"): number {
  const { top, bottom, words, unit: canonical, example } = kinds[kind];
  const plain = words === undefined ? unit : unit.replace(words, "");
  const [above = "", below, ...rest] = plain.split("/").map((part) => part.trim());
  const upper = top === null ? (above === currency ? 1 : undefined) : top[above];
  const lower = bottom === undefined ? 1 : bottom[below ?? ""];
  const shaped = rest.length === 0 && (below === undefined) === (bottom === undefined);
  if (upper === undefined || lower === undefined || !shaped) {
    throw new InputError({
      code: "bad-option",
      problem: `not a unit of ${kind.replace("-", " ")}`,
      expected: `a unit as in ${example.replace("CUR", currency)}`,
      found: unit,
    });
  }
  if (bottom === undefined) return upper;
  // The stroke's own unit: 1/h counts hours below it, g/kWh kilowatt-hours, CUR/kW kilowatts.
  return upper * bottom[canonical.slice(canonical.indexOf("/") + 1)]! / lower;
}

const number = /^([+-]?(?:\d+(?:_\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$/;

/**
 * A quantity as a person writes it, in the canonical unit of its kind.
 *
 * A number without a unit is refused except for factors, counts and shares: a unit is never
 * guessed.
 *
 * @param text Such as `18 mJ`, `0.31 EUR/kWh`, `820 lb/MWh`, `30 %` or `1200 /h`; or a plain number.
 * @param kind What it has to be.
 * @param currency Code of the money, for prices.
 * @return The number, in the unit that {@linkcode canonicalUnit} names.
 * @throws {InputError} `bad-option` when it is no such quantity.
 *
 * @example
 * ```ts
 * import { parseQuantity } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseQuantity("125 mJ/token", "energy"), 0.125);
 * assert.equal(parseQuantity("2 requests/s", "rate"), 7200);
 * assert.throws(() => parseQuantity(0.3, "energy"), /no unit; expected one as in 0.25 J/);
 * ```
 */
export function parseQuantity(
  text: string | number,
  kind: QuantityKind,
  currency = "CUR",
): number {
  const example = kinds[kind].example.replace("CUR", currency);
  const parts = number.exec(String(text).trim());
  const value = parts === null ? NaN : Number(parts[1]!.replaceAll("_", ""));
  if (parts === null || !Number.isFinite(value)) {
    throw new InputError({
      code: "bad-option",
      problem: `not a quantity of ${kind.replace("-", " ")}`,
      expected: `one as in ${example}`,
      found: String(text),
    });
  }
  const unit = parts[2]!;
  if (unit === "" && kinds[kind].unit !== "1") {
    throw new InputError({
      code: "bad-option",
      problem: "the number has no unit",
      expected: `one as in ${example}`,
      found: String(text),
    });
  }
  return value * unitFactor(unit, kind, currency);
}

/**
 * Joules as kilowatt-hours.
 *
 * @param energyJ Joules.
 * @return Kilowatt-hours: joules / 3.6e6.
 *
 * @example
 * ```ts
 * import { joulesToKwh } from "@joulebook/joulebook/metrics";
 * import assert from "node:assert/strict";
 *
 * assert.equal(joulesToKwh(7.2e6), 2);
 * ```
 */
export function joulesToKwh(energyJ: number): number {
  return energyJ / joulesPerKwh;
}
