import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CAPPED_PHYSICS,
  cumulativeEnergy,
  DENSE_PHYSICS,
  HOST_BOUND_PHYSICS,
  MOE_PHYSICS,
  observeLog,
  ONE_SECOND_SENSOR,
  readSensor,
  servingCapacity,
  type ServingRun,
  simulateServing,
} from "../../lib/requests/mod.ts";

const sum = (column: Float64Array): number => column.reduce((a, b) => a + b, 0);

function short(seed: number, ratePerS = 4, durationS = 15): ServingRun {
  return simulateServing({
    seed,
    durationS,
    workload: { arrivals: { kind: "poisson", ratePerS } },
  });
}

Deno.test("the same seed simulates the same run, another seed another", () => {
  const [a, b, c] = [short(1), short(1), short(2)];
  assert.deepEqual(a.log.endS, b.log.endS);
  assert.deepEqual(a.truth.shapley.prefillJ, b.truth.shapley.prefillJ);
  assert.notDeepEqual(a.log.endS, c.log.endS);
});

Deno.test("by every rule the energies of requests add up to what the steps took", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0.5, max: 20, noNaN: true }),
      fc.constantFrom(DENSE_PHYSICS, MOE_PHYSICS, CAPPED_PHYSICS, HOST_BOUND_PHYSICS),
      fc.constantFrom("one", "replicas", "separate", "speculative", "cache"),
      (seed, ratePerS, physics, kind) => {
        const run = simulateServing({
          seed,
          physics,
          durationS: 8,
          marginS: 1,
          workload: {
            arrivals: { kind: "poisson", ratePerS },
            cacheHitShare: kind === "cache" ? 0.5 : 0,
          },
          replicas: kind === "replicas" ? 3 : 1,
          placement: kind === "separate" ? "separate" : "together",
          speculation: kind === "speculative" ? { draftTokens: 3, acceptance: [0.2, 0.7] } : null,
        });
        for (const { prefillJ, decodeJ } of Object.values(run.truth)) {
          assert.ok(Math.abs(sum(prefillJ) + sum(decodeJ) - run.dynamicJ) <= 1e-9 * run.dynamicJ);
        }
        const measured = run.devices.reduce(
          (total, device) => total + cumulativeEnergy(device)(device.endS),
          0,
        );
        assert.ok(Math.abs(measured - run.idleJ - run.dynamicJ) <= 1e-9 * measured);
      },
    ),
    { numRuns: 30, seed: 7 },
  );
});

Deno.test("every output token has a time, the first and the last are those of the log", () => {
  for (const speculation of [null, { draftTokens: 3, acceptance: [0.3, 0.8] as const }]) {
    const { log } = simulateServing({
      seed: 3,
      durationS: 10,
      speculation,
      workload: { arrivals: { kind: "poisson", ratePerS: 5 } },
    });
    const { offsets, timeS } = log.tokenTimes!;
    assert.ok(log.submitS.length > 20);
    for (let i = 0; i < log.submitS.length; i++) {
      const own = timeS.subarray(offsets[i], offsets[i + 1]);
      assert.equal(own.length, log.outputTokens[i]);
      assert.equal(own[0], log.firstTokenS[i]);
      assert.equal(own.at(-1), log.endS[i]);
      assert.ok(own.every((t, k) => k === 0 || t >= own[k - 1]!));
      assert.ok(log.submitS[i]! <= log.firstTokenS[i]!);
    }
  }
});

Deno.test("a request that is alone gets all energy by every rule", () => {
  const run = simulateServing({
    seed: 1,
    workload: {
      arrivals: {
        kind: "trace",
        arrivalS: Float64Array.of(1),
        inputTokens: Float64Array.of(500),
        outputTokens: Float64Array.of(50),
      },
    },
  });
  for (const { prefillJ, decodeJ } of Object.values(run.truth)) {
    assert.ok(Math.abs(prefillJ[0]! + decodeJ[0]! - run.dynamicJ) < 1e-9 * run.dynamicJ);
  }
  assert.equal(run.devices[0]!.stepS.length, 50);
});

Deno.test("a closed loop keeps as many requests in flight as it has clients", () => {
  const { log } = simulateServing({
    seed: 5,
    durationS: 20,
    workload: { arrivals: { kind: "closed", clients: 6 } },
  });
  const middle = 15;
  let present = 0;
  log.submitS.forEach((submit, i) => {
    if (submit <= middle && log.endS[i]! > middle) present++;
  });
  assert.equal(present, 6);
});

Deno.test("a power limit stretches steps until they meet it", () => {
  const [device] = simulateServing({
    seed: 6,
    durationS: 10,
    physics: { ...CAPPED_PHYSICS, stepNoise: 0, drift: 0 },
    workload: { arrivals: { kind: "poisson", ratePerS: 10 } },
  }).devices;
  let most = 0;
  device!.stepJ.forEach((joules, i) => {
    most = Math.max(most, joules / device!.stepS[i]! + device!.idleW);
  });
  assert.ok(most <= 450 + 1e-6 && most > 445, `${most} W`);
});

Deno.test("a closed loop of full slots tells the capacity", () => {
  const capacity = servingCapacity({ seed: 1 });
  assert.ok(capacity > 20 && capacity < 35, `${capacity} requests/s`);
});

Deno.test("a sensor that sees all of the time shows the energy, and lags by half its window", () => {
  const run = short(8);
  const [device] = run.devices;
  const sensor = { ...ONE_SECOND_SENSOR, updateS: 0.001, noise: 0, quantumW: 1e-6 };
  const { series, centreLagS } = readSensor(device!, sensor, { seed: 1, offsetS: 0.25 });
  assert.ok(Math.abs(centreLagS - 0.25 - 0.5) < 0.002, `${centreLagS} s`);
  const meanW = series.powerW.reduce((a, b) => a + b, 0) / series.powerW.length;
  const trueW = (run.idleJ + run.dynamicJ) / device!.endS;
  assert.ok(Math.abs(meanW / trueW - 1) < 0.02, `${meanW} W against ${trueW} W`);
});

Deno.test("an observed log hides what it is told to hide and keeps the rest", () => {
  const { log } = short(9);
  const seen = observeLog(log, { cachedTokens: false });
  assert.equal(seen.log.tokenTimes, null);
  assert.equal(seen.log.cachedTokens, null);
  assert.deepEqual(seen.log.endS, log.endS);
  const late = observeLog(log, { lateS: 0.01, missing: 0.3, seed: 1 });
  assert.ok(late.kept.length < log.submitS.length);
  late.kept.forEach((i, k) => assert.ok(late.log.firstTokenS[k]! >= log.firstTokenS[i]!));
});

Deno.test("closed-loop clients and replicas do not go together", () => {
  assert.throws(() =>
    simulateServing({
      seed: 1,
      replicas: 2,
      workload: { arrivals: { kind: "closed", clients: 2 } },
    }), RangeError);
});
