import { canonicalUnit, parseQuantity, unitFactor } from "@joulebook/joulebook/metrics";
import assert from "node:assert/strict";
import fc from "fast-check";

const close = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

Deno.test("units become their canonical unit", () => {
  const table: [string, Parameters<typeof parseQuantity>[1], number][] = [
    ["1 kWh", "energy", 3.6e6],
    ["1 MJ", "energy", 1e6],
    ["250 mJ/output token", "energy", 0.25],
    ["0.9 Wh/request", "energy", 3240],
    ["1.2 kW", "power", 1200],
    ["30 min", "duration", 1800],
    ["86400 requests/day", "rate", 3600],
    ["0.5 /s", "rate", 1800],
    ["12.5 %", "share", 0.125],
    ["0.125", "share", 0.125],
    ["1_000 tokens", "count", 1000],
    ["30000 EUR", "money", 30_000],
    ["85 EUR/MWh", "energy-price", 0.085],
    ["1 EUR/Wh", "energy-price", 1000],
    ["9000 EUR/MW", "demand-price", 9],
    ["0.35 kg/kWh", "carbon-intensity", 350],
    ["350 kg CO2e/MWh", "carbon-intensity", 350],
    ["1000 lb/MWh", "carbon-intensity", 453.59237],
    ["1 gCO2eq/kWh", "carbon-intensity", 1],
    ["1 gal/MWh", "water-intensity", 0.003785411784],
    ["1 m3/MWh", "water-intensity", 1],
  ];
  for (const [text, kind, value] of table) close(parseQuantity(text, kind, "EUR"), value);
});

Deno.test("a quantity of another kind, without a unit or in another currency is refused", () => {
  const refused: [string | number, Parameters<typeof parseQuantity>[1], RegExp][] = [
    ["3 W", "energy", /not a unit of energy/],
    ["3 J", "power", /not a unit of power/],
    [3, "energy", /no unit/],
    ["3", "energy-price", /no unit/],
    ["0.1 USD/kWh", "energy-price", /not a unit of energy price; expected a unit as in 0.12 EUR/],
    ["0.1 EUR", "energy-price", /not a unit/],
    ["0.1 EUR/kW", "energy-price", /not a unit/],
    ["0.1 EUR/kWh/h", "energy-price", /not a unit/],
    ["1 mw", "power", /not a unit/],
    ["5 %", "factor", /not a unit/],
    ["many", "count", /not a quantity/],
    ["1,5 J", "energy", /not a unit/],
    ["", "energy", /not a quantity/],
    ["Infinity J", "energy", /not a quantity/],
  ];
  for (const [text, kind, message] of refused) {
    assert.throws(() => parseQuantity(text, kind, "EUR"), message, String(text));
  }
});

Deno.test("a number and its unit scale against each other", () => {
  const units = ["mJ", "J", "kJ", "MJ", "Wh", "kWh"];
  fc.assert(fc.property(
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.constantFrom(...units),
    fc.constantFrom(...units),
    (value, from, to) => {
      const joules = parseQuantity(`${value} ${from}`, "energy");
      const again = parseQuantity(`${joules / unitFactor(to, "energy")} ${to}`, "energy");
      assert.ok(Math.abs(again / joules - 1) < 1e-12);
    },
  ));
});

Deno.test("the canonical unit of every kind is one of its units, of size 1", () => {
  const kinds = [
    "energy",
    "power",
    "duration",
    "money",
    "energy-price",
    "demand-price",
    "carbon-intensity",
    "water-intensity",
  ] as const;
  for (const kind of kinds) assert.equal(unitFactor(canonicalUnit(kind, "EUR"), kind, "EUR"), 1);
  assert.equal(unitFactor("/h", "rate"), 1);
});
