import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compileModel,
  constantPolicy,
  createHindsight,
  exampleConfig,
  flowLayer,
  greedyPolicy,
  leastLoadedPolicy,
  loadSolver,
  localPolicy,
  mpcPolicy,
  parseScheduleConfig,
  quantileBatteryPolicy,
  randomPolicy,
  runDay,
  type ScheduleModel,
  shadowLayer,
  solveDay,
} from "../../lib/scheduling/mod.ts";
import { flatDay, hardConfig, oneDay, oneSiteModel, setUp } from "./fixtures.ts";

Deno.test("the optimum replayed through the simulator earns exactly what the program says", async () => {
  for (const text of [exampleConfig, hardConfig]) {
    const { model, world, solver } = await setUp(text);
    for (const index of [15, 196]) {
      const best = solveDay(solver, model, world.day(index));
      assert.ok(Math.abs(best.totals.utilityUsd / best.utilityUsd - 1) < 1e-9);
      assert.ok(best.totals.balanceError < 1e-9);
      assert.ok(best.totals.capacityResidual < 1e-9);
    }
  }
});

Deno.test("no policy beats the optimum of any day", async () => {
  for (const text of [exampleConfig, hardConfig]) {
    const { model, world, hindsight } = await setUp(text);
    const policies = [
      localPolicy(14, false),
      localPolicy(30, true),
      leastLoadedPolicy(26),
      quantileBatteryPolicy(26, 0.25, 0.75),
      greedyPolicy(),
      randomPolicy(flowLayer(model, false), 3),
      randomPolicy(flowLayer(model, true), 3),
      randomPolicy(shadowLayer(model, "mean-price"), 3),
      constantPolicy(shadowLayer(model, "mean-price")),
    ];
    for (const index of [15, 105, 240]) {
      const best = hindsight.of(world.day(index)).utilityUsd;
      for (const policy of policies) {
        const totals = runDay(policy, model, world, hindsight, index);
        assert.ok(totals.utilityUsd <= best * (1 + 1e-9), `${policy.name} on day ${index}`);
        assert.ok(totals.balanceError < 1e-9);
        assert.ok(totals.capacityResidual < 1e-9);
      }
    }
  }
});

Deno.test("control with a perfect forecast of the whole day reaches the optimum", async () => {
  const { model, world, hindsight, solver } = await setUp();
  const policy = mpcPolicy(solver, { forecast: "perfect", lookAheadSlots: model.slots });
  const totals = runDay(policy, model, world, hindsight, 105);
  const best = hindsight.of(world.day(105)).utilityUsd;
  assert.ok(Math.abs(totals.utilityUsd / best - 1) < 1e-6, `${totals.utilityUsd} of ${best}`);
});

Deno.test("a battery trades between two prices if and only if losses and wear leave a profit", async () => {
  const solver = await loadSolver();
  for (const [low, high] of [[0.05, 0.07], [0.05, 0.12], [0.02, 0.04], [0.03, 0.031]] as const) {
    const model = oneSiteModel({ idleKWh: 0 });
    const day = flatDay(model, { arrivals: 0, priceUsdPerKWh: high, renewableKWh: 0 });
    // Cheap in the first half; without a load what is discharged is sold. The store is worth little
    // at the end: its value is the mean price, which pays less than the dear hours.
    day.priceUsdPerKWh.fill(low, 0, 48);
    const best = solveDay(solver, model, day);
    const { wearUsdPerKWh, chargeEfficiency, dischargeEfficiency } = model.sites[0]!.battery;
    const sale = chargeEfficiency * dischargeEfficiency *
      (model.sellFraction * high - wearUsdPerKWh);
    const keep = chargeEfficiency * (low + high) / 2;
    const cost = low + wearUsdPerKWh;
    const charged = 10 / chargeEfficiency;
    const profit = Math.max(0, charged * (Math.max(sale, keep) - cost));
    assert.ok(Math.abs(best.utilityUsd - profit) < 1e-9, `${low} ${high}: ${best.utilityUsd}`);
    assert.equal(best.totals.chargedKWh > 1e-9, Math.max(sale, keep) > cost);
    assert.equal(best.totals.soldKWh > 1e-9, sale > Math.max(cost, keep));
  }
});

Deno.test("one site without a battery solves a knapsack by the concave envelope", async () => {
  const solver = await loadSolver();
  const model = oneSiteModel({
    battery: {
      capacityKWh: 0,
      minimumKWh: 0,
      initialKWh: 0,
      chargeKWh: 0,
      dischargeKWh: 0,
      chargeEfficiency: 1,
      dischargeEfficiency: 1,
      wearUsdPerKWh: 0,
    },
  });
  const price = 0.05;
  // 5000 images, 9000 s: all at 1 s, then the upgrade of 2 s for as many as fit (2000).
  const day = flatDay(model, { arrivals: 5000, priceUsdPerKWh: price, renewableKWh: 0 });
  const energy = 1.25 * price;
  const slot = 5000 * (6e-5 - energy * 1e-4) + 2000 * (4e-5 - energy * 2e-4) - energy * 1;
  const best = solveDay(solver, model, day);
  assert.ok(Math.abs(best.utilityUsd - 96 * slot) < 1e-9);
});

Deno.test("shadow prices are the change of the optimum with its limits", async () => {
  const { model, world, solver } = await setUp();
  const day = world.day(15);
  const base = solveDay(solver, model, day);
  const n = model.sites.length;
  const m = model.classes.length;
  // Capacity: a GPU second more in every slot.
  const bigger: ScheduleModel = {
    ...model,
    sites: model.sites.map((site, j) =>
      j === 1 ? { ...site, capacityS: site.capacityS + 1 } : site
    ),
  };
  let expected = 0;
  for (let t = 0; t < model.slots; t++) expected += base.prices.capacityUsdPerS[t * n + 1]!;
  const gained = solveDay(solver, bigger, day).utilityUsd - base.utilityUsd;
  assert.ok(expected > 0);
  assert.ok(Math.abs(gained / expected - 1) < 0.01, `${gained} ${expected}`);
  // Jobs: ten more flexible images at an origin at noon.
  const t = 48;
  const more = { ...day, arrivals: Float64Array.from(day.arrivals) };
  more.arrivals[(t * n + 1) * m + 1]! += 10;
  const job = solveDay(solver, model, more).utilityUsd - base.utilityUsd;
  assert.ok(Math.abs(job / (10 * base.prices.jobUsd[(t * n + 1) * m + 1]!) - 1) < 0.01);
  // Energy: a hundredth of a kWh of renewables more at noon.
  const windy = { ...day, renewableKWh: Float64Array.from(day.renewableKWh) };
  windy.renewableKWh[t * n + 1]! += 0.01;
  const energy = solveDay(solver, model, windy).utilityUsd - base.utilityUsd;
  assert.ok(Math.abs(energy / (0.01 * base.prices.energyUsdPerKWh[t * n + 1]!) - 1) < 0.01);
  // Stored energy: a little more to begin with, less its value at the end.
  const charged: ScheduleModel = {
    ...model,
    sites: model.sites.map((site, j) =>
      j === 0
        ? { ...site, battery: { ...site.battery, initialKWh: site.battery.initialKWh + 0.01 } }
        : site
    ),
  };
  let mean = 0;
  for (let s = 0; s < model.slots; s++) mean += day.priceUsdPerKWh[s * n]! / model.slots;
  const stored = solveDay(solver, charged, day).utilityUsd - base.utilityUsd + 0.01 * mean;
  assert.ok(Math.abs(stored / (0.01 * base.prices.storedUsdPerKWh[0]!) - 1) < 0.01);
});

Deno.test("negative prices and generators turn the program into a mixed-integer one that replays", async () => {
  const text = exampleConfig.replace(
    "    solarKW: 4\n",
    `    generator: { maximumKW: 15, minimumKW: 5, fuelUsdPerMWh: 90, noLoadUsdPerHour: 0.1, kgCo2PerMWh: 700 }
    solarKW: 4\n`,
  ).replace("sellFraction: 0.8", "sellFraction: 0.8\ncarbonUsdPerTonne: 20");
  const { model, world, solver } = await setUp(text);
  const day = {
    ...world.day(100),
    priceUsdPerKWh: Float64Array.from(world.day(100).priceUsdPerKWh),
  };
  for (let i = 30; i < 60; i++) day.priceUsdPerKWh[i]! = -0.04;
  for (let i = 210; i < 240; i++) day.priceUsdPerKWh[i]! = 0.4;
  const best = solveDay(solver, model, day);
  assert.ok(best.binaries >= 96);
  assert.ok(Math.abs(best.totals.utilityUsd / best.utilityUsd - 1) < 1e-6);
  assert.ok(best.totals.generatorUsd > 0);
  assert.ok(Number.isNaN(best.prices.jobUsd[0]!));
  const source = oneDay(day);
  const hindsight = createHindsight(solver, model, source);
  for (
    const policy of [
      constantPolicy(shadowLayer(model, "mean-price")),
      greedyPolicy(),
      leastLoadedPolicy(26),
    ]
  ) {
    const totals = runDay(policy, model, source, hindsight, 0);
    assert.ok(totals.utilityUsd <= best.utilityUsd * (1 + 1e-6), policy.name);
  }
});

Deno.test("binaries are put in only where a battery would charge and discharge at once", async () => {
  const solver = await loadSolver();
  // Paid to take energy, and nowhere to put it: burning it in the battery would pay.
  const model = oneSiteModel();
  const flat = flatDay(model, { arrivals: 100, priceUsdPerKWh: 0.05, renewableKWh: 0 });
  const slightly = { ...flat, priceUsdPerKWh: Float64Array.from(flat.priceUsdPerKWh) };
  slightly.priceUsdPerKWh.fill(-1e-6, 10, 14);
  const mild = solveDay(solver, model, slightly);
  assert.equal(mild.binaries, 0);
  const deeply = { ...flat, priceUsdPerKWh: Float64Array.from(flat.priceUsdPerKWh) };
  deeply.priceUsdPerKWh.fill(-2, 10, 16);
  const best = solveDay(solver, model, deeply);
  assert.equal(best.binaries, 6);
  assert.ok(Math.abs(best.totals.utilityUsd / best.utilityUsd - 1) < 1e-9);
});

Deno.test("every layer keeps every balance for any action on any day", async () => {
  const easy = await setUp(hardConfig);
  const config = parseScheduleConfig(
    hardConfig.replace("slots: 96", "slots: 288").replace("deadlineSlots: 8", "deadlineSlots: 24"),
    "fine.yaml",
  );
  const fine = compileModel(config);
  assert.equal(fine.slotH, 1 / 12);
  fc.assert(
    fc.property(fc.nat(364), fc.nat(1000), fc.constantFrom(0, 1, 2), (index, seed, which) => {
      const { model, world, hindsight } = easy;
      const layer = [
        flowLayer(model, false),
        flowLayer(model, true),
        shadowLayer(model, "mean-price"),
      ][which]!;
      const totals = runDay(randomPolicy(layer, seed), model, world, hindsight, index);
      assert.ok(totals.balanceError <= 1e-9 && totals.capacityResidual <= 1e-9);
      assert.ok(Math.abs(totals.made + totals.violated - totals.arrived) < 1e-3);
      const parts = totals.revenueUsd - totals.energyUsd - totals.carbonUsd - totals.generatorUsd -
        totals.transferUsd - totals.penaltyUsd - totals.wearUsd + totals.storedUsd;
      assert.ok(Math.abs(parts - totals.utilityUsd) < 1e-9 * Math.max(1, Math.abs(parts)) * 100);
    }),
    { numRuns: 40 },
  );
});
