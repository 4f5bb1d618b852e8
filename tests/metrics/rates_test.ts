import {
  applyRate,
  binEnergy,
  constantRate,
  demandCharges,
  type EnergyBins,
  estimate,
  findGridRegion,
  gridRegions,
  monthSpans,
  parseRateSeries,
  type RateSeriesOptions,
  seriesRate,
  timeOfUseRate,
  type TimeOfUseWindow,
} from "@joulebook/joulebook/metrics";
import { sampledPower } from "@joulebook/joulebook/power";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { mirrorTest } from "../mirror.ts";

const declared = { basis: "declared" } as const;
const kwh = 3.6e6;

function bins(startS: number, stepS: number, kwhs: readonly number[]): EnergyBins {
  const start = Float64Array.from(kwhs, (_, i) => startS + i * stepS);
  return {
    startS: start,
    endS: start.map((s) => s + stepS),
    energyJ: Float64Array.from(kwhs, (x) => x * kwh),
    basis: "measured",
  };
}

function window(
  from: number,
  to: number,
  price: number,
  more: Partial<TimeOfUseWindow> = {},
): TimeOfUseWindow {
  return {
    name: `${from} to ${to}`,
    weekdays: [0, 1, 2, 3, 4, 5, 6],
    fromMinute: from * 60,
    toMinute: to * 60,
    price: estimate(price, declared),
    ...more,
  };
}

const tariff = (zone: string, ...windows: TimeOfUseWindow[]) =>
  timeOfUseRate({ zone, unit: "EUR/kWh", otherwise: estimate(0, declared), windows });

/** Hours of a span at each price of a tariff, with one kWh an hour. */
const hoursAt = (rate: ReturnType<typeof tariff>, startS: number, endS: number): number =>
  Math.round(
    1e9 *
      applyRate(bins(startS, 900, new Array<number>((endS - startS) / 900).fill(0.25)), rate).amount
        .value!,
  ) / 1e9;

Deno.test("a tariff's night is an hour shorter when clocks go forward and longer when they go back", () => {
  const rate = tariff("Europe/Berlin", window(0, 6, 1));
  const day = (month: number, date: number, offset: number) =>
    Date.UTC(2026, month, date) / 1000 - offset * 3600;
  assert.equal(hoursAt(rate, day(2, 28, 1), day(2, 29, 1)), 6);
  assert.equal(hoursAt(rate, day(2, 29, 1), day(2, 30, 2)), 5);
  assert.equal(hoursAt(rate, day(9, 25, 2), day(9, 26, 1)), 7);
});

Deno.test("a window over midnight belongs to the day on which it begins", () => {
  const rate = tariff("UTC", window(22, 2, 1, { weekdays: [4] }));
  const friday = Date.UTC(2026, 0, 2) / 1000;
  assert.equal(hoursAt(rate, friday, friday + 86_400), 2);
  assert.equal(hoursAt(rate, friday + 86_400, friday + 2 * 86_400), 2);
  assert.equal(hoursAt(rate, friday + 2 * 86_400, friday + 3 * 86_400), 0);
});

Deno.test("a tariff goes by its zone's clock, quarter hours included", () => {
  const rate = tariff("Asia/Kathmandu", window(9, 10, 1));
  const nine = Date.UTC(2026, 4, 1, 3, 15) / 1000;
  assert.equal(hoursAt(rate, nine, nine + 3600), 1);
  assert.equal(hoursAt(rate, nine - 3600, nine), 0);
});

Deno.test("overlapping windows and odd minutes are refused", () => {
  assert.throws(
    () => tariff("UTC", window(8, 12, 1), window(11, 13, 2)),
    /windows "8 to 12" and "11 to 13" overlap/,
  );
  assert.throws(() => tariff("UTC", window(22, 3, 1), window(2, 4, 2)), /overlap/);
  assert.throws(
    () => tariff("UTC", window(8, 12, 1, { fromMinute: 487 })),
    /quarter hours.*"8:07"/,
  );
  tariff("UTC", window(8, 12, 1, { months: [1] }), window(8, 12, 2, { months: [2] }));
});

Deno.test("what energy costs is additive over bins, classes and time, and scales with both factors", () => {
  const rate = tariff("America/New_York", window(16, 21, 0.3), window(21, 6, 0.1));
  const start = Date.UTC(2026, 10, 1) / 1000;
  fc.assert(fc.property(
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
      ),
      {
        minLength: 2,
        maxLength: 40,
      },
    ),
    fc.double({ min: 0.1, max: 10, noNaN: true }),
    (pairs, k) => {
      const cost = (list: number[]) => applyRate(bins(start, 900, list), rate).amount.value ?? 0;
      const a = pairs.map(([x]) => x);
      const b = pairs.map(([, y]) => y);
      const both = cost(pairs.map(([x, y]) => x + y));
      assert.ok(Math.abs(both - cost(a) - cost(b)) < 1e-9 * Math.max(1, both));
      assert.ok(Math.abs(cost(a.map((x) => k * x)) - k * cost(a)) < 1e-9 * Math.max(1, both * k));
    },
  ));
});

const csv = (text: string, more: Partial<RateSeriesOptions> = {}) =>
  parseRateSeries(text, {
    path: "prices.csv",
    time: "time",
    value: "price",
    unit: "EUR/MWh",
    kind: "energy-price",
    currency: "EUR",
    ...more,
  });
const jan = (hour: number) => Date.UTC(2026, 0, 1, hour) / 1000;

Deno.test("hours that a series lacks leave no amount unless the caller says what to do", async () => {
  const rate = seriesRate(
    await csv("time,price\n2026-01-01T00:00Z,100\n2026-01-01T01:00Z,200\n2026-01-01T03:00Z,400\n"),
  );
  const energy = bins(jan(0), 3600, [1, 1, 2, 1]);
  const refused = applyRate(energy, rate);
  assert.equal(refused.amount.value, null);
  assert.equal(refused.amount.reason, "rate-not-known");
  assert.equal(refused.coverage, 0.6);
  assert.equal(refused.firstGapS, jan(2));
  assert.equal(applyRate(energy, rate, "leave-out").amount.value!.toFixed(9), "0.700000000");
  const filled = applyRate(energy, rate, "mean");
  assert.equal(filled.amount.value!.toFixed(9), (0.7 * 5 / 3).toFixed(9));
  assert.equal(filled.amount.basis, "modelled");
});

Deno.test("energy at prices below 0 earns money and is counted", async () => {
  const rate = seriesRate(await csv("time,price\n2026-01-01T00:00Z,-50\n2026-01-01T01:00Z,80\n"));
  const { amount, negative } = applyRate(bins(jan(0), 3600, [2, 1]), rate);
  assert.equal(amount.value!.toFixed(9), (-0.1 + 0.08).toFixed(9));
  assert.deepEqual(negative, { seconds: 3600, energyJ: 2 * kwh });
});

Deno.test("an uncertain energy at a negative price has its interval the right way round", async () => {
  const rate = seriesRate(await csv("time,price\n2026-01-01T00:00Z,-50\n2026-01-01T01:00Z,80\n"));
  const { amount } = applyRate({
    startS: Float64Array.of(jan(0)),
    endS: Float64Array.of(jan(1)),
    energyJ: Float64Array.of(10 * kwh),
    lowJ: Float64Array.of(9 * kwh),
    highJ: Float64Array.of(13 * kwh),
    basis: "measured",
  }, rate);
  assert.deepEqual(
    [amount.low, amount.value, amount.high].map((x) => x!.toFixed(3)),
    ["-0.650", "-0.500", "-0.450"],
  );
});

Deno.test("intervals of energy and rate join in quadrature", () => {
  const rate = constantRate(estimate(100, { low: 96, high: 103, basis: "declared" }), "g/kWh");
  const { amount } = applyRate({
    startS: Float64Array.of(0, 60),
    endS: Float64Array.of(60, 120),
    energyJ: Float64Array.of(kwh, kwh),
    lowJ: Float64Array.of(0.985 * kwh, 0.985 * kwh),
    highJ: Float64Array.of(1.02 * kwh, 1.02 * kwh),
    basis: "measured",
  }, rate);
  assert.ok(Math.abs(amount.low! - (200 - Math.hypot(3, 8))) < 1e-9);
  assert.ok(Math.abs(amount.high! - (200 + Math.hypot(4, 6))) < 1e-9);
});

Deno.test("a table of rates is refused with its line, and what is missing is counted", async () => {
  const rejects = (text: string, message: RegExp, more: Partial<RateSeriesOptions> = {}) =>
    assert.rejects(csv(text, more), message);
  await rejects("when,price\n", /prices\.csv:1: there is no column "time"; expected one of "when"/);
  await rejects("time,price\n2026-01-01T00:00Z,x\n", /prices\.csv:2: not a number.*found "x"/);
  await rejects("time,price\n1.1.2026,3\n", /prices\.csv:2: not a time/);
  await rejects("time,price\n2026-02-30T00:00Z,3\n", /prices\.csv:2: not a time/);
  await rejects(
    "time,price\n2026-01-01T00:00Z,3\n2026-01-01T01:00,3\n",
    /prices\.csv:3: some times have an offset, others not/,
  );
  await rejects(
    "time,price\n2026-01-01T00:00,3\n2026-01-01T01:00,3\n",
    /times have no offset.*Try: give the zone/,
  );
  await rejects("time,price\n2026-01-01T00:00Z,3\n", /too few rows/);
  await rejects(
    "time,price\n2026-01-01T00:00Z,3\n2026-01-01T01:00Z,3\n",
    /not a unit of energy price.*found "USD\/MWh"/,
    { unit: "USD/MWh" },
  );
  const series = await csv(
    'time,price\n"2026-10-25 01:00",10\n2026-10-25 02:00,20\n2026-10-25 02:00,30\n2026-10-25 03:00,NA\n' +
      "2026-10-25 04:00,50\n2026-10-25 04:00,60\n",
    { zone: "Europe/Berlin" },
  );
  const counts = Object.fromEntries(series.dropped.map(({ reason, count }) => [reason, count]));
  assert.deepEqual(counts, {
    "missing-value": 1,
    "ambiguous-local-time": 2,
    "repeated-time": 2,
  });
  assert.deepEqual([...series.value].map((x) => Math.round(x * 1000)), [10, 20, NaN, 50]);
});

Deno.test("an hour that comes twice in a table of local times is read as two hours", async () => {
  const series = await csv(
    "time,price\n2026-10-25 01:00,1\n2026-10-25 02:00,2\n2026-10-25 02:30,3\n2026-10-25 02:00,4\n" +
      "2026-10-25 02:30,5\n2026-10-25 03:00,6\n",
    { zone: "Europe/Berlin" },
  );
  assert.deepEqual(
    [...series.startS].map((s) => (s - Date.UTC(2026, 9, 24, 23) / 1000) / 3600),
    [0, 1, 1.5, 2, 2.5, 3],
  );
});

Deno.test("demand charges take each month's highest whole interval of the zone's clock", () => {
  const start = Date.UTC(2026, 0, 31, 22, 30) / 1000;
  const months = demandCharges(bins(start, 900, [1, 5, 2, 3, 4, 4, 9]), {
    pricePerKw: estimate(10, { low: 9, high: 12, basis: "declared" }),
    currency: "EUR",
    intervalS: 1800,
    zone: "Europe/Berlin",
  });
  // In Berlin it is 23:30: one half hour in January, two and a half in February.
  assert.deepEqual(
    months.map(({ month, peakKw, incomplete }) => [month, peakKw, incomplete]),
    [["2026-01", 12, 0], ["2026-02", 16, 1]],
  );
  assert.deepEqual([months[0]!.cost.low, months[0]!.cost.value, months[0]!.cost.high], [
    108,
    120,
    144,
  ]);
  assert.throws(
    () =>
      demandCharges(bins(start, 3600, [1]), {
        pricePerKw: estimate(1),
        currency: "EUR",
        intervalS: 1800,
        zone: "UTC",
      }),
    /crosses the edge/,
  );
});

Deno.test("binned energy adds up to the trace, and a gap in the trace is not measured", () => {
  const timeS = Float64Array.of(0, 100, 200, 300, 1000, 1100);
  const trace = sampledPower({ timeS, powerW: Float64Array.of(1, 2, 3, 4, 5, 6) });
  const options = { stepS: 150, maxGapS: 150 };
  const { energyJ, lowJ, highJ } = binEnergy(trace, options);
  const known = energyJ.filter((j) => !Number.isNaN(j));
  assert.equal(known.reduce((a, b) => a + b, 0), 150 + 250 + 350 + 5.75 * 50);
  assert.ok(energyJ.every((j, i) => Number.isNaN(j) || (lowJ![i]! <= j && j <= highJ![i]!)));
  const costed = applyRate(binEnergy(trace, options), constantRate(estimate(1), "EUR/kWh"));
  assert.equal(costed.unmeasuredS, 1050 - 300);
  assert.throws(
    () => binEnergy(sampledPower({ timeS, powerW: timeS }, { clock: "monotonic" })),
    /does not say which it was; expected the epoch clock, found "monotonic"/,
  );
});

Deno.test("months have their true lengths in every zone", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1990, max: 2040 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "+05:45"),
      (year, month, zone) => {
        const spans = monthSpans(`${year}-${String(month).padStart(2, "0")}`, 12, zone);
        spans.forEach(({ startS, endS }, i) => {
          const days = new Date(Date.UTC(year, month + i, 0)).getUTCDate();
          assert.ok(Math.abs((endS - startS) / 3600 - 24 * days) <= 1);
          if (i > 0) assert.equal(startS, spans[i - 1]!.endS);
        });
        const year12 = (spans[11]!.endS - spans[0]!.startS) / 86_400;
        assert.ok(Math.abs(year12 - 365.5) < 0.6, String(year12));
      },
    ),
    { numRuns: 40 },
  );
  assert.throws(() => monthSpans("2026-1", 1, "UTC"), /not a month/);
});

Deno.test("every region has one name for each of its codes, and a source for every figure", () => {
  const seen = new Set<string>();
  for (const region of gridRegions()) {
    const names = [region.id, region.name, ...region.aliases].map((name) => name.toLowerCase());
    for (const key of new Set(names)) {
      assert.ok(!seen.has(key), key);
      seen.add(key);
      assert.equal(findGridRegion(key).id, region.id);
    }
    for (const fact of [region.carbon, region.water]) {
      if (fact === null) continue;
      assert.ok(fact.citation.length > 40 && fact.year >= 2022, region.id);
      assert.ok(fact.value > 0 && fact.accounting.length > 20, region.id);
    }
  }
});

Deno.test("eGRID's pounds per megawatt-hour become grams per kilowatt-hour", () => {
  // 823.149 lb/MWh x 0.45359237 kg/lb = 373.374 g/kWh.
  const { carbon } = findGridRegion("EGRID-US");
  assert.equal(carbon.value.toFixed(3), "373.374");
  assert.deepEqual([carbon.published, carbon.unit], [823.149, "lb CO2/MWh"]);
});

mirrorTest(
  "a year of German market prices is read whole, its negative hours counted",
  async (dir) => {
    const text = readFileSync(
      join(dir, "scheduling/hpe-sustain-cluster/prices/DE-LU_2023.csv"),
      "utf8",
    );
    const series = await parseRateSeries(text, {
      path: "DE-LU_2023.csv",
      time: "Datetime (UTC)",
      value: "Price (USD/MWh)",
      unit: "USD/MWh",
      kind: "energy-price",
      currency: "USD",
    });
    const rows = text.trim().split("\n").slice(1).map((line) => Number(line.split(",")[2]));
    const below = rows.filter((price) => price < 0).length;
    assert.ok(below > 0);
    const n = rows.length;
    const { amount, negative, coverage } = applyRate(
      bins(series.startS[0]!, 3600, new Array<number>(n).fill(1)),
      seriesRate(series),
    );
    assert.equal(coverage, 1);
    assert.equal(negative.seconds, below * 3600);
    const sum = rows.reduce((a, b) => a + b, 0) / 1000;
    assert.ok(Math.abs(amount.value! - sum) < 1e-9 * sum);
  },
);
