import assert from "node:assert/strict";
import fc from "fast-check";
import { Collector, type SeriesSpec } from "../../lib/formats/collect.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { valuesOf } from "../../lib/power/series.ts";
import { shiftSeries } from "../../lib/power/shift.ts";

const counter: SeriesSpec = {
  device: { kind: "cpu", id: "package-0" },
  clock: "epoch",
  quantity: "counter",
  column: "energy",
};

/** What a column makes of readings a second apart. */
function read(spec: SeriesSpec, values: readonly number[], times?: readonly number[]): {
  readonly values: number[];
  readonly times: number[];
  readonly losses: (string | number)[][];
} {
  const column = new Collector().column(spec);
  for (const [i, value] of values.entries()) column.push(times?.[i] ?? i, value, i + 1);
  const series = column.series("a", "b");
  return {
    values: [...valuesOf(series)],
    times: [...series.timeS],
    losses: series.dropped.map(({ reason, count }) => [reason, count]),
  };
}

Deno.test("a counter that starts over goes on, and the energy of that step is not invented", () => {
  assert.deepEqual(read(counter, [1000, 1010, 3, 13, 23]), {
    values: [1000, 1010, 1010, 1020, 1030],
    times: [0, 1, 2, 3, 4],
    losses: [["counter-reset", 1]],
  });
});

Deno.test("one low reading of a counter is a slip, whatever comes after it", () => {
  assert.deepEqual(read(counter, [1000, 1010, 0, 1030, 1040]), {
    values: [1000, 1010, 1030, 1040],
    times: [0, 1, 3, 4],
    losses: [["counter-slip", 1]],
  });
  assert.deepEqual(read(counter, [1000, 1010, 3]).losses, [["counter-slip", 1]]);
});

Deno.test("a counter that reaches its known range wraps, and the step keeps its energy", () => {
  const wraps = { ...counter, wrapsAtJ: [65_536, 262_144] };
  assert.deepEqual(read(wraps, [262_100, 262_140, 36, 76]), {
    values: [262_100, 262_140, 262_180, 262_220],
    times: [0, 1, 2, 3],
    losses: [["counter-wrap", 1]],
  });
  // Half way up it cannot have wrapped: it started over.
  assert.deepEqual(read(wraps, [30_000, 30_010, 5, 15]).losses, [["counter-reset", 1]]);
});

Deno.test("a counter never falls and never grows by more than its readings did", () => {
  const jump = fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.boolean());
  fc.assert(fc.property(fc.array(jump, { maxLength: 60 }), (jumps) => {
    let level = 500;
    let grown = 0;
    const values = jumps.map(([by, restart]) => {
      if (restart) level = 0;
      level += by;
      grown += by;
      return level;
    });
    const series = read(counter, values);
    for (let i = 1; i < series.values.length; i++) {
      assert.ok(series.values[i]! >= series.values[i - 1]!);
    }
    const growth = series.values.length === 0 ? 0 : series.values.at(-1)! - series.values[0]!;
    assert.ok(growth <= grown + 1e-6, `${growth} of ${grown}`);
    const lost = series.losses.filter(([reason]) => reason === "counter-slip")
      .reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(series.values.length + lost, values.length);
  }));
});

Deno.test("readings of one coarse time are averaged, others are dropped as duplicates", () => {
  const power: SeriesSpec = { ...counter, quantity: "power" };
  const times = [0, 1, 1, 1, 2];
  assert.deepEqual(read({ ...power, coarseTime: true }, [10, 20, 30, 70, 50], times), {
    values: [10, 40, 50],
    times: [0, 1, 2],
    losses: [["averaged-within-a-time", 2]],
  });
  assert.deepEqual(read(power, [10, 20, 30, 70, 50], times).losses, [["duplicate-time", 2]]);
});

Deno.test("averaging goes on across the end of a buffer", () => {
  const column = new Collector().column({ ...counter, quantity: "power", coarseTime: true });
  for (let second = 0; second < 20_000; second++) {
    column.push(second, 10);
    column.push(second, 30);
  }
  const series = column.series("a", "b");
  assert.equal(series.timeS.length, 20_000);
  assert.ok(valuesOf(series).every((watts) => watts === 20));
});

Deno.test("an interval without a length above 0 is left out and counted", () => {
  const column = new Collector().column({ ...counter, quantity: "interval" });
  for (const [i, durationS] of [1, 0, -1, NaN, Infinity, 1].entries()) {
    column.push(i + 1, 5, i + 1, durationS);
  }
  const series = column.series("a", "b");
  assert.deepEqual([...series.timeS], [1, 6]);
  assert.deepEqual(series.dropped, [
    { reason: "bad-duration", count: 4, firstLine: 2, example: "0" },
  ]);
  assert.deepEqual(column.intervals, { energyJ: 10, coveredS: 2 });
});

Deno.test("the step over which a counter starts over is a gap, wherever the series is moved", () => {
  const column = new Collector().column(counter);
  for (const [i, value] of [1000, 1010, 3, 13, 23].entries()) column.push(i, value);
  assert.equal(column.stats.unknownS, 1);
  const series = column.series("a", "b");
  for (const [moved, offsetS] of [[series, 0], [shiftSeries(series, 100), 100]] as const) {
    const power = createIntegrator(moved);
    assert.deepEqual([power.gapS, power.totalJ], [1, 30]);
    assert.equal(power.estimate(offsetS, offsetS + 4).reason, "gap-too-long");
    assert.equal(power.estimate(offsetS + 2, offsetS + 4).energyJ, 20);
  }
});
