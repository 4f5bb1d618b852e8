import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createIntegrator, medianStepS } from "../../lib/power/integrate.ts";
import {
  type EnergyCounter,
  type IntervalEnergy,
  type SampledPower,
  sampledPower,
} from "../../lib/power/series.ts";
import { createRandom } from "../../lib/random.ts";
import { trace } from "./arbitrary.ts";

const regular = (powerW: number[], stepS = 0.1): SampledPower =>
  sampledPower({
    timeS: Float64Array.from(powerW, (_, i) => i * stepS),
    powerW: Float64Array.from(powerW),
  });

const base = regular([1]);
const counter = (timeS: number[], energyJ: number[]): EnergyCounter => ({
  device: base.device,
  clock: "epoch",
  averagingS: null,
  source: base.source,
  dropped: [],
  quantity: "counter",
  timeS: Float64Array.from(timeS),
  energyJ: Float64Array.from(energyJ),
});
const intervals = (rows: [endS: number, durationS: number, energyJ: number][]): IntervalEnergy => ({
  device: base.device,
  clock: "elapsed",
  averagingS: null,
  source: base.source,
  dropped: [],
  quantity: "interval",
  timeS: Float64Array.from(rows, ([end]) => end),
  durationS: Float64Array.from(rows, ([, duration]) => duration),
  intervalJ: Float64Array.from(rows, ([, , energy]) => energy),
});

Deno.test("the trapezoid of a straight line is its exact integral at any edges", () => {
  const line = regular(Array.from({ length: 21 }, (_, i) => 50 + 10 * i));
  const { energyJ, estimator } = createIntegrator(line).estimate(0.33, 1.57);
  const primitive = (t: number): number => 50 * t + 50 * t * t;
  assert.equal(estimator, "trapezoid");
  assert.ok(Math.abs(energyJ! - (primitive(1.57) - primitive(0.33))) < 1e-9);
});

Deno.test("adjacent windows add up to the whole, whatever the trace and its gaps", () => {
  fc.assert(
    fc.property(trace, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (series, cuts) => {
      const power = createIntegrator(series);
      const knots = [0, ...cuts.toSorted((a, b) => a - b), 1]
        .map((share) => power.startS + share * (power.endS - power.startS));
      const sum = knots.slice(1).reduce(
        (total, knot, i) => total + power.cumulativeJ(knot) - power.cumulativeJ(knots[i]!),
        0,
      );
      assert.ok(Math.abs(sum - power.totalJ) <= 1e-9 * Math.max(1, power.totalJ));
    }),
  );
});

Deno.test("cumulative energy never falls and stays within the trace's total", () => {
  fc.assert(fc.property(trace, (series) => {
    const power = createIntegrator(series);
    let last = 0;
    for (let i = -2; i <= 52; i++) {
      const here = power.cumulativeJ(power.startS + i / 50 * (power.endS - power.startS));
      // A share of the least doubles is 0, so that the tolerance has a floor.
      const slackJ = Math.max(1e-300, 1e-12 * power.totalJ);
      assert.ok(here >= last - 1000 * slackJ && here <= power.totalJ + slackJ);
      last = here;
    }
  }));
});

Deno.test("a window that reaches past the trace has no energy and says why", () => {
  const power = createIntegrator(regular([100, 100, 100]));
  for (const [start, end] of [[-0.1, 0.1], [0.1, 0.3]] as const) {
    const { energyJ, lowJ, reason } = power.estimate(start, end);
    assert.deepEqual([energyJ, lowJ, reason], [null, null, "edges-not-bracketed"]);
  }
});

Deno.test("a window over a long gap has no energy and says why", () => {
  const series = sampledPower({
    timeS: Float64Array.of(0, 0.1, 0.2, 5, 5.1, 5.2),
    powerW: Float64Array.of(100, 100, 100, 100, 100, 100),
  });
  const power = createIntegrator(series);
  assert.equal(power.estimate(0.1, 5.1).reason, "gap-too-long");
  assert.equal(power.estimate(0.15, 0.3).reason, "gap-too-long");
  assert.equal(power.estimate(5, 5.2).reason, null);
  assert.equal(power.gapS, 4.8);
  assert.ok(Math.abs(power.totalJ - 40) < 1e-9);
  assert.equal(createIntegrator(series, { maxGapS: 10 }).estimate(0.1, 5.1).reason, null);
});

Deno.test("a window between two readings has too few samples unless the caller allows none", () => {
  const series = regular([100, 200, 300]);
  assert.equal(createIntegrator(series).estimate(0.02, 0.08).reason, "too-few-samples");
  const { energyJ } = createIntegrator(series, { minSamples: 0 }).estimate(0.02, 0.08);
  assert.ok(Math.abs(energyJ! - 0.06 * 150) < 1e-9);
});

Deno.test("an empty window has no energy", () => {
  assert.equal(createIntegrator(regular([1, 1, 1])).estimate(0.1, 0.1).reason, "empty-window");
});

Deno.test("the sample mean counts readings strictly inside and differs from the trapezoid", () => {
  const series = regular([10, 20, 30, 40, 50, 90]);
  const mean = createIntegrator(series, { estimator: "sample-mean" }).estimate(0.1, 0.4);
  assert.equal(mean.estimator, "sample-mean");
  assert.ok(Math.abs(mean.energyJ! - 35 * 0.3) < 1e-9);
  const late = createIntegrator(series, { estimator: "sample-mean" }).estimate(0.05, 0.45);
  assert.ok(Math.abs(late.energyJ! - 35 * 0.4) < 1e-9);
});

Deno.test("a counter's difference is exact over a step of any length, but not inside it", () => {
  const power = createIntegrator(
    counter([0, 1, 2, 60, 61, 62, 63], [0, 5, 10, 500, 505, 510, 515]),
  );
  assert.equal(power.estimator, "counter-difference");
  assert.equal(power.estimate(1, 61).energyJ, 500);
  assert.equal(power.estimate(1, 30).reason, "gap-too-long");
});

Deno.test("energies of intervals are summed, by part at the edges", () => {
  const power = createIntegrator(intervals([[1, 1, 10], [2, 1, 20], [3, 1, 30]]));
  assert.equal(power.estimator, "interval-sum");
  assert.ok(Math.abs(power.estimate(0.5, 2.5).energyJ! - (5 + 20 + 15)) < 1e-9);
  assert.equal(power.totalJ, 60);
});

Deno.test("a short hole between intervals is bridged, a long one is not measured", () => {
  const bridged = createIntegrator(intervals([[1, 1, 10], [2, 1, 10], [4, 1, 10]]));
  assert.ok(Math.abs(bridged.totalJ - 40) < 1e-9);
  const torn = createIntegrator(intervals([[1, 1, 10], [2, 1, 10], [60, 1, 10]]));
  assert.equal(torn.totalJ, 30);
  assert.equal(torn.estimate(0, 60).reason, "gap-too-long");
});

Deno.test("the interval grows, against the energy, as a window nears the sampling step", () => {
  const random = createRandom(3);
  const power = createIntegrator(
    regular(Array.from({ length: 400 }, () => 200 + 50 * random.uniform())),
  );
  const widths = [20, 5, 1, 0.3].map((length) => {
    const { lowJ, highJ, energyJ } = power.estimate(10, 10 + length);
    return (highJ! - lowJ!) / energyJ!;
  });
  for (let i = 1; i < widths.length; i++) assert.ok(widths[i]! > widths[i - 1]!);
  assert.ok(widths[0]! < 0.02 && widths[3]! > 0.2);
});

Deno.test("nominal 90 % intervals cover the truth of a random load in at least 85 % of windows", () => {
  // Power jumps at random moments; the sensor holds its last reading for up to a step.
  const random = createRandom(11);
  let covered = 0;
  let windows = 0;
  for (let run = 0; run < 40; run++) {
    const jumps: [time: number, powerW: number][] = [];
    for (let t = 0; t < 60; t += 0.05 + random.exponential()) {
      jumps.push([t, 80 + 300 * random.uniform()]);
    }
    const powerAt = (t: number): number =>
      jumps.findLast(([time]) => time <= t)?.[1] ?? jumps[0]![1];
    const trueJ = (a: number, b: number): number => {
      const inside = jumps.filter(([time]) => time > a && time < b).map(([time]) => time);
      const knots = [a, ...inside, b];
      return knots.slice(1).reduce(
        (sum, t, i) => sum + (t - knots[i]!) * powerAt((t + knots[i]!) / 2),
        0,
      );
    };
    const timeS = Float64Array.from({ length: 580 }, (_, i) => 0.5 + i * 0.1);
    const staleS = 0.1 * random.uniform();
    const power = createIntegrator(
      sampledPower({ timeS, powerW: timeS.map((t) => powerAt(t - staleS)) }),
    );
    for (let k = 0; k < 25; k++) {
      const start = 1 + 50 * random.uniform();
      const end = start + 0.3 + 5 * random.uniform();
      const { lowJ, highJ } = power.estimate(start, end);
      const truth = trueJ(start, end);
      windows++;
      if (truth >= lowJ! && truth <= highJ!) covered++;
    }
  }
  assert.ok(covered / windows >= 0.85, `${covered} of ${windows}`);
});

Deno.test("the median step of a column is the lower of the two middle ones", () => {
  assert.equal(medianStepS(Float64Array.of(0, 1, 3, 6, 10)), 2);
  assert.ok(Number.isNaN(medianStepS(Float64Array.of(1))));
});

Deno.test("a series of one reading or none has no energy and breaks nothing", () => {
  for (const series of [regular([]), regular([100])]) {
    const power = createIntegrator(series);
    assert.equal(power.totalJ, 0);
    assert.equal(power.estimate(0, 1).reason, "edges-not-bracketed");
  }
});

Deno.test("a hole between intervals does not stretch them, and says that it is bridged", () => {
  const power = createIntegrator(intervals([[1, 1, 10], [2, 1, 10], [3.4, 1, 20], [4.4, 1, 20]]), {
    timingS: 0,
  });
  assert.ok(Math.abs(power.estimate(2.4, 3.4).energyJ! - 20) < 1e-9);
  assert.ok(Math.abs(power.bridgedS! - 0.4) < 1e-9);
  assert.ok(Math.abs(power.totalJ - (60 + 0.4 * 15)) < 1e-9);
  const inHole = createIntegrator(intervals([[1, 1, 10], [2, 1, 10], [4, 1, 10], [5, 1, 10]]), {
    timingS: 0,
    minSamples: 0,
  });
  const { energyJ, lowJ, highJ } = inHole.estimate(2.25, 2.75);
  assert.ok(Math.abs(energyJ! - 5) < 1e-9);
  assert.ok(lowJ! <= 1e-9 && highJ! >= 10 - 1e-9, "nothing of it was measured");
  const across = inHole.estimate(1, 4);
  assert.ok(Math.abs(across.energyJ! - 30) < 1e-9 && Math.abs(across.highJ! - 40) < 1e-9);
  const before = inHole.estimate(0, 2);
  assert.ok(Math.abs(before.highJ! - before.energyJ!) < 1e-9);
});

Deno.test("intervals that miss each other by jitter touch", () => {
  const power = createIntegrator(intervals([[1, 1, 10], [2.04, 1, 10], [3, 1, 10]]));
  assert.equal(power.bridgedS, 0);
  assert.ok(Math.abs(power.totalJ - 30) < 1e-9);
  assert.equal(createIntegrator(regular([1, 1, 1])).bridgedS, 0);
});

Deno.test("options and powers that are no numbers are refused", () => {
  for (const name of ["maxGapS", "timingS", "minSamples"]) {
    for (const value of [-1, NaN, Infinity]) {
      assert.throws(() => createIntegrator(base, { [name]: value }), RangeError, name);
    }
  }
  for (const value of [-1, NaN, Infinity]) assert.throws(() => regular([1, value]), RangeError);
});
