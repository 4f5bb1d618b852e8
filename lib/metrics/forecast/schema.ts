/** The shape of a forecast's configuration; unknown keys are refused at every level. */

import * as v from "valibot";
import { InputError } from "../../errors.ts";
import { canonicalUnit, parseQuantity, type QuantityKind } from "../units.ts";
import type { ForecastSettings, InputValue, SeriesSettings } from "./settings.ts";

const basis = v.picklist(
  ["measured", "declared", "modelled", "generated"],
  "measured, declared, modelled or generated",
);
const text = v.pipe(v.string("a text"), v.nonEmpty("a text that is not empty"));
const whole = (least: number, most: number) =>
  v.pipe(
    v.number(`a whole number from ${least} to ${most}`),
    v.integer(`a whole number from ${least} to ${most}`),
    v.minValue(least, `a whole number from ${least} to ${most}`),
    v.maxValue(most, `a whole number from ${least} to ${most}`),
  );

interface Limits {
  readonly least?: number;
  readonly most?: number;
}

/** A quantity with its unit, or a map with value, low, high, basis and source. */
const input = (
  kind: QuantityKind,
  currency: string,
  limits: Limits = {},
): v.GenericSchema<unknown, InputValue> =>
  v.pipe(
    v.unknown(),
    v.rawTransform<unknown, InputValue>(({ dataset, addIssue, NEVER }) => {
      const whole = dataset.value;
      const isMap = typeof whole === "object" && whole !== null && !Array.isArray(whole);
      const map: Record<string, unknown> = isMap
        ? whole as Record<string, unknown>
        : { value: whole };
      const fail = (key: string | null, expected: string, received: string) => {
        addIssue({
          expected,
          received,
          message: expected,
          ...(isMap && key !== null && {
            path: [{ type: "object", origin: "value", input: map, key, value: map[key] }],
          }),
        });
        return NEVER;
      };
      for (const key of Object.keys(map)) {
        if (!["value", "low", "high", "basis", "source"].includes(key)) {
          return fail(key, "never", `"${key}"`);
        }
      }
      const numbers: Record<string, number | null> = { value: null, low: null, high: null };
      for (const key of ["value", "low", "high"]) {
        const raw = map[key];
        if (raw === undefined && key !== "value") continue;
        if (typeof raw !== "string" && typeof raw !== "number") {
          return fail(key, "a number with its unit", raw === undefined ? "undefined" : String(raw));
        }
        let number: number;
        try {
          number = parseQuantity(raw, kind, currency);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          return fail(key, `${error.expected} (${error.problem})`, String(raw));
        }
        const { least = 0, most = Infinity } = limits;
        if (number < least || number > most) {
          const unit = canonicalUnit(kind, currency);
          const shown = unit === "1" ? "" : ` ${unit}`;
          return fail(
            key,
            most === Infinity ? `at least ${least}${shown}` : `${least} to ${most}${shown}`,
            String(raw),
          );
        }
        numbers[key] = number;
      }
      const value = numbers["value"]!;
      const low = numbers["low"]!;
      const high = numbers["high"]!;
      if ((low === null) !== (high === null)) {
        return fail("value", "both low and high, or neither", low === null ? "high" : "low");
      }
      if (low !== null && !(low <= value && value <= high)) {
        return fail(
          "value",
          `a value from low ${map["low"]} to high ${map["high"]}`,
          `${map["value"]}`,
        );
      }
      const stated = map["basis"];
      if (stated !== undefined && !v.is(basis, stated)) {
        return fail("basis", basis.message as string, String(stated));
      }
      if (map["source"] !== undefined && typeof map["source"] !== "string") {
        return fail("source", "a text", String(map["source"]));
      }
      return {
        value,
        low,
        high,
        basis: stated ?? null,
        source: (map["source"] as string | undefined) ?? null,
        unit: canonicalUnit(kind, currency),
      };
    }),
  );

const clock = v.pipe(
  v.string("a time such as 16:00"),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "a time such as 16:00, up to 24:00"),
  v.transform((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))),
);

const days: Readonly<Record<string, readonly number[]>> = {
  all: [0, 1, 2, 3, 4, 5, 6],
  workdays: [0, 1, 2, 3, 4],
  weekends: [5, 6],
};
const weekday = v.picklist(
  ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  "mon, tue, wed, thu, fri, sat or sun",
);
const dayNames = weekday.options;
const weekdays = v.union(
  [
    v.pipe(v.picklist(["all", "workdays", "weekends"]), v.transform((word) => days[word]!)),
    v.pipe(
      v.array(weekday),
      v.minLength(1),
      v.transform((names): readonly number[] => names.map((name) => dayNames.indexOf(name))),
    ),
  ],
  "all, workdays, weekends, or a list of mon to sun",
);

const weights = (count: number, what: string) =>
  v.pipe(
    v.array(v.pipe(v.number(what), v.finite(what), v.minValue(0, what)), what),
    v.length(count, what),
    v.check((list) => list.some((weight) => weight > 0), `${what}, not all 0`),
  );

const series: v.GenericSchema<unknown, SeriesSettings> = v.strictObject({
  file: text,
  time: text,
  value: text,
  unit: text,
  zone: v.optional(text),
  use: v.optional(v.picklist(["as-given", "month-hour"], "as-given or month-hour"), "as-given"),
  missing: v.optional(v.picklist(["refuse", "mean"], "refuse or mean"), "refuse"),
});

/** The schema for one currency. */
export const configSchema = (currency: string): v.GenericSchema<unknown, ForecastSettings> => {
  const of = (kind: QuantityKind, limits?: Limits) => input(kind, currency, limits);
  const share = of("share", { most: 1 });
  const requestClass = v.strictObject({
    requests: of("rate"),
    growthPerMonth: v.optional(of("share", { least: -1 })),
    profile: v.optional(v.strictObject({
      hours: v.optional(weights(24, "24 weights, one for each hour of the day")),
      weekdays: v.optional(weights(7, "7 weights, Monday to Sunday")),
    })),
    answerCacheHits: v.optional(share),
    prefixCacheHits: v.optional(share),
    tokens: v.optional(v.strictObject({
      input: v.optional(of("count")),
      output: v.optional(of("count")),
    })),
    energy: v.strictObject({
      scope: v.picklist(["gpu", "node"], "gpu or node"),
      basis,
      source: v.optional(text),
      perRequest: v.optional(of("energy")),
      perInputToken: v.optional(of("energy")),
      perOutputToken: v.optional(of("energy")),
    }),
  });
  return v.strictObject({
    name: text,
    start: v.pipe(
      v.string("a month such as 2026-01"),
      v.regex(/^\d{4}-(0[1-9]|1[0-2])$/, "a month such as 2026-01"),
    ),
    months: whole(1, 120),
    zone: text,
    currency: v.pipe(
      v.string("a currency code"),
      v.regex(/^[A-Z]{3}$/, "a currency code of three capitals, such as EUR"),
    ),
    method: v.optional(
      v.strictObject({
        seed: v.optional(whole(0, 4_294_967_295), 1),
        draws: v.optional(whole(200, 20_000), 2000),
        energyErrors: v.optional(
          v.picklist(["common", "independent"], "common or independent"),
          "common",
        ),
      }),
      { seed: 1, draws: 2000, energyErrors: "common" },
    ),
    classes: v.pipe(
      v.record(
        v.pipe(
          v.string(),
          v.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "a name of letters, digits, - and _"),
        ),
        requestClass,
      ),
      v.check((classes) => Object.keys(classes).length > 0, "at least one class"),
    ),
    idle: v.optional(v.strictObject({
      power: of("power"),
      scope: v.picklist(["gpu", "node"], "gpu or node"),
    })),
    nodeFactor: v.optional(of("factor", { least: 1 })),
    pue: of("factor", { least: 1 }),
    water: v.optional(v.strictObject({
      site: v.optional(of("water-intensity")),
      grid: v.optional(of("water-intensity")),
      region: v.optional(text),
    })),
    carbon: v.optional(v.strictObject({
      intensity: v.optional(of("carbon-intensity")),
      region: v.optional(text),
      series: v.optional(series),
    })),
    tariff: v.optional(v.strictObject({
      flat: v.optional(of("energy-price")),
      timeOfUse: v.optional(v.strictObject({
        zone: v.optional(text),
        otherwise: of("energy-price"),
        windows: v.pipe(
          v.array(v.strictObject({
            name: text,
            days: v.optional(weekdays, "all"),
            months: v.optional(v.pipe(v.array(whole(1, 12)), v.minLength(1))),
            from: clock,
            to: clock,
            price: of("energy-price"),
          })),
          v.minLength(1, "at least one window"),
        ),
      })),
      series: v.optional(series),
    })),
    demandCharge: v.optional(v.strictObject({
      price: of("demand-price"),
      interval: v.optional(
        v.pipe(
          v.picklist(["15 min", "30 min", "60 min"], "15 min, 30 min or 60 min"),
          v.transform((length) => parseInt(length) * 60),
        ),
        "15 min",
      ),
    })),
    hardware: v.optional(v.strictObject({
      price: of("money"),
      residual: v.optional(of("money")),
      count: v.optional(whole(1, 10_000_000), 1),
      lifeYears: v.pipe(v.number("years"), v.gtValue(0, "years above 0")),
    })),
    alternatives: v.optional(
      v.array(v.strictObject({
        name: text,
        set: v.pipe(
          v.record(v.string(), v.unknown()),
          v.check((changes) => Object.keys(changes).length > 0, "at least one change"),
        ),
      })),
      [],
    ),
  });
};
