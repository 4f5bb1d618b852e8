import {
  forecast,
  forecastSeries,
  parseForecastConfig,
  parseRateSeries,
  type RateSeries,
} from "@joulebook/joulebook/metrics";
import assert from "node:assert/strict";
import fc from "fast-check";

const close = (a: number | null, b: number, tolerance = 1e-9): void =>
  assert.ok(
    a !== null && Math.abs(a - b) <= tolerance * Math.max(1e-12, Math.abs(b)),
    `${a} is not ${b}`,
  );

const run = (text: string, series = new Map<string, RateSeries>()) =>
  forecast(parseForecastConfig(text, "case.yaml"), { series });

/** One class at 3600 requests an hour, 900 J at the node each: 1.08 kW at the facility. */
const plain = `
name: plain
start: 2026-03
months: 1
zone: Europe/Berlin
currency: EUR
classes:
  chat:
    requests: 3600 /h
    energy: {scope: node, basis: measured, perRequest: 900 J}
pue: 1.2
`;

Deno.test("a small case comes out as by hand", () => {
  const { months, total, perRequest, classes } = run(`
name: by hand
start: 2026-03
months: 2
zone: Europe/Berlin
currency: EUR
classes:
  chat:
    requests: 3600 /h
    growthPerMonth: 10 %
    prefixCacheHits: 50 %
    answerCacheHits: 20 %
    tokens: {input: 1000, output: 200}
    energy: {scope: gpu, basis: measured, perInputToken: 20 mJ, perOutputToken: 0.2 J}
idle: {power: 100 W, scope: node}
nodeFactor: 1.8
pue: 1.2
water: {site: 0.5 L/kWh, grid: 2 L/kWh}
carbon: {intensity: 500 g/kWh}
tariff:
  timeOfUse:
    otherwise: 0.10 EUR/kWh
    windows: [{name: day, days: workdays, from: 08:00, to: 20:00, price: 0.30 EUR/kWh}]
demandCharge: {price: 10 EUR/kW}
hardware: {price: 87660 EUR, lifeYears: 10}
`);
  const [march, april] = months as [typeof months[0] & object, typeof months[0] & object];

  // March has 31 days and loses an hour: 31 x 24 - 1 = 743 h. April: 30 x 24 = 720 h.
  assert.deepEqual([march.hours, april.hours], [743, 720]);
  // Requests: 3600 x 743 = 2 674 800; April 3600 x 1.1 x 720 = 2 851 200.
  close(march.requests.value, 2_674_800);
  close(april.requests.value, 2_851_200);
  // GPU joules of a request that the model sees: 1000 x (1 - 0.5) x 0.020 + 200 x 0.2 = 10 + 40 = 50 J.
  // At the node 50 x 1.8 = 90 J; 20 % come from the cache, so 72 J a request on average.
  // Requests in March: 3600 x 72 J / 3.6e6 = 0.072 kW at the node; with idle 0.172 kW.
  close(march.itKwh.value, 0.172 * 743);
  // April: 0.0792 kW + 0.1 kW = 0.1792 kW.
  close(april.itKwh.value, 0.1792 * 720);
  // Facility, x 1.2: 0.2064 kW and 0.21504 kW.
  close(march.facilityKwh.value, 0.2064 * 743);
  close(march.peakKw.value, 0.2064);
  close(april.facilityKwh.value, 0.21504 * 720);
  // March 2026 begins on a Sunday: 22 workdays x 12 h = 264 h by day, 479 h otherwise.
  // April begins on a Wednesday: 22 workdays, 264 h by day, 456 h otherwise.
  close(march.energyCost.value, 0.2064 * (264 * 0.3 + 479 * 0.1)); // 26.233 EUR
  close(april.energyCost.value, 0.21504 * (264 * 0.3 + 456 * 0.1)); // 26.837 EUR
  // Demand: 10 EUR x 0.2064 kW. Hardware: 87 660 EUR over 10 x 8766 h = 1 EUR/h.
  close(march.demandCost.value, 2.064);
  close(march.hardwareCost.value, 743);
  close(march.totalCost.value, 26.23344 + 2.064 + 743);
  // Carbon: 0.2064 x 743 kWh x 0.5 kg. Water: IT 0.172 x 743 kWh x 0.5 L; grid 153.3552 kWh x 2 L.
  close(march.carbonKg.value, 76.6776);
  close(march.siteWaterL.value, 63.898);
  close(march.gridWaterL.value, 306.7104);
  // Both months.
  close(total.facilityKwh.value, 153.3552 + 154.8288);
  close(total.peakKw.value, 0.21504);
  close(perRequest.facilityWh.value, 308.184 * 1000 / (2_674_800 + 2_851_200));
  // Idle: 0.1 kW x 1.2 x 1463 h = 175.56 kWh of 308.184.
  close(classes.find(({ name }) => name === "idle")!.facilityKwh.value, 175.56);
  assert.equal(total.totalCost.low, null);
  assert.equal(total.totalCost.basis, "modelled");
});

Deno.test("a profile moves requests between hours and keeps their weekly mean", () => {
  const profiled = plain.replace(
    "    energy:",
    `    profile:
      hours: [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0]
      weekdays: [1, 1, 1, 1, 1, 0, 0]
    energy:`,
  ).replace("start: 2026-03", "start: 2026-02");
  const { total } = run(`${profiled}
tariff:
  timeOfUse:
    otherwise: 1 EUR/kWh
    windows: [{name: day, days: workdays, from: 08:00, to: 20:00, price: 0.30 EUR/kWh}]
`);
  // February 2026 has four whole weeks, so the mean holds: 672 h x 1.08 kW, all of it by day.
  close(total.facilityKwh.value, 672 * 1.08);
  close(total.energyCost.value, 672 * 1.08 * 0.3);
  // 60 of 168 hours take all: 2.8 times the mean.
  close(total.peakKw.value, 1.08 * 2.8);
});

Deno.test("energy adds up over classes, and scales with joules and with traffic", () => {
  const classText = (name: string, rate: number, joules: number): string =>
    `  ${name}:\n    requests: ${rate} /h\n    energy: {scope: node, basis: measured, perRequest: ${joules} J}\n`;
  const text = (...classes: string[]): string =>
    plain.replace(/classes:\n[^]*(?=pue)/, `classes:\n${classes.join("")}`) +
    "tariff: {flat: 0.2 EUR/kWh}\ncarbon: {region: FRA}\n";
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 2, max: 9 }),
      (rateA, rateB, joules, k) => {
        const of = (...classes: string[]) => run(text(...classes)).total;
        const a = of(classText("a", rateA, joules));
        const b = of(classText("b", rateB, 2 * joules));
        const both = of(classText("a", rateA, joules), classText("b", rateB, 2 * joules));
        const hot = of(classText("a", rateA, k * joules));
        const busy = of(classText("a", k * rateA, joules));
        for (const metric of ["facilityKwh", "totalCost", "carbonKg", "peakKw"] as const) {
          close(both[metric].value, a[metric].value! + b[metric].value!);
          close(hot[metric].value, k * a[metric].value!);
          close(busy[metric].value, k * a[metric].value!);
        }
        close(both.requests.value, a.requests.value! + b.requests.value!);
      },
    ),
    { numRuns: 10 },
  );
});

Deno.test("one uncertain input gives its own relative interval", () => {
  const { total, method } = run(
    plain.replace("900 J}", "{value: 900 J, low: 720 J, high: 1200 J}}"),
  );
  assert.equal(method.draws, 2000);
  close(total.facilityKwh.low, 0.8 * total.facilityKwh.value!, 0.03);
  close(total.facilityKwh.high, 4 / 3 * total.facilityKwh.value!, 0.03);
});

Deno.test("independent inputs join in quadrature, joules of one meter do not", () => {
  const two = (errors: string) =>
    run(`${plain.replace(/classes:[^]*(?=pue)/, "")}method: {draws: 20000, energyErrors: ${errors}}
classes:
  a:
    requests: 3600 /h
    energy: {scope: node, basis: measured, perRequest: {value: 100 J, low: 90 J, high: 110 J}}
  b:
    requests: 3600 /h
    energy: {scope: node, basis: measured, perRequest: {value: 100 J, low: 90 J, high: 110 J}}
`).total.facilityKwh;
  const half = ({ value, high }: ReturnType<typeof two>) => high! / value! - 1;
  close(half(two("common")), 0.1, 0.03);
  close(half(two("independent")), 0.1 / Math.SQRT2, 0.03);

  const product = run(
    plain.replace("900 J}", "{value: 900 J, low: 855 J, high: 945 J}}")
      .replace("pue: 1.2", "pue: {value: 1.2, low: 1.104, high: 1.296}") +
      "method: {draws: 20000}\n",
  ).total.facilityKwh;
  close(half(product), Math.hypot(0.05, 0.08), 0.03);
});

Deno.test("the same seed gives the same bytes, another seed nearly the same interval", () => {
  const text = plain.replace("900 J}", "{value: 900 J, low: 720 J, high: 1200 J}}");
  const one = run(text);
  assert.equal(JSON.stringify(one), JSON.stringify(run(text)));
  const other = run(`${text}method: {seed: 7}\n`);
  assert.notEqual(other.total.facilityKwh.high, one.total.facilityKwh.high);
  close(other.total.facilityKwh.high, one.total.facilityKwh.high!, 0.05);
});

Deno.test("an alternative shares the errors of what it leaves alone", () => {
  const text = `${plain.replace("900 J}", "{value: 900 J, low: 720 J, high: 1080 J}}")}
alternatives:
  - {name: better building, set: {pue: 1.08}}
  - name: other boards
    set:
      classes.chat.energy: {scope: node, basis: modelled, perRequest: {value: 810 J, low: 648 J, high: 972 J}}
  - {name: half, set: {classes.chat.answerCacheHits: 50 %}}
`;
  const { alternatives, total } = run(text);
  const change = (index: number) =>
    alternatives[index]!.differences.find(({ metric }) => metric === "facilityKwh")!;
  // The same joules in both: the saving is 10 % of whatever they are, so it is surely one.
  close(change(0).relative, -0.1);
  close(change(0).change.low! / change(0).change.value!, 1.2, 0.03);
  assert.ok(change(0).change.high! < 0);
  // Other joules, with errors of their own: the same 10 % is not sure.
  close(change(1).relative, -0.1);
  assert.ok(change(1).change.high! > 0);
  const spread = Math.hypot(0.2, 0.2 * 0.9) * total.facilityKwh.value!;
  close(change(1).change.high! - change(1).change.value!, spread, 0.06);
  close(change(2).relative, -0.5);
  assert.deepEqual(alternatives[2]!.changes, { "classes.chat.answerCacheHits": "50 %" });
});

Deno.test("every figure of the example has its value inside its interval", () => {
  const config = parseForecastConfig(
    Deno.readTextFileSync(new URL("../../datasets/example/forecast.yaml", import.meta.url)),
    "forecast.yaml",
  );
  const result = forecast(config);
  assert.equal(result.total.facilityKwh.basis, "generated");
  assert.equal(result.months.length, 12);
  for (const scenario of [result, ...result.alternatives]) {
    for (const figures of [...scenario.months, scenario.total]) {
      for (const figure of Object.values(figures)) {
        if (typeof figure !== "object" || figure.low === null) continue;
        assert.ok(figure.low <= figure.value! && figure.value! <= figure.high!);
      }
    }
    const byClass = scenario.classes.reduce((sum, { facilityKwh }) => sum + facilityKwh.value!, 0);
    close(byClass, scenario.total.facilityKwh.value!);
    const byMonth = scenario.months.reduce((sum, { totalCost }) => sum + totalCost.value!, 0);
    close(byMonth, scenario.total.totalCost.value!);
  }
});

/** Hourly prices of March 2026 in UTC, as a table. */
function prices(of: (hour: number) => string, from = Date.UTC(2026, 1, 28, 20)): string {
  const rows = Array.from(
    { length: 31 * 24 + 8 },
    (_, h) => `${new Date(from + h * 3.6e6).toISOString()},${of(h)}`,
  );
  return `time,price\n${rows.join("\n")}\n`;
}

async function withPrices(text: string, table: string) {
  const config = parseForecastConfig(text, "case.yaml");
  const series = new Map<string, RateSeries>();
  for (const { key, kind, currency, series: { file, ...columns } } of forecastSeries(config)) {
    const { time, value, unit } = columns;
    series.set(
      key,
      await parseRateSeries(table, { path: file, time, value, unit, kind, currency }),
    );
  }
  return forecast(config, { series });
}

const market = (more: string) =>
  `${plain}tariff: {series: {file: prices.csv, time: time, value: price, unit: EUR/MWh${more}}}\n`;

Deno.test("market prices are taken hour by hour, those below 0 counted", async () => {
  const { total, notices } = await withPrices(market(""), prices((h) => h < 53 ? "-40" : "60"));
  // 53 rows from 20:00 UTC on 28 February; the month begins at 23:00 UTC, so 50 hours are below 0.
  close(total.energyCost.value, 1.08 * (50 * -0.04 + 693 * 0.06));
  const notice = notices.find(({ code }) => code === "negative-price")!;
  assert.equal(notice.count, 50);
  assert.match(notice.message, /54\.00 kWh earn EUR/);
});

Deno.test("hours without a price are refused with their number, or filled and counted", async () => {
  const table = prices((h) => h === 30 || h === 31 ? "" : h < 30 ? "100" : "50");
  await assert.rejects(
    withPrices(market(""), table),
    /prices\.csv: 2 hours of the forecast have no value, the first at 2026-03-02T02:00Z; .*missing: mean/,
  );
  const { total, notices } = await withPrices(market(", missing: mean"), table);
  const mean = (27 * 0.1 + 714 * 0.05) / 741;
  close(total.energyCost.value, 1.08 * 743 * mean);
  assert.equal(notices.find(({ code }) => code === "missing-hours")!.count, 2);
  await assert.rejects(
    withPrices(market("").replace("months: 1", "months: 2"), prices(() => "50")),
    /prices\.csv: \d+ hours of the forecast have no value/,
  );
});

Deno.test("a table of a past year serves by month, hour and workday or weekend", async () => {
  const from = Date.UTC(2023, 1, 28, 20);
  const hourUtc = (h: number) => new Date(from + h * 3.6e6).getUTCHours();
  const text = market(", use: month-hour").replace("Europe/Berlin", "UTC");
  const { total, inputs } = await withPrices(
    text,
    prices((h) => hourUtc(h) < 12 ? "20" : "80", from),
  );
  close(total.energyCost.value, 1.08 * 744 * 0.05);
  assert.equal(inputs.find(({ name }) => name.startsWith("tariff"))!.basis, "modelled");
});

Deno.test("a table that was not given is asked for", () => {
  assert.throws(() => run(market("")), /prices\.csv: the table was not given to the forecast/);
});

Deno.test("what a configuration does not say is unknown, not 0", () => {
  const { total, perRequest } = run(plain);
  assert.deepEqual(
    [
      total.totalCost.reason,
      total.carbonKg.reason,
      total.siteWaterL.reason,
      perRequest.carbonG.reason,
    ],
    ["no-tariff", "no-carbon-intensity", "no-wue", "no-carbon-intensity"],
  );
  assert.equal(total.totalCost.value, null);
});

Deno.test("a configuration that cannot be used is refused with its line", () => {
  const refused: [string, RegExp][] = [
    ["", /case\.yaml: there is nothing in the file/],
    ["name: [", /case\.yaml:\d+:\d+: not valid YAML/],
    ["- a", /case\.yaml:1:1: not a configuration/],
    [plain.replace("pue: 1.2\n", ""), /"pue" is missing/],
    [`${plain}pue: 1\n`, /case\.yaml:12:1: not valid YAML: Map keys must be unique/],
    [plain.replace("pue", "PUE"), /"pue" is missing/],
    [`${plain}tax: 1\n`, /case\.yaml:12:1: unknown key "tax"/],
    [plain.replace("900 J", "900"), /:10:\d+: .*the number has no unit.*found "900"/],
    [plain.replace("900 J", "900 W"), /:10:\d+: .*not a unit of energy/],
    [plain.replace("900 J", "-900 J"), /:10:\d+: .*at least 0 J, found "-900 J"/],
    [plain.replace("900 J", "{value: 9 J, low: 8 J}"), /:10:\d+: .*both low and high/],
    [
      plain.replace("900 J", "{value: 9 J, low: 1 J, high: 2 J}"),
      /:10:\d+: .*a value from low 1 J/,
    ],
    [plain.replace("900 J", "{value: 9 J, hgh: 2 J}"), /:10:\d+: unknown key "hgh"/],
    [plain.replace("900 J", "{value: 9 J, basis: guessed}"), /:10:\d+: .*measured, declared/],
    [plain.replace("3600 /h", "3600"), /:9:5: .*no unit/],
    [plain.replace("scope: node", "scope: gpu"), /:10:14: energy of GPUs, and no way/],
    [
      plain.replace("900 J", "900 J, perOutputToken: 1 J"),
      /:10:\d+: energy is given per request and per token/,
    ],
    [
      plain.replace("perRequest", "perOutputToken"),
      /:10:\d+: energy per output token, and no count/,
    ],
    [
      plain.replace("    energy", "    prefixCacheHits: 10 %\n    energy"),
      /:10:5: what cached prompt tokens save/,
    ],
    [plain.replace("Berlin", "Bern"), /:5:1: not a time zone/],
    [plain.replace("2026-03", "2026-00"), /:3:1: .*a month such as 2026-01/],
    [plain.replace("months: 1", "months: 0"), /:4:1: .*a whole number from 1 to 120/],
    [`${plain}carbon: {region: Atlantis}\n`, /:12:10: unknown grid region.*found "Atlantis"/],
    [`${plain}carbon: {}\n`, /:12:1: "carbon" is empty; expected one of intensity, region, series/],
    [
      `${plain}carbon: {region: FRA, intensity: 50 g/kWh}\n`,
      /:12:10: "carbon" is given in two ways/,
    ],
    [`${plain}water: {region: FRA}\n`, /:12:9: no water intensity of France is shipped/],
    [`${plain}tariff: {flat: -0.1 EUR/kWh}\n`, /:12:10: .*at least 0 EUR\/kWh, found "-0\.1/],
    [`${plain}tariff: {flat: 0.1 USD/kWh}\n`, /:12:10: .*not a unit of energy price/],
    [market("").replace("EUR/MWh", "EUR/h"), /:12:\d+: not a unit of energy price.*found "EUR\/h"/],
    [market(", zone: Mars"), /:12:\d+: not a time zone/],
    [
      `${plain}hardware: {price: 9 EUR, lifeYears: 0.05}\n`,
      /:12:26: the forecast goes beyond the life/,
    ],
    [
      `${plain}hardware: {price: 9 EUR, residual: 10 EUR, lifeYears: 5}\n`,
      /:12:26: .*worth more at the end/,
    ],
    [
      `${plain}alternatives: [{name: a, set: {months: 3}}]\n`,
      /:12:32: an alternative cannot change "months"/,
    ],
    [
      `${plain}alternatives: [{name: a, set: {pue: 0.5}}]\n`,
      /:12:32: in the alternative "a": "pue" cannot/,
    ],
    [
      `${plain}alternatives: [{name: a, set: {classes.x.requests: 1 /h}}]\n`,
      /:12:32: .*leads nowhere/,
    ],
    [
      `${plain}alternatives: [{name: a, set: {carbon: {region: FRX}}}]\n`,
      /:12:41: in the alternative "a": unknown grid region.*perhaps FRA/,
    ],
    [
      `${plain}alternatives: [{name: a, set: {pue: 1.1}}, {name: a, set: {pue: 1.1}}]\n`,
      /:12:45: "a" is named twice/,
    ],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => parseForecastConfig(text, "case.yaml"), message, text.slice(-200));
  }
});
