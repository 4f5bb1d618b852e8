import assert from "node:assert/strict";
import {
  checkInformation,
  constantPolicy,
  flowLayer,
  greedyPolicy,
  limitTime,
  mpcPolicy,
  normalizeObservations,
  type Policy,
  quantileBatteryPolicy,
  recordEpisodes,
  runDay,
  type ScheduleEnvironment,
  scheduleEnvironment,
  shadowLayer,
  type Sparsity,
  vectorEnvironment,
} from "../../lib/scheduling/mod.ts";
import { type Setup, setUp } from "./fixtures.ts";

function environmentOf(setup: Setup, sparsity: Sparsity = "dense"): ScheduleEnvironment {
  return scheduleEnvironment({
    model: setup.model,
    source: setup.world,
    hindsight: setup.hindsight,
    layer: flowLayer(setup.model, true),
    days: [3, 4, 5, 6],
    sparsity,
  });
}

Deno.test("the same seed gives the same episode, another seed another day", async () => {
  const environment = environmentOf(await setUp());
  const play = (seed: number): number[] => {
    environment.actionSpace.seed(seed);
    const rewards = [environment.reset({ seed }).info.day];
    for (let i = 0; i < 20; i++) {
      rewards.push(environment.step(environment.actionSpace.sample()).reward);
    }
    return rewards;
  };
  assert.deepEqual(play(1), play(1));
  assert.notDeepEqual(play(1), play(2));
});

Deno.test("a day is terminated after its last slot, a time limit truncates", async () => {
  const environment = environmentOf(await setUp());
  const action = new Float64Array(environment.actionSpace.size);
  environment.reset({ day: 4 });
  for (let t = 0; t < 95; t++) assert.ok(!environment.step(action).terminated);
  const last = environment.step(action);
  assert.ok(last.terminated && !last.truncated);
  assert.throws(() => environment.step(action), /over/);
  const limited = limitTime(environment, 10);
  limited.reset({ day: 4 });
  for (let t = 0; t < 9; t++) assert.ok(!limited.step(action).truncated);
  assert.ok(limited.step(action).truncated);
});

Deno.test("every sparsity pays what it says", async () => {
  const setup = await setUp();
  const sums: Record<string, number> = {};
  for (const sparsity of ["dense", "slot-gated", "window-gated", "day-end"] as const) {
    const environment = recordEpisodes(environmentOf(setup, sparsity));
    environment.reset({ day: 5 });
    let paid = 0;
    for (;;) {
      const step = environment.step(new Float64Array(18));
      if (step.reward !== 0) paid++;
      if (step.terminated) {
        sums[sparsity] = step.info.episode!.reward;
        assert.equal(step.info.episode!.length, 96);
        assert.ok(Math.abs(step.info.totals.utilityUsd - sums["dense"]!) < 1e-9);
        break;
      }
    }
    assert.equal(paid, sparsity === "day-end" ? 1 : 96);
  }
  assert.ok(Math.abs(sums["day-end"]! - sums["dense"]!) < 1e-9);
});

Deno.test("a vector resets its members as it declares", async () => {
  const setup = await setUp();
  for (const mode of ["next-step", "same-step", "disabled"] as const) {
    const vector = vectorEnvironment(
      [0, 1].map(() => limitTime(environmentOf(setup), 3)),
      mode,
    );
    vector.reset(1);
    const actions = [0, 1].map(() => new Float64Array(18));
    vector.step(actions);
    vector.step(actions);
    const end = vector.step(actions)[0]!;
    assert.ok(end.truncated);
    const after = vector.step(actions)[0]!;
    assert.equal(after.info.slot, mode === "next-step" ? 0 : mode === "same-step" ? 1 : 4);
    if (mode === "next-step") assert.equal(after.reward, 0);
  }
});

Deno.test("normalised observations have mean near 0 and deviation near 1", async () => {
  const environment = normalizeObservations(environmentOf(await setUp()));
  environment.reset({ seed: 1 });
  const seen: number[] = [];
  for (let i = 0; i < 960; i++) {
    const { observation, terminated } = environment.step(environment.actionSpace.sample());
    if (i >= 480) seen.push(observation[0]!, observation[1]!); // sine and cosine of the hour
    if (terminated) environment.reset();
  }
  const mean = seen.reduce((a, b) => a + b, 0) / seen.length;
  const square = seen.reduce((a, b) => a + b * b, 0) / seen.length;
  assert.ok(Math.abs(mean) < 0.05);
  assert.ok(Math.abs(square - 1) < 0.1);
});

Deno.test("no policy knows more of the future than it declares", async () => {
  const { model, world, solver } = await setUp();
  const policies: Policy[] = [
    greedyPolicy(),
    quantileBatteryPolicy(26, 0.25, 0.75),
    constantPolicy(flowLayer(model, true)),
    constantPolicy(shadowLayer(model, "mean-price")),
    constantPolicy(shadowLayer(model, "hindsight")),
    constantPolicy(shadowLayer(model, "adaptive")),
    constantPolicy(shadowLayer(model, "price-chain")),
    mpcPolicy(solver, { forecast: "persistence", lookAheadSlots: 8 }),
    mpcPolicy(solver, { forecast: "smoothed", lookAheadSlots: 8 }),
  ];
  for (const policy of policies) {
    const check = checkInformation(policy, model, world, solver, 40, 30);
    assert.equal(check.leakSlot, null, policy.name);
    assert.equal(check.compared, 30);
  }
});

Deno.test("a policy is shown nothing that it has not declared", async () => {
  const { model, world, solver, hindsight } = await setUp();
  const base = constantPolicy(flowLayer(model, true));
  let checked = 0;
  const curious: Policy = {
    ...base,
    information: { pastDays: 2, today: "past" },
    begin(start) {
      assert.deepEqual(start.past.map((day) => day.index), [39, 38]);
      assert.equal(start.today, null);
      base.begin(start);
    },
    decide(view) {
      const n = model.sites.length;
      const { priceUsdPerKWh, arrivals } = view.observed;
      assert.ok(priceUsdPerKWh.subarray(0, (view.slot + 1) * n).every(Number.isFinite));
      assert.ok(priceUsdPerKWh.subarray((view.slot + 1) * n).every(Number.isNaN));
      assert.ok(arrivals.subarray((view.slot + 1) * n * 2).every(Number.isNaN));
      checked++;
      return base.decide(view);
    },
  };
  runDay(curious, model, world, hindsight, 40);
  assert.equal(checked, 96);
  assert.throws(
    () =>
      checkInformation(
        {
          ...mpcPolicy(solver, { forecast: "perfect" }),
          information: { pastDays: 0, today: "past" },
        },
        model,
        world,
        solver,
        40,
        10,
      ),
    /null/,
  );
});

Deno.test("the information check finds what a policy carries over from elsewhere", async () => {
  const { model, world, solver } = await setUp();
  const base = constantPolicy(flowLayer(model, true));
  let decided = 0;
  const remembering: Policy = {
    ...base,
    decide(view) {
      const decision = base.decide(view);
      decided++;
      decision.batteryKWh[0] = decided > 25 ? 0.1 : 0;
      return decision;
    },
  };
  assert.equal(checkInformation(remembering, model, world, solver, 40, 20).leakSlot, 5);
});
