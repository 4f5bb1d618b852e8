/** What a configuration must mean, beyond its shape. */

import { parseZone } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import { findGridRegion } from "../grid.ts";
import { monthSpans } from "../months.ts";
import { secondsPerYear, unitFactor } from "../units.ts";
import type { Fault, Path } from "../../yaml_document.ts";
import type { ClassSettings, ForecastSettings, SeriesSettings } from "./settings.ts";
import { touRateOf } from "./rates.ts";

/** Throws with the line of a place. */
export type FailAt = (at: Path, fault: Fault) => never;

/** Refuses what has the right shape and no meaning. */
export function checkMeaning(config: ForecastSettings, fail: FailAt): void {
  /** Turns a refusal of the library into one that names the line. */
  const within = (at: Path, check: () => void): void => {
    try {
      check();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { problem, expected, found, advice } = error;
      fail(at, { problem, expected, found, advice });
    }
  };
  const checkSeries = (
    series: SeriesSettings | undefined,
    at: Path,
    kind: "energy-price" | "carbon-intensity",
  ): void => {
    if (series === undefined) return;
    within([...at, "unit"], () => unitFactor(series.unit, kind, config.currency));
    if (series.zone !== undefined) within([...at, "zone"], () => parseZone(series.zone!));
  };
  within(["zone"], () => parseZone(config.zone));
  for (const [name, item] of Object.entries(config.classes)) {
    checkClass(item, ["classes", name], fail);
  }
  const scopes = [
    ...Object.entries(config.classes).map(([name, { energy }]) => ({
      at: ["classes", name, "energy", "scope"],
      scope: energy.scope,
    })),
    ...(config.idle === undefined ? [] : [{ at: ["idle", "scope"], scope: config.idle.scope }]),
  ];
  for (const { at, scope } of scopes) {
    if (scope === "gpu" && config.nodeFactor === undefined) {
      fail(at, {
        problem: "energy of GPUs, and no way from there to the node",
        expected: 'a "nodeFactor": node energy divided by the energy of its GPUs',
        advice: "measure it; nine runs on one kind of server read 1.76 to 1.86",
      });
    }
  }
  const { water, carbon, tariff, hardware } = config;
  if (water !== undefined) {
    oneOf(water, ["water"], ["grid", "region"], fail, false);
    if (water.region !== undefined) {
      within(["water", "region"], () => waterOfRegion(water.region!));
    }
  }
  if (carbon !== undefined) {
    oneOf(carbon, ["carbon"], ["intensity", "region", "series"], fail, true);
    if (carbon.region !== undefined) {
      within(["carbon", "region"], () => findGridRegion(carbon.region!));
    }
    checkSeries(carbon.series, ["carbon", "series"], "carbon-intensity");
  }
  if (tariff !== undefined) {
    oneOf(tariff, ["tariff"], ["flat", "timeOfUse", "series"], fail, true);
    const tou = tariff.timeOfUse;
    if (tou !== undefined) {
      if (tou.zone !== undefined) {
        within(["tariff", "timeOfUse", "zone"], () => parseZone(tou.zone!));
      }
      within(["tariff", "timeOfUse", "windows"], () => touRateOf(tou, config));
    }
    checkSeries(tariff.series, ["tariff", "series"], "energy-price");
  }
  if (hardware !== undefined) checkHardware(config, fail);
}

function checkHardware(config: ForecastSettings, fail: FailAt): void {
  const { price, residual, lifeYears } = config.hardware!;
  if (residual !== undefined && residual.value > (price.low ?? price.value)) {
    fail(["hardware", "residual"], {
      problem: "the hardware is worth more at the end than it cost",
      expected: `at most ${price.low ?? price.value}`,
      found: String(residual.value),
    });
  }
  const spans = monthSpans(config.start, config.months, config.zone);
  const years = (spans.at(-1)!.endS - spans[0]!.startS) / secondsPerYear;
  // A calendar year may be a day longer than a mean one.
  if (years > lifeYears + 1 / 365) {
    fail(["hardware", "lifeYears"], {
      problem: "the forecast goes beyond the life of the hardware",
      expected: `at least ${years.toFixed(2)} years, or fewer months`,
      found: String(lifeYears),
    });
  }
}

function checkClass(item: ClassSettings, at: Path, fail: FailAt): void {
  const { energy, tokens } = item;
  const perToken = energy.perInputToken !== undefined || energy.perOutputToken !== undefined;
  if (perToken === (energy.perRequest !== undefined)) {
    fail([...at, "energy"], {
      problem: perToken
        ? "energy is given per request and per token: one of them would be counted twice"
        : "no energy is given",
      expected: "perRequest, or perInputToken and perOutputToken",
    });
  }
  for (const side of ["input", "output"] as const) {
    const key = side === "input" ? "perInputToken" : "perOutputToken";
    if (energy[key] !== undefined && tokens?.[side] === undefined) {
      fail([...at, "energy", key], {
        problem: `energy per ${side} token, and no count of them`,
        expected: `"tokens.${side}" in the class`,
      });
    }
  }
  if (item.prefixCacheHits !== undefined && energy.perInputToken === undefined) {
    fail([...at, "prefixCacheHits"], {
      problem: "what cached prompt tokens save is not known",
      expected: '"energy.perInputToken", which they save',
      advice: "answerCacheHits is the share of requests that the model never sees",
    });
  }
}

/** Refuses two ways to say one thing, and none where one is needed. */
function oneOf(
  map: Readonly<Record<string, unknown>>,
  at: Path,
  keys: readonly string[],
  fail: FailAt,
  needed: boolean,
): void {
  const given = keys.filter((key) => map[key] !== undefined);
  if (given.length > 1 || (needed && given.length === 0)) {
    fail(given.length > 1 ? [...at, given[1]!] : at, {
      problem: given.length > 1
        ? `"${at.join(".")}" is given in two ways`
        : `"${at.join(".")}" is empty`,
      expected: `${needed ? "one" : "at most one"} of ${keys.join(", ")}`,
      ...(given.length > 0 && { found: given.join(" and ") }),
    });
  }
}

/** Water of a region's grid; a region without a citable figure is refused. */
export function waterOfRegion(name: string): { readonly value: number; readonly citation: string } {
  const region = findGridRegion(name);
  if (region.water !== null) return region.water;
  throw new InputError({
    code: "bad-option",
    problem: `no water intensity of ${region.name} is shipped: none could be cited exactly`,
    expected: "a region that has one, which is USA",
    found: name,
    advice: "give the intensity itself as grid, with its source",
  });
}
