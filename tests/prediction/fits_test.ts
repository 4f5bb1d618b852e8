import {
  accuracy,
  conformalFactor,
  crossConformal,
  fitBoostedTrees,
  fitNonNegative,
  fitRidge,
  labelNoise,
  paretoFront,
  solveOperatingPoint,
} from "@joulebook/joulebook/prediction";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createRandom } from "../../lib/random.ts";
import { fitResiduals } from "../../lib/prediction/fit/levenberg.ts";

const close = (a: number, b: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

Deno.test("non-negative least squares meets the conditions of Karush, Kuhn and Tucker", () => {
  fc.assert(fc.property(fc.integer(), (seed) => {
    const random = createRandom(seed);
    const rows = Array.from({ length: 12 }, () => Array.from({ length: 4 }, () => random.normal()));
    const y = Array.from({ length: 12 }, () => random.normal());
    const x = fitNonNegative(rows, y);
    const left = rows.map((row, i) => y[i]! - row.reduce((s, v, j) => s + v * x[j]!, 0));
    for (let j = 0; j < 4; j++) {
      const gradient = rows.reduce((s, row, i) => s + row[j]! * left[i]!, 0);
      assert.ok(x[j]! >= 0);
      // Free coefficients have no gradient left, those at the bound none that would raise them.
      if (x[j]! > 0) assert.ok(Math.abs(gradient) < 1e-6);
      else assert.ok(gradient < 1e-6);
    }
  }));
});

Deno.test("the ridge of the non-negative fit pulls to the prior where the data is silent", () => {
  const x = fitNonNegative([[1, 0], [1, 0]], [2, 2], { prior: [0, 7], ridge: [0, 1] });
  close(x[0]!, 2);
  close(x[1]!, 7);
});

Deno.test("the robust fit finds the curve although one point is far off", () => {
  const t = Array.from({ length: 20 }, (_, i) => i / 4);
  const y = t.map((v, i) => 3 * Math.exp(-0.7 * v) + (i === 5 ? 4 : 0));
  const { parameters } = fitResiduals(
    (p) => Float64Array.from(t, (v, i) => p[0]! * Math.exp(-p[1]! * v) - y[i]!),
    [1, 1],
    { huber: 0.01, priorWeight: [0, 0] },
  );
  close(parameters[0]!, 3, 0.03);
  close(parameters[1]!, 0.7, 0.03);
});

Deno.test("ridge regression without a penalty is least squares", () => {
  const x = fitRidge([[1, 1], [1, 2], [1, 4]], [3, 5, 9], { ridge: 0 });
  close(x[0]!, 1, 1e-4);
  close(x[1]!, 2, 1e-4);
});

Deno.test("boosted trees learn a step and do not extrapolate", () => {
  const rows = Array.from({ length: 40 }, (_, i) => [i]);
  const predict = fitBoostedTrees(rows, rows.map(([i]) => i! < 20 ? 1 : 5));
  close(predict([3]), 1, 0.01);
  close(predict([30]), 5, 0.01);
  assert.equal(predict([39]), predict([1000]));
});

Deno.test("the operating point meets the cap and never exceeds the set clock", () => {
  fc.assert(fc.property(
    fc.double({ min: 300, max: 2000, noNaN: true }),
    fc.double({ min: 60, max: 500, noNaN: true }),
    (coreMhz, capW) => {
      const at = (mhz: number) => ({ timeS: 1e3 / mhz, powerW: 40 + 200 * (mhz / 1400) ** 3 });
      const p = solveOperatingPoint(at, { coreMhz, capW });
      assert.ok(p.coreMhz <= coreMhz);
      assert.ok(p.powerW <= capW * (1 + 1e-9));
      assert.equal(p.timeS, 1e3 / p.coreMhz);
      if (p.capped) assert.ok(at(p.coreMhz + 2).powerW > capW);
    },
  ));
});

Deno.test("accuracy counts errors, coverage and order", () => {
  const a = accuracy([
    { predicted: 2, measured: 1, low: 0.5, high: 1.5 },
    { predicted: 3, measured: 2, low: 2.5, high: 3.5 },
    { predicted: 1, measured: 4, low: 0, high: 9 },
  ]);
  close(a.mape, 100 * (1 + 0.5 + 0.75) / 3);
  close(a.mdape, 75);
  close(a.coverage, 2 / 3);
  close(a.kendallTau, (1 - 1 - 1) / 3);
  assert.ok(Number.isNaN(accuracy([{ predicted: 1, measured: 1 }]).coverage));
});

Deno.test("conformal intervals cover at least what they promise, and grow for rare operators", () => {
  const random = createRandom(5);
  const errors = Array.from({ length: 400 }, () => 0.1 * random.normal());
  const factor = Math.log(conformalFactor(errors));
  const fresh = Array.from({ length: 4000 }, () => 0.1 * random.normal());
  const covered = fresh.filter((e) => Math.abs(e) <= factor).length / 4000;
  assert.ok(covered > 0.87 && covered < 0.94, String(covered));
  assert.equal(conformalFactor([0.1, 0.2]), Infinity);

  const pairs = ["a", "b", "c"].flatMap((group) =>
    Array.from({ length: 20 }, () => ({
      predicted: Math.exp(0.1 * random.normal()),
      measured: 1,
      group,
      regime: "device",
      operators: group === "c" ? ["gemm", "scan"] : ["gemm"],
    }))
  );
  const width = (p: { low?: number; high?: number }) => Math.log(p.high! / p.low!);
  const ends = crossConformal(pairs);
  const known = ends.find(({ group }) => group === "a")!, rare = ends.find((p) => p.group === "c")!;
  assert.ok(width(rare) > 1.5 * width(known));
});

Deno.test("no row of the Pareto front is dominated, every other one is", () => {
  const column = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 12, maxLength: 12 });
  fc.assert(fc.property(column, column, column, (x, y, z) => {
    const columns = [x, y, z];
    const front = paretoFront(columns);
    for (let i = 0; i < 12; i++) {
      const beaten = x.some((_, j) =>
        columns.every((c) => c[j]! <= c[i]!) && columns.some((c) => c[j]! < c[i]!)
      );
      assert.equal(front[i], beaten ? 0 : 1);
    }
  }));
  assert.deepEqual([...paretoFront([[NaN, 1], [0, 2]])], [0, 1]);
});

Deno.test("label noise is the spread of repeated rows alone", () => {
  const row = (key: string, timeS: number) => ({ key, timeS, powerW: 100, energyJ: 100 * timeS });
  const noise = labelNoise([row("a", 0.9), row("a", 1.1), row("b", 7)]);
  assert.equal(noise.groups, 1);
  close(noise.timePercent, 10);
  close(noise.powerPercent, 0);
});
