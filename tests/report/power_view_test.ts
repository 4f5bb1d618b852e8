import assert from "node:assert/strict";
import fc from "fast-check";
import { createIntegrator, type PowerSeries, sampledPower } from "../../lib/power/mod.ts";
import { cumulate, energyUpTo } from "../../lib/report/page/cumulate.ts";
import { openLayer, powerView } from "../../lib/report/page/power_view.ts";
import { pageTrace } from "../../lib/report/trace.ts";

const device = { kind: "gpu", id: "gpu0" } as const;
const source = { path: "a.csv", format: "test", column: "x", sourceClock: "epoch" } as const;
const base = { device, clock: "epoch", averagingS: null, source, dropped: [] } as const;

/** Steps of a trace, some of them longer than is bridged. */
const steps = fc.array(
  fc.record({
    stepS: fc.oneof(fc.double({ min: 0.05, max: 0.4, noNaN: true }), fc.constant(30)),
    powerW: fc.double({ min: 0, max: 900, noNaN: true }),
  }),
  { minLength: 3, maxLength: 60 },
);

function seriesOf(
  kind: string,
  parts: readonly { readonly stepS: number; readonly powerW: number }[],
): PowerSeries {
  let t = 1000;
  const timeS = Float64Array.from(parts, ({ stepS }) => t += stepS);
  const powerW = Float64Array.from(parts, ({ powerW }) => powerW);
  if (kind === "power") return sampledPower({ timeS, powerW });
  const intervalJ = Float64Array.from(parts, ({ stepS, powerW }) => stepS * powerW);
  if (kind === "interval") {
    // Now and then an interval is shorter than the step: a hole, bridged or not.
    const durationS = Float64Array.from(parts, ({ stepS }) => stepS === 30 ? 0.2 : stepS);
    return { ...base, quantity: "interval", timeS, durationS, intervalJ };
  }
  let sum = 0;
  return { ...base, quantity: "counter", timeS, energyJ: intervalJ.map((j) => sum += j) };
}

for (const kind of ["power", "counter", "interval"]) {
  Deno.test(`a page integrates a trace of ${kind} as the integrator does`, () => {
    fc.assert(
      fc.property(steps, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (parts, at) => {
        const series = seriesOf(kind, parts);
        const integrator = createIntegrator(series, { minSamples: 0 });
        const { timeS, powerW, shape, maxGapS } = pageTrace(series);
        const sums = cumulate(timeS, powerW, shape, maxGapS);
        const near = (a: number, b: number): void =>
          assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, integrator.totalJ), `${a} J, not ${b} J`);
        near(sums.at(-1)!, integrator.totalJ);
        timeS.forEach((time, i) => near(sums[i]!, integrator.cumulativeJ(time)));
        if (kind === "interval") return; // Between readings a hole is spread over its step.
        for (const share of at) {
          const moment = integrator.startS + share * (integrator.endS - integrator.startS);
          near(
            energyUpTo(timeS, powerW, sums, shape, maxGapS, moment),
            integrator.cumulativeJ(moment),
          );
        }
      }),
    );
  });
}

Deno.test("the areas of any span of time are the energy measured in it", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(steps, share, share, (parts, a, b) => {
    const series = seriesOf("power", parts.map((part) => ({ ...part, stepS: 0.3 })));
    const integrator = createIntegrator(series);
    const page = pageTrace(series);
    const trace = { ...page, sumsJ: cumulate(page.timeS, page.powerW, page.shape, page.maxGapS) };
    const at = (of: number) => integrator.startS + of * (integrator.endS - integrator.startS);
    const [fromS, toS] = [Math.min(at(a), at(b)), Math.max(at(a), at(b)) + 0.01];
    const half = (fromS + toS) / 2;
    const layers = [
      openLayer(
        "decode",
        Float64Array.of(fromS),
        Float64Array.of(half),
        Float64Array.of(5),
        null,
        "",
      ),
    ];
    const bins = 40;
    const view = powerView(trace, layers, 50, fromS, toS, bins);
    const binS = (toS - fromS) / bins;
    const sum = (column: ArrayLike<number>): number =>
      Array.from(column).reduce((total, watts) => total + watts * binS, 0);
    const drawnJ = sum(view.idleW) + sum(view.layersW[0]!) + sum(view.restW);
    const measuredJ = integrator.cumulativeJ(toS) - integrator.cumulativeJ(fromS);
    assert.ok(
      Math.abs(drawnJ - measuredJ) <= 1e-6 * Math.max(1, measuredJ),
      `${drawnJ} ${measuredJ}`,
    );
  }));
});

Deno.test("a peak of one reading among a million is drawn, however far one is zoomed out", () => {
  const n = 1_000_000;
  const timeS = Float64Array.from({ length: n }, (_, i) => i / 10);
  const powerW = new Float64Array(n).fill(300);
  powerW[654_321] = 1234.5;
  const sumsJ = cumulate(timeS, powerW, "line", 1);
  const trace = { timeS, powerW, sumsJ, shape: "line", maxGapS: 1 } as const;
  const { readings } = powerView(trace, [], 0, 0, timeS[n - 1]!, 500);
  assert.ok(readings.timeS.length <= 2500);
  const at = Array.from(readings.powerW).indexOf(1234.5);
  assert.equal(readings.timeS[at], 65_432.1);
});

Deno.test("without a trace the stack has the energies alone", () => {
  const layer = openLayer(
    "decode",
    Float64Array.of(0, 5),
    Float64Array.of(10, 10),
    Float64Array.of(100, NaN),
    null,
    "",
  );
  const view = powerView(null, [layer], 80, 0, 10, 10);
  assert.deepEqual(Array.from(view.layersW[0]!), new Array(10).fill(10));
  assert.deepEqual(Array.from(view.idleW), new Array(10).fill(0));
  assert.equal(view.readings.timeS.length, 0);
});

Deno.test("a request that waits is in flight and takes no energy", () => {
  const [sentS, workedFromS, firstS] = [
    Float64Array.of(0),
    Float64Array.of(6),
    Float64Array.of(10),
  ];
  const layer = openLayer("prefill", workedFromS, firstS, Float64Array.of(40), null, "", sentS);
  const { layersW: [watts], inFlight: [open] } = powerView(null, [layer], 0, 0, 10, 5);
  assert.deepEqual(Array.from(watts!), [0, 0, 0, 10, 10]);
  assert.deepEqual(Array.from(open!), [1, 1, 1, 1, 1]);
});

Deno.test("a layer has only the rows of its kind", () => {
  const columns = [Float64Array.of(0, 0), Float64Array.of(1, 1), Float64Array.of(7, 8)] as const;
  const layer = openLayer("load", ...columns, ["load", "run"], "load");
  assert.deepEqual([...layer.energyJ], [7, NaN]);
});
