import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { type SampledPower, sampledPower, valuesOf } from "../../lib/power/series.ts";
import { chooseSeries, sumIntegrators } from "../../lib/power/sum.ts";

const timeS = Float64Array.of(0, 1, 2, 3);
const constant = (
  powerW: number,
  device: SampledPower["device"],
  extra: Partial<SampledPower> = {},
): SampledPower => sampledPower({ timeS, powerW: timeS.map(() => powerW) }, { device, ...extra });
const gpu = (id: string): SampledPower["device"] => ({ kind: "gpu", id });

Deno.test("the energies of devices add up over the time that all of them cover", () => {
  const short = sampledPower({ timeS: Float64Array.of(1, 2), powerW: Float64Array.of(50, 50) });
  const sum = sumIntegrators([
    createIntegrator(constant(100, gpu("gpu0"))),
    createIntegrator(short),
  ]);
  assert.deepEqual([sum.startS, sum.endS, sum.totalJ], [1, 2, 150]);
  assert.equal(sum.estimate(0.5, 2).reason, "edges-not-bracketed");
});

Deno.test("all GPUs are taken, and nothing that may contain them", () => {
  const chosen = chooseSeries([
    constant(100, gpu("gpu0")),
    constant(100, gpu("gpu1")),
    constant(500, { kind: "node", id: "node" }),
  ]);
  assert.deepEqual(chosen.map(({ device }) => device.id), ["gpu0", "gpu1"]);
});

Deno.test("of the columns of one GPU the instantaneous one is taken", () => {
  const chosen = chooseSeries([
    constant(1, gpu("gpu0"), { reading: "average" }),
    constant(2, gpu("gpu0"), { reading: "instant" }),
    constant(3, gpu("gpu0"), { reading: "unspecified" }),
  ]);
  assert.deepEqual(chosen.map((series) => valuesOf(series)[0]), [2]);
});

Deno.test("readings that may contain one another are refused until the caller chooses", () => {
  const series = [
    constant(1, { kind: "cpu", id: "cpu" }),
    constant(2, { kind: "wall", id: "wall" }),
  ];
  assert.throws(() => chooseSeries(series), InputError);
  assert.deepEqual(chooseSeries(series, ["wall"]).map(({ device }) => device.id), ["wall"]);
  assert.throws(() => chooseSeries(series, ["gpu7"]), /no series is of this device/);
});

Deno.test("two files with the same GPU id are refused: they may be two hosts or one twice", () => {
  const file = (path: string): SampledPower =>
    constant(1, gpu("gpu0"), {
      source: { path, format: "x", column: "power.draw", sourceClock: "local" },
    });
  assert.throws(() => chooseSeries([file("a.csv"), file("b.csv")]), /both hold gpu0/);
});

Deno.test("of a total and its parts only the total is taken", () => {
  const rails = [
    constant(10, { kind: "soc", id: "VDD_IN" }),
    constant(4, { kind: "rail", id: "VDD_CPU", partOf: "VDD_IN" }),
    constant(1, { kind: "rail", id: "VDD_CPU_CORE", partOf: "VDD_CPU" }),
  ];
  const ids = (series: readonly SampledPower[]): string[] =>
    chooseSeries(series).map(({ device }) => device.id);
  assert.deepEqual(ids(rails), ["VDD_IN"]);
  // A part of a part is a part, also when the one between them was not asked for.
  assert.throws(() => chooseSeries(rails, ["VDD_IN", "VDD_CPU_CORE"]), /count it twice/);
  assert.equal(chooseSeries(rails, ["VDD_CPU_CORE"]).length, 1);
});

Deno.test("processor packages add up, but not with their memory, and not cores without a package", () => {
  const cpu = (id: string): SampledPower => constant(1, { kind: "cpu", id, partOf: "psys" });
  const core = (id: string): SampledPower => constant(1, { kind: "rail", id, partOf: "cpu" });
  assert.equal(chooseSeries([cpu("package-0"), cpu("package-1")]).length, 2);
  assert.throws(() =>
    chooseSeries([cpu("package-0"), constant(1, { kind: "dram", id: "dram-0" })])
  );
  assert.throws(() => chooseSeries([core("core0"), core("core1")]));
});

Deno.test("instant power of one device is not added to averaged power of another", () => {
  assert.throws(
    () =>
      chooseSeries([
        constant(1, gpu("gpu0"), { reading: "instant" }),
        constant(1, gpu("gpu1"), { reading: "average" }),
      ]),
    /instant power of one device would be added to averaged power/,
  );
});

Deno.test("a device of several hosts is added by default and must be named with its host otherwise", () => {
  const on = (host: string, powerW: number): SampledPower =>
    constant(powerW, { ...gpu("gpu0"), host });
  const both = [on("node1", 100), on("node2", 200)];
  assert.equal(chooseSeries(both).length, 2);
  assert.throws(
    () => chooseSeries(both, ["gpu0"]),
    /several hosts have a device gpu0; expected one of node1\/gpu0, node2\/gpu0/,
  );
  assert.deepEqual(chooseSeries(both, ["node2/gpu0"]).map((one) => valuesOf(one)[0]), [200]);
  assert.equal(chooseSeries([both[0]!], ["gpu0"]).length, 1);
});
