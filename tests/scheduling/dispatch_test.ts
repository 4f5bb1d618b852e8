import assert from "node:assert/strict";
import fc from "fast-check";
import { runDay, shadowLayer, solveDay } from "../../lib/scheduling/mod.ts";
import { createDispatcher } from "../../lib/scheduling/dispatch.ts";
import { planSlots } from "../../lib/scheduling/optimum.ts";
import { createEpisode, type Policy } from "../../lib/scheduling/policy.ts";
import { removeRounding } from "../../lib/scheduling/rounding.ts";
import { costOf, settle } from "../../lib/scheduling/settlement.ts";
import { createDispatchInput, fillDispatchInput } from "../../lib/scheduling/shadow_layer.ts";
import { lookUpStoredValue, storedValueOf } from "../../lib/scheduling/stored_value.ts";
import { hardConfig, setUp } from "./fixtures.ts";

Deno.test("a dispatch earns what HiGHS earns on the same slot", async () => {
  const { model, world, solver } = await setUp(hardConfig);
  const dispatcher = createDispatcher(model);
  const input = createDispatchInput(model);
  const n = model.sites.length;
  const last = model.slots - 1;
  fc.assert(
    fc.property(
      fc.nat(364),
      fc.array(fc.double({ min: 0, max: 0.3, noNaN: true }), { minLength: n, maxLength: n }),
      fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: n, maxLength: n }),
      (index, worth, stored) => {
        // In a day's last slot nothing can wait: the slot's program stands alone.
        const day = world.day(index);
        const values = Float64Array.from(worth);
        const episode = createEpisode(model, day);
        while (episode.simulator.slot < last) {
          episode.play({
            assign: new Float64Array(n * n * model.classes.length),
            make: model.sites.map((site) => new Float64Array(site.options.length)),
            batteryKWh: new Float64Array(n),
          });
        }
        episode.simulator.storedKWh.set(stored);
        const { view } = episode;
        const plan = planSlots(solver, model, day, {
          fromSlot: last,
          toSlot: model.slots,
          storedKWh: view.storedKWh,
          waiting: view.waiting,
          ages: view.ages,
          storedUsdPerKWh: values,
        });
        fillDispatchInput(input, view);
        const decision = dispatcher.dispatch(input, {
          storedUsdPerKWh: (j) => values[j]!,
          keptUsd: () => 0,
        });
        const worthOf = (kWh: Float64Array): number =>
          kWh.reduce((sum, e, j) => sum + e * values[j]!, 0);
        const before = worthOf(view.storedKWh);
        const totals = { ...episode.simulator.totals };
        episode.play(removeRounding(view, decision));
        const after = episode.simulator.totals;
        const earned = after.utilityUsd - after.storedUsd - totals.utilityUsd +
          worthOf(episode.simulator.storedKWh) - before;
        // The program forbids discharging at a price that is not positive; so does the dispatcher.
        assert.ok(
          earned >= plan.utilityUsd - 1e-7 || day.priceUsdPerKWh.subarray(-n).some((p) => p <= 0),
        );
        assert.ok(earned <= plan.utilityUsd + 1e-7);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("the value of stored energy on a day that is known leads close to its optimum", async () => {
  const { model, world, solver, hindsight } = await setUp();
  for (const index of [15, 105]) {
    const day = world.day(index);
    const best = solveDay(solver, model, day);
    const value = storedValueOf(model, [day], [hindsight.of(day).loadKWh]);
    for (let i = 0; i + 1 < value.usdPerKWh.length; i++) {
      if ((i + 1) % value.cells !== 0) {
        assert.ok(value.usdPerKWh[i]! >= value.usdPerKWh[i + 1]! - 1e-9, "the slopes rise");
      }
    }
    const dispatcher = createDispatcher(model);
    const input = createDispatchInput(model);
    const knowing: Policy = {
      name: "knowing",
      information: { pastDays: 0, today: "all" },
      begin() {},
      decide(view) {
        fillDispatchInput(input, view);
        const next = Math.min(view.slot + 1, model.slots - 1);
        return removeRounding(
          view,
          dispatcher.dispatch(input, {
            storedUsdPerKWh: (j, kWh) => lookUpStoredValue(value, model, view.slot, j, kWh),
            keptUsd: (k, c) =>
              best.prices.jobUsd[(next * model.sites.length + k) * model.classes.length + c]!,
          }),
        );
      },
    };
    const { utilityUsd } = runDay(knowing, model, world, hindsight, index);
    assert.ok(utilityUsd > 0.985 * best.utilityUsd, `${utilityUsd} of ${best.utilityUsd}`);
  }
});

Deno.test("the trust of a shadow action moves it from past days to yesterday's mean", async () => {
  const { model, world, hindsight } = await setUp();
  const play = (kind: "hindsight" | "mean-price", trust: number): number => {
    const layer = shadowLayer(model, kind);
    const action = new Float64Array(13);
    action[12] = trust;
    // Kept images are worth what past days say in one and a mean in the other: keep none of them.
    for (let k = 0; k < 3; k++) action[6 + 2 * k] = -10;
    const policy: Policy = {
      name: "trust",
      information: { pastDays: 7, today: "past" },
      begin: (start) => layer.begin(start),
      decide: (view) => layer.decide(view, action),
    };
    return runDay(policy, model, world, hindsight, 60).utilityUsd;
  };
  assert.equal(play("hindsight", -2), play("mean-price", 0));
  assert.notEqual(play("hindsight", 0.5), play("mean-price", 0));
});

Deno.test("a settlement is the cheapest of all ways to serve a load", () => {
  const generator = {
    maximumKWh: 4,
    minimumKWh: 1,
    usdPerKWh: 0.09,
    noLoadUsd: 0.02,
    kgCo2PerKWh: 0.7,
  };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 6, noNaN: true }),
      fc.double({ min: -0.1, max: 0.5, noNaN: true }),
      fc.double({ min: 0, max: 0.05, noNaN: true }),
      fc.boolean(),
      (load, renewable, price, carbon, hasGenerator) => {
        const best = settle(load, renewable, price, carbon, 0.8, hasGenerator ? generator : null);
        const balance = best.buyKWh - best.sellKWh + renewable - best.curtailedKWh +
          best.generatorKWh;
        assert.ok(Math.abs(balance - load) < 1e-12);
        assert.ok(best.buyKWh * best.sellKWh === 0);
        // Every other curtailment and output on a grid costs at least as much.
        for (let used = 0; used <= 20; used++) {
          for (let g = 0; g <= (hasGenerator ? 20 : 0); g++) {
            const output = g === 0 ? 0 : 1 + 3 * (g - 1) / 19;
            const net = load - renewable * used / 20 - output;
            if (net < 0 && price <= 0) continue;
            const cost = (net > 0 ? (price + carbon) * net : 0.8 * price * net) +
              (g === 0 ? 0 : generator.noLoadUsd + generator.usdPerKWh * output);
            assert.ok(costOf(best) <= cost + 1e-12);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
