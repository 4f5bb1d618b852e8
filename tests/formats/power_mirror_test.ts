/** Power logs of the mirror: their identities (formats.md section 1) and their losses. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../lib/errors.ts";
import type { ReadOptions, ReadResult, ResultTable } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { type PowerSeries, valuesOf } from "../../lib/power/series.ts";
import { chooseSeries } from "../../lib/power/sum.ts";
import { mirrorTest } from "../mirror.ts";

const traces = (dir: string, path: string): string => join(dir, "traces", path);

function only(result: ReadResult, id: string, column?: string): PowerSeries {
  const found = result.series.filter((series) =>
    series.device.id === id && (column === undefined || series.source.column === column)
  );
  assert.equal(found.length, 1, `${id} ${column ?? ""} in ${result.path}`);
  return found[0]!;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function close(actual: number, expected: number, digits: number): void {
  assert.equal(actual.toFixed(digits), expected.toFixed(digits));
}

function numbers(table: ResultTable, column: string): number[] {
  return table.columns[column]!.map((value) => value === null ? NaN : Number(value));
}

mirrorTest("Power Gadget's powers add up to its own counter (case 6)", async (dir) => {
  const result = await readInput(traces(dir, "intel_power_gadget/ipg.csv"));
  close(sum(valuesOf(only(result, "package-0", "Processor Power_0(Watt)"))), 3.1431, 4);
  const counter = only(result, "package-0", "Cumulative Processor Energy_0(Joules)");
  assert.equal(valuesOf(counter).at(-1), 3.141);
});

mirrorTest("RAPL totals of perf and of the validation agree (case 7)", async (dir) => {
  const text = await readInput(traces(dir, "rapl_wattsup/perf_stat_text.1.txt"));
  const energies = new Map(
    text.results[0]!.columns["event"]!.map((event, i) => [
      event,
      text.results[0]!.columns["energyJ"]![i],
    ]),
  );
  assert.equal(energies.get("power/energy-ram/"), 91.52);
  assert.equal(energies.get("power/energy-pkg/"), 3330.97);
  assert.equal(text.results[0]!.columns["elapsedS"]![0], 52.578050443);
  const published = await readInput(traces(dir, "rapl_wattsup/hpl_atlas_rapl_results.txt"));
  assert.equal(published.results[0]!.columns["energyJ"]![0], 91.52);
  close(numbers(published.results[0]!, "elapsedS")[0]!, 52.578, 3);
});

mirrorTest("the wall sees more than the package, in the same run (case 7)", async (dir) => {
  const perf = await readInput(traces(dir, "rapl_wattsup/hpl_mkl/hpl_mkl.perf"));
  const pkg = only(perf, "package");
  close(sum(valuesOf(pkg)), 1212.65, 2);
  close(pkg.timeS.at(-1)!, 25.68, 2);
  const wup = await readInput(traces(dir, "rapl_wattsup/hpl_mkl/hpl_mkl.wup"));
  const wall = only(wup, "wall");
  const integral = createIntegrator(wall);
  close(integral.totalJ, 4183, 0);
  assert.equal(integral.endS - integral.startS, 101);
  assert.equal(valuesOf(wall)[0], 25.7);
  // Package and memory are the only parts that are not within one another.
  assert.throws(() => chooseSeries(perf.series), /contain one another/);
  assert.equal(chooseSeries(perf.series, ["package", "dram"]).length, 2);
});

mirrorTest("a line feed within perf's unit field does not lose rows", async (dir) => {
  const result = await readInput(traces(dir, "rapl_wattsup/haswell-ep_hpl_mkl.perf.phase"));
  assert.equal(only(result, "dram").timeS.length, 199);
  assert.deepEqual(result.dropped, []);
});

mirrorTest("CodeCarbon's parts add up to its totals, in every version (case 9)", async (dir) => {
  let rows = 0;
  let worst = 0;
  for (const file of readdirSync(traces(dir, "codecarbon")).sort()) {
    const { results, windows } = await readInput(traces(dir, `codecarbon/${file}`));
    const table = results[0]!;
    const total = numbers(table, "energy_consumed");
    assert.equal(windows[0]!.names.length, total.length);
    if (table.columns["cpu_energy"] === undefined) continue;
    const parts = ["cpu_energy", "gpu_energy", "ram_energy"].map((name) => numbers(table, name));
    for (const [i, kWh] of total.entries()) {
      if (Number.isNaN(kWh)) continue;
      rows++;
      const error = Math.abs(sum(parts.map((part) => part[i]!)) - kWh);
      worst = Math.max(worst, error);
      if (kWh > 0) assert.ok(Math.abs(windows[0]!.referenceJ[i]! / (kWh * 3.6e6) - 1) < 1e-12);
    }
    const rates = numbers(table, "emissions_rate");
    const emissions = numbers(table, "emissions");
    const durations = numbers(table, "duration");
    for (const [i, rate] of rates.entries()) {
      if (!(rate > 0) || file.includes("v2.1")) continue;
      assert.ok(Math.abs(emissions[i]! / durations[i]! / rate - 1) < 1e-6, `${file} row ${i}`);
    }
  }
  // Of the 551 published rows the mirror holds 28 + 439, two of them without energies, and one of
  // version 2.1.
  assert.equal(rows, 466);
  assert.ok(worst < 7.1e-13, `worst ${worst}`);
});

mirrorTest("a counter of EnergiBridge grows by the joules that formats.md states", async (dir) => {
  const result = await readInput(traces(dir, "energibridge/energibridge_8.csv"));
  const cpu = only(result, "cpu");
  const joules = valuesOf(cpu);
  close(joules.at(-1)! - joules[0]!, 207.94, 2);
  close(cpu.timeS.at(-1)! - cpu.timeS[0]!, 31.455, 3);
  assert.deepEqual(chooseSeries(result.series).map(({ device }) => device.id), ["cpu"]);
});

mirrorTest("tegrastats: the total is taken, never the total and its rails", async (dir) => {
  const result = await readInput(traces(dir, "tegrastats/tegrastats_orin_nano.log"));
  assert.deepEqual(result.series.map(({ device, timeS }) => [device.id, timeS.length]), [
    ["VDD_IN", 103],
    ["VDD_CPU_GPU_CV", 103],
    ["VDD_SOC", 103],
  ]);
  assert.deepEqual(chooseSeries(result.series).map(({ device }) => device.id), ["VDD_IN"]);
});

mirrorTest(
  "powermetrics: energies are powers times the elapsed time of their sample",
  async (dir) => {
    const result = await readInput(traces(dir, "powermetrics/powermetrics_macbookair10_1.txt"));
    const cpu = only(result, "cpu");
    assert.equal(cpu.timeS.length, 10);
    // 947 mW for 104.51 ms, as the first sample prints them.
    assert.ok(Math.abs(valuesOf(cpu)[0]! - 0.947 * 0.10451) < 1e-12);
  },
);

mirrorTest("amd-smi, rocm-smi and AMDuProf logs read without a loss", async (dir) => {
  for (
    const [path, devices, samples] of [
      ["amd_smi/amd-smi_metric_csv_head.csv", 8, 14],
      ["rocm_smi/mi300x_gpu_power_bs1_in128_out128_float16_mem0.8_20250807_185823.csv", 8, 4312],
      ["phase_gold/grantwilkins/swing_a100_llama2-7b/amduprof_timechart.csv", 130, 302_640],
    ] as const
  ) {
    const result = await readInput(traces(dir, path));
    assert.equal(result.series.length, devices);
    assert.equal(sum(result.series.map(({ timeS }) => timeS.length)), samples);
    assert.deepEqual([result.dropped, result.series.flatMap(({ dropped }) => dropped)], [[], []]);
  }
});

mirrorTest("Zeus and pyJoules windows carry the energies of their file in joules", async (dir) => {
  const zeus = await readInput(traces(dir, "zeus/profile_V100+resnet50+gpu0-1.csv"));
  assert.equal(zeus.windows[0]!.clock, "monotonic");
  assert.equal(zeus.windows[0]!.referenceJ[0], 3314.0650000000023 + 3350.699999999997);
  const joules = await readInput(traces(dir, "pyjoules/llama2-7b-cuda-1.csv"));
  assert.equal(joules.windows[0]!.referenceJ[0], 48.561);
  for (const { startS, endS, names, referenceJ } of joules.windows) {
    for (const [i, name] of names.entries()) {
      // A V100 or A100 board: no unit but mJ puts its power there.
      const meanW = referenceJ[i]! / (endS[i]! - startS[i]!);
      assert.ok(name !== "inference" || (meanW > 30 && meanW < 400), `${name} ${meanW}`);
    }
  }
});

/** What must be refused, and the words of the reason. */
const refused: readonly (readonly [string, RegExp])[] = [
  ["dcgm/node-exporter_gb200.prom.txt", /none of its 74 metrics is a power or an energy/],
  ["nvidia_smi/query_windows_wddm.csv", /there is no power column/],
  ["phase_gold/gpu_current_traces/hermes3_70b.csv", /neither their rate nor their scale/],
  ["phase_gold/grantwilkins/swing_multi_gpu_llama2-70b/nvidia-smi.csv", /several GPUs/],
  ["ppk2/ppk2_derived_charge_per_packet.csv", /no series, and without a voltage no energy/],
  ["rapl_wattsup/gpu_sleep/gpu_sleep.daq", /neither their rate nor their scale/],
  ["rapl_wattsup/hpl_mkl/hpl_mkl.daq", /neither their rate nor their scale/],
  ["rapl_wattsup/sleep/sleep.daq", /neither their rate nor their scale/],
  ["rapl_wattsup/stream/stream.daq", /neither their rate nor their scale/],
  [
    "rocm_smi/mi300x_gpu_usage_bs1_in128_out128_float16_mem0.8_20250807_185823.csv",
    /there is no power column/,
  ],
];

mirrorTest("power logs that would need a guess are refused with the reason", async (dir) => {
  for (const [path, reason] of refused) {
    await assert.rejects(readInput(traces(dir, path)), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, "refused", path);
      assert.match(error.message, reason);
      return true;
    });
  }
});

mirrorTest("the same converter samples read once their rate and scale are given", async (dir) => {
  const options: ReadOptions = { intervalS: 0.001, wattsPerUnit: 1 };
  const result = await readInput(traces(dir, "rapl_wattsup/sleep/sleep.daq"), options);
  assert.deepEqual(result.series.map(({ device }) => device.id), ["ch1", "ch2", "ch3", "ch4"]);
  // The fourth input was open: it reads -5.12 throughout, and negative powers are left out.
  const [ch1, , , ch4] = result.series;
  assert.ok(ch1!.timeS.length > 20_000);
  assert.deepEqual(ch4!.dropped.map(({ reason }) => reason), ["negative-power"]);
});

const folders = [
  "amd_smi",
  "codecarbon",
  "dcgm",
  "energibridge",
  "intel_power_gadget",
  "nvidia_smi/captures",
  "nvidia_smi/sections",
  "ppk2",
  "powermetrics",
  "pyjoules",
  "rapl_wattsup",
  "rapl_wattsup/gpu_sleep",
  "rapl_wattsup/hpl_mkl",
  "rapl_wattsup/sleep",
  "rapl_wattsup/stream",
  "tegrastats",
  "turbostat",
  "zeus",
];

mirrorTest(
  "every other power sample of the mirror loads, found by its content alone",
  async (dir) => {
    const unread: string[] = [];
    for (const folder of folders) {
      for (const entry of readdirSync(traces(dir, folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (!entry.isFile() || refused.some(([known]) => known === path)) continue;
        const result = await readInput(traces(dir, path));
        const held = result.series.length + result.windows.length + result.results.length;
        if (held === 0) unread.push(path);
      }
    }
    assert.deepEqual(unread, []);
  },
);
