import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { type EnergyCounter, type PowerSeries, sampledPower } from "../../lib/power/series.ts";
import { sumIntegrators } from "../../lib/power/sum.ts";
import { sumSeries } from "../../lib/power/sum_series.ts";

const powerOf = (stepS: number, shiftS: number, of: (t: number) => number): PowerSeries => {
  const timeS = Float64Array.from({ length: 200 }, (_, i) => shiftS + i * stepS);
  return sampledPower({ timeS, powerW: timeS.map(of) });
};

Deno.test("devices polled a few milliseconds apart add up to the energy of each", () => {
  const series = [0, 0.003, 0.006, 0.009].map((shift, k) =>
    powerOf(0.1, shift, (t) => 200 + 50 * k + 30 * Math.sin(t))
  );
  const sum = createIntegrator(sumSeries(series));
  const apart = sumIntegrators(series.map((one) => createIntegrator(one)));
  const between = (of: typeof sum): number => of.cumulativeJ(18) - of.cumulativeJ(1);
  assert.ok(Math.abs(between(sum) / between(apart) - 1) < 1e-4);
});

Deno.test("counters keep every joule between the moments of the first", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0.01, max: 2, noNaN: true }), { minLength: 3, maxLength: 40 }),
    fc.double({ min: 1, max: 500, noNaN: true }),
    (steps, powerW) => {
      let t = 0;
      const timeS = Float64Array.from([0, ...steps.map((h) => t += h)]);
      const counter = (scale: number): EnergyCounter => ({
        ...powerOf(1, 0, () => 1),
        quantity: "counter",
        timeS,
        energyJ: timeS.map((time) => time * powerW * scale),
      } as EnergyCounter);
      const { totalJ } = createIntegrator(sumSeries([counter(1), counter(2)]));
      assert.ok(Math.abs(totalJ / (3 * powerW * t) - 1) < 1e-9);
    },
  ));
});

Deno.test("moments in another device's gap are left out and counted", () => {
  const other = sampledPower({
    timeS: Float64Array.of(0, 0.1, 0.2, 8, 8.1, 20),
    powerW: Float64Array.of(1, 1, 1, 1, 1, 1),
  });
  const sum = sumSeries([powerOf(0.1, 0, () => 100), other]);
  assert.ok(
    sum.dropped.some(({ reason, count }) => reason === "gap-in-another-device" && count > 50),
  );
});

Deno.test("devices without common time are refused, as are samples with energies", () => {
  assert.throws(
    () => sumSeries([powerOf(0.1, 0, () => 1), powerOf(0.1, 1000, () => 1)]),
    /in common/,
  );
  const energies = { ...powerOf(1, 0, () => 1), quantity: "counter" } as unknown as PowerSeries;
  assert.throws(() => sumSeries([powerOf(0.1, 0, () => 1), energies]), /cannot be added/);
});
