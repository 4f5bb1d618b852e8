/** What a counter's restart becomes in all that is made of it: a gap, never 0 W. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { attributeBatched } from "../../lib/attribution/batched.ts";
import { samplesOf } from "../../lib/attribution/samples.ts";
import { parseZone } from "../../lib/clock.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import type { EnergyCounter } from "../../lib/power/series.ts";
import { toEpoch } from "../../lib/power/shift.ts";
import { sumSeries } from "../../lib/power/sum_series.ts";
import { see } from "../attribution/generated.ts";
import { TENTH_SENSOR } from "../../lib/requests/mod.ts";

/** A counter of 100 W that starts over in the steps that end at some readings, 1 s apart. */
function counterOf(readings: number, resetAt: readonly number[], id = "gpu0"): EnergyCounter {
  const timeS = Float64Array.from({ length: readings }, (_, i) => i);
  let total = 0;
  const energyJ = timeS.map((_, i) => total += i > 0 && !resetAt.includes(i) ? 100 : 0);
  return {
    quantity: "counter",
    device: { kind: "gpu", id },
    clock: "local",
    timeS,
    energyJ,
    ...(resetAt.length > 0 && { resetS: Float64Array.from(resetAt) }),
    averagingS: null,
    source: { path: "a.csv", format: "x", column: "energy", sourceClock: "local" },
    dropped: [],
  };
}

const resets = fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 5 }).map((at) =>
  at.sort((a, b) => a - b)
);

Deno.test("the readings of a counter skip the steps in which it started over", () => {
  fc.assert(fc.property(resets, (at) => {
    const samples = samplesOf(counterOf(40, at));
    assert.ok(samples.powerW.every((powerW) => powerW === 100), `${samples.powerW}`);
    assert.equal(samples.powerW.length, 39 - at.length);
    assert.equal(samples.measuredS, 39 - at.length);
    assert.equal(samples.totalJ, 100 * samples.measuredS);
    // Restarts one after another make one gap.
    const runs = at.filter((i) => !at.includes(i - 1)).length;
    assert.equal(samples.unmeasuredBefore.size, runs);
  }));
});

Deno.test("a step that one counter of several did not measure has no sum", () => {
  fc.assert(fc.property(resets, resets, (one, other) => {
    const sum = sumSeries([counterOf(40, one), counterOf(40, other, "gpu1")]);
    assert.ok(sum.quantity === "interval");
    const missing = new Set([...one, ...other]).size;
    assert.equal(sum.timeS.length, 39 - missing);
    assert.ok(sum.intervalJ.every((energyJ) => Math.abs(energyJ - 200) < 1e-9));
    assert.equal(
      sum.dropped.find(({ reason }) => reason === "gap-in-a-device")?.count ?? 0,
      missing,
    );
  }));
});

Deno.test("a restart keeps its place when the clock is put on UTC", () => {
  const moved = toEpoch(counterOf(40, [7]), parseZone("-07:00"));
  assert.ok(moved.quantity === "counter");
  assert.deepEqual([...moved.resetS!], [7 + 7 * 3600]);
  assert.equal(createIntegrator(moved).gapS, 1);
});

Deno.test("a request over a restart has no energy, and says why; the rest is conserved", () => {
  const { series, log } = see(1, 6, { durationS: 120, sensor: TENTH_SENSOR, offsetS: 0 });
  const at = Math.floor(series.timeS.length / 2);
  const powerW = samplesOf(series).powerW;
  let total = 0;
  const counter: EnergyCounter = {
    ...series,
    quantity: "counter",
    energyJ: series.timeS.map((timeS, i) =>
      total += i > 0 && i !== at ? powerW[i]! * (timeS - series.timeS[i - 1]!) : 0
    ),
    resetS: Float64Array.of(series.timeS[at]!),
  };
  const result = attributeBatched(counter, log, { offsetS: 0 });
  assert.ok(result.conservationError <= 1e-9);
  const restartS = series.timeS[at]!;
  let over = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    // Well inside, so that the delay of the sensor does not matter.
    if (log.firstTokenS[i]! > restartS - 0.5 || log.endS[i]! < restartS + 0.5) continue;
    over++;
    assert.equal(result.requests.reasons[i], "gap-too-long");
  }
  assert.ok(over > 0);
  assert.ok(result.requests.reasons.some((reason) => reason === null));
});
