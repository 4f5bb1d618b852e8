import assert from "node:assert/strict";
import { publicHours } from "../../lib/scheduling/day_ahead.ts";
import { generateYear } from "../../lib/scheduling/generated_year.ts";
import {
  checkInformation,
  compileModel,
  constantPolicy,
  createHindsight,
  createWorld,
  flowLayer,
  loadSolver,
  mpcPolicy,
  parseScheduleConfig,
  type Policy,
  runDay,
  shadowLayer,
} from "../../lib/scheduling/mod.ts";
import { hardConfig } from "./fixtures.ts";

const startMs = Date.UTC(2023, 0, 1, 6);
const berlin = { zone: "Europe/Berlin", publishedAtH: 13 };
const hourAt = (month: number, day: number, hour: number): number =>
  (Date.UTC(2023, month - 1, day, hour) - startMs) / 3_600_000;

/** Hard days whose last two sites have a day-ahead market that publishes during the day. */
async function publishedSystem() {
  const config = parseScheduleConfig(hardConfig, "test.yaml");
  const year = generateYear(config);
  const sites = year.sites.map((site, j) =>
    j === 0
      ? site
      : { ...site, publicHour: publicHours(berlin, startMs, site.priceUsdPerMWh.length) }
  );
  const world = createWorld(config, { ...year, sites });
  const model = compileModel(config);
  const solver = await loadSolver();
  return { model, world, solver, hindsight: createHindsight(solver, model, world) };
}

Deno.test("an operating day's prices are public at the stated hour of the day before", () => {
  const hours = publicHours(berlin, startMs, 8760);
  // Winter: 13:00 in Berlin is 12:00 UTC; the operating day begins at 23:00 UTC.
  assert.equal(hours[hourAt(1, 20, 22)], hourAt(1, 19, 12));
  assert.equal(hours[hourAt(1, 20, 23)], hourAt(1, 20, 12));
  // Summer: 11:00 UTC and 22:00 UTC.
  assert.equal(hours[hourAt(7, 20, 21)], hourAt(7, 19, 11));
  assert.equal(hours[hourAt(7, 20, 22)], hourAt(7, 20, 11));
  // The day of the spring change, 26 March, was published on the 25th in winter time.
  assert.equal(hours[hourAt(3, 26, 12)], hourAt(3, 25, 12));
  hours.forEach((from, h) => assert.ok(from <= h, "published after it applied"));
});

Deno.test("published prices hold no spikes, come in time and only where there is a market", async () => {
  const { world } = await publishedSystem();
  let spikes = 0;
  for (let index = 100; index < 130; index++) {
    const { dayAhead, priceUsdPerKWh } = world.day(index);
    for (let t = 0; t < 96; t++) {
      assert.ok(Number.isNaN(dayAhead!.priceUsdPerKWh[t * 3]!));
      assert.equal(dayAhead!.publicSlot[t * 3], Infinity);
      for (const j of [1, 2]) {
        const base = dayAhead!.priceUsdPerKWh[t * 3 + j]!;
        assert.ok(dayAhead!.publicSlot[t * 3 + j]! <= t);
        if (priceUsdPerKWh[t * 3 + j] !== base) spikes++;
      }
    }
  }
  assert.ok(spikes > 0);
});

Deno.test("only a policy that declares it is shown prices that are public", async () => {
  const { model, world, hindsight } = await publishedSystem();
  const base = constantPolicy(flowLayer(model, true));
  const { dayAhead } = world.day(120);
  const seen: Record<string, number[]> = {};
  for (const today of ["past", "day-ahead"] as const) {
    seen[today] = [];
    const curious: Policy = {
      ...base,
      information: { pastDays: 0, today },
      decide(view) {
        let shown = 0;
        view.announcedUsdPerKWh.forEach((price, i) => {
          if (Number.isNaN(price)) return;
          shown++;
          assert.equal(price, dayAhead!.priceUsdPerKWh[i]);
          assert.ok(dayAhead!.publicSlot[i]! <= view.slot);
        });
        seen[today]!.push(shown);
        return base.decide(view);
      },
    };
    runDay(curious, model, world, hindsight, 120);
  }
  assert.ok(seen["past"]!.every((shown) => shown === 0));
  // Up to 22:00 UTC (64 slots from 06:00) before 11:00 UTC, the whole day after.
  assert.equal(seen["day-ahead"]![0], 2 * 64);
  assert.equal(seen["day-ahead"]![19], 2 * 64);
  assert.equal(seen["day-ahead"]![20], 2 * 96);
});

Deno.test("policies know day-ahead prices when they are public, and nothing more", async () => {
  const { model, world, solver } = await publishedSystem();
  for (
    const policy of [
      constantPolicy(shadowLayer(model, "price-chain")),
      constantPolicy(shadowLayer(model, "day-ahead")),
      mpcPolicy(solver, { forecast: "day-ahead", lookAheadSlots: 8 }),
    ]
  ) {
    // The rest of the day is published in slot 20.
    for (const part of [16, 30]) {
      const check = checkInformation(policy, model, world, solver, 120, part);
      assert.deepEqual(check, { compared: part, leakSlot: null }, policy.name);
    }
  }
  const secret = mpcPolicy(solver, { forecast: "perfect", lookAheadSlots: 8 });
  let today = world.day(120);
  const cheat: Policy = {
    ...secret,
    information: { pastDays: 0, today: "day-ahead" },
    begin: (start) => secret.begin({ ...start, today }),
  };
  const other = { ...world, day: (i: number) => i === 120 ? (today = world.day(i)) : world.day(i) };
  assert.equal(checkInformation(cheat, model, other, solver, 120, 4).leakSlot, null);
});

Deno.test("day-ahead prices are worth something, and never more than the optimum", async () => {
  const { model, world, hindsight } = await publishedSystem();
  let [blind, told, best] = [0, 0, 0];
  for (const index of [90, 130, 170, 210, 250, 290]) {
    const optimum = hindsight.of(world.day(index)).utilityUsd;
    best += optimum;
    const play = (kind: "price-chain" | "day-ahead"): number => {
      const layer = shadowLayer(model, kind);
      const totals = runDay(constantPolicy(layer), model, world, hindsight, index);
      assert.equal(totals.violated, 0);
      assert.ok(totals.utilityUsd <= optimum * (1 + 1e-9));
      return totals.utilityUsd;
    };
    blind += play("price-chain");
    told += play("day-ahead");
  }
  assert.ok(told > blind, `${told} of ${best}, without them ${blind}`);
});

Deno.test("a past day is never the day itself, however many are asked for", async () => {
  const { world } = await publishedSystem();
  const past = world.history(10, 1000);
  assert.equal(past.length, 364);
  assert.ok(past.every((day) => day.index !== 10));
});
