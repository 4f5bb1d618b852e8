/**
 * Readers on damaged files: what is wrong is an InputError or a counted loss, never a crash, never a
 * hang, and never a number in another unit. `JOULEBOOK_FUZZ_RUNS` sets the cases of each format,
 * `JOULEBOOK_FUZZ_ONLY` a part of the names of the formats.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { InputError } from "../../lib/errors.ts";
import type { ReadOptions, ReadResult } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";
import { formats } from "../../lib/formats/table.ts";
import { valuesOf } from "../../lib/power/series.ts";
import { mirrorTest } from "../mirror.ts";
import { fixtureCases } from "./fixture_cases.ts";
import { kindMutation, mutate, type Mutation, rudeMutation } from "./mutations.ts";

const runs = Number(Deno.env.get("JOULEBOOK_FUZZ_RUNS") ?? "20");
const wanted = Deno.env.get("JOULEBOOK_FUZZ_ONLY") ?? "";

/** Formats whose columns are known by their place: swapping them changes what they mean. */
const positional = new Set([
  "adc",
  "monsoon",
  "nvidia-smi-query",
  "powermetrics-csv",
  "ppk2",
  "ptdaemon",
  "table",
  "tegrastats",
  "wattsup",
  "zeus-power",
  "zeus-window",
  "perf-stat-csv",
  "perf-stat-text",
  "powermetrics-text",
  "amduprof",
]);

/** Reads; null when it is refused, which is an answer too. Anything else thrown fails the test. */
async function attempt(
  bytes: Uint8Array,
  path: string,
  options: ReadOptions,
): Promise<ReadResult | null> {
  const begun = performance.now();
  try {
    const result = await readInput(sourceOf(bytes, path), options);
    checkShape(result);
    return result;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    assert.ok(error.message.length > 10);
    return null;
  } finally {
    assert.ok(performance.now() - begun < 20_000, "a read took longer than 20 s");
  }
}

/** What holds of every series, wherever it comes from. */
function checkShape(result: ReadResult): void {
  for (const series of result.series) {
    const { timeS } = series;
    const values = valuesOf(series);
    assert.equal(values.length, timeS.length);
    for (let i = 0; i < timeS.length; i++) {
      assert.ok(Number.isFinite(timeS[i]) && values[i]! >= 0 && values[i]! < Infinity);
      assert.ok(i === 0 || timeS[i]! > timeS[i - 1]!);
      if (series.quantity === "counter") assert.ok(i === 0 || values[i]! >= values[i - 1]!);
    }
  }
  for (const { startS, endS, names } of result.windows) {
    assert.ok(names.every((_name, i) => endS[i]! >= startS[i]!));
  }
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Least and greatest value of each series; for intervals their mean powers. */
function rangesOf(result: ReadResult): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const series of result.series) {
    const { host, id } = series.device;
    const key = `${result.format} ${host ?? ""} ${id} ${series.source.column}`;
    const values = series.quantity === "interval"
      ? valuesOf(series).map((joules, i) => joules / series.durationS[i]!)
      : valuesOf(series);
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    // Where a counter begins says nothing; how far it grows does.
    if (series.quantity === "counter") [low, high] = [0, high - low];
    ranges.set(key, { low, high });
  }
  return ranges;
}

/**
 * A slip of unit is a factor of 3.6 at least. Less than that may come of readings that the whole file
 * loses, as out of order, and of the interval that a lost row stretches.
 */
function checkRanges(whole: Map<string, Range>, damaged: ReadResult, what: string): void {
  for (const [key, { low, high }] of rangesOf(damaged)) {
    const known = whole.get(key);
    if (known === undefined || low > high) continue;
    const isInterval = damaged.series.some((series) => series.quantity === "interval");
    const slack = isInterval ? 8 : 3;
    assert.ok(
      low >= known.low / slack && high <= known.high * slack,
      `${what}: ${key} reads ${low} to ${high}, the whole file ${known.low} to ${known.high}`,
    );
  }
}

async function fuzz(
  file: Uint8Array,
  id: string,
  options: ReadOptions,
  cases: number,
): Promise<void> {
  // A row that was cut and then ended by a line feed cannot be told from a whole one.
  // Node's buffers share their memory with their slices: take a copy.
  const bytes = Uint8Array.from(file.subarray(0, file.lastIndexOf(10) + 1));
  const path = `fuzz.${id}`;
  const whole = await attempt(bytes, path, { ...options, format: id });
  const ranges = whole === null ? new Map<string, Range>() : rangesOf(whole);
  const commas = new TextDecoder().decode(bytes.subarray(0, 200)).includes(",");
  const allowed = (mutation: Mutation, _at: number, all: readonly Mutation[]): boolean =>
    mutation.kind !== "swap-columns" ||
    (commas && !positional.has(id) && !all.some(({ kind }) => kind === "locale"));
  const modes = fc.record({
    named: fc.boolean(),
    kind: fc.option(fc.array(kindMutation, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    rude: fc.array(rudeMutation, { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(modes, async ({ named, kind, rude }) => {
      // For the same reason a cut comes last.
      const mutations = (kind ?? rude).filter(allowed)
        .sort((a, b) => Number(a.kind === "cut") - Number(b.kind === "cut"));
      const damaged = mutations.reduce(mutate, bytes);
      const result = await attempt(damaged, path, named ? { ...options, format: id } : options);
      // A mapping by numbers means other columns once their separators changed.
      const mapped = id === "table" && mutations.some((mutation) => mutation.kind === "locale");
      if (result !== null && kind !== undefined && result.format === id && !mapped) {
        checkRanges(ranges, result, JSON.stringify(mutations));
      }
    }),
    { numRuns: cases, seed: 20_241_123 },
  );
}

const fixtures = fixtureCases();
for (const format of formats) {
  if (!format.kinds.some((kind) => kind === "power" || kind === "windows" || kind === "results")) {
    continue;
  }
  if (!format.id.includes(wanted)) continue;
  const own = fixtures.filter(({ name }) => name.startsWith(`${format.id}/`));
  if (own.length === 0) continue;
  Deno.test(`damaged ${format.id} files are refused or read with their losses counted`, async () => {
    const each = Math.ceil(runs / own.length);
    for (const { input, options } of own) {
      if (/\.(gz|zst)$/.test(input)) continue;
      await fuzz(readFileSync(input), format.id, options, each);
    }
  });
}

/** Real samples, the first part of each. */
const samples: readonly (readonly [string, string])[] = [
  ["amd-smi-csv", "amd_smi/amd-smi_metric_csv_head.csv"],
  ["amduprof", "phase_gold/grantwilkins/swing_a100_llama2-7b/amduprof_timechart.csv"],
  ["codecarbon", "codecarbon/emissions_v2.4_m1.csv"],
  ["energibridge", "energibridge/energibridge_8.csv"],
  ["nvidia-smi-dmon", "nvidia_smi/sections/nvidia-h100-mig__load__dmon.txt"],
  ["nvidia-smi-pmon", "nvidia_smi/sections/nvidia-h100-mig__load__pmon.txt"],
  ["nvidia-smi-query", "phase_gold/powertrace_sim/power.csv"],
  ["nvidia-smi-text", "nvidia_smi/nvidia-smi_table_v100.txt"],
  ["perf-stat-csv", "rapl_wattsup/sleep/sleep.perf"],
  ["perf-stat-text", "rapl_wattsup/perf_stat_text.1.txt"],
  ["power-gadget", "intel_power_gadget/ipg.csv"],
  ["powermetrics-csv", "phase_gold/grantwilkins/m1pro_llama2-7b/power.csv"],
  ["powermetrics-text", "powermetrics/powermetrics_macbookair10_1.txt"],
  ["prometheus", "dcgm/dcgm-exporter_gb200.prom.txt"],
  ["ptdaemon", "mlperf_power/v5.1/TRIGKEY_Ryzen5560__mobilenet-v1-128__offline/run_1/spl.txt"],
  ["pyjoules", "pyjoules/phi2-cuda-1.csv"],
  [
    "rocm-power-csv",
    "rocm_smi/mi300x_gpu_power_bs1_in128_out128_float16_mem0.8_20250807_185823.csv",
  ],
  ["tegrastats", "tegrastats/tegrastats_orin_nano.log"],
  ["trace-totals", "rapl_wattsup/hpl_atlas_daq_summary.txt"],
  ["turbostat", "turbostat/turbostat_2020_06_16.out"],
  ["wattsup", "rapl_wattsup/hpl_mkl/hpl_mkl.wup"],
  ["windows-csv", "phase_gold/grantwilkins/palmetto_v100_llama2-7b/phases.csv"],
  ["zeus-trace", "zeus/summary_power_a40.csv"],
  ["zeus-window", "zeus/profile_V100+resnet50+gpu0-1.csv"],
];

for (const [id, path] of samples) {
  if (!id.includes(wanted)) continue;
  mirrorTest(
    `a damaged ${basename(path)} is refused or read with its losses counted`,
    async (dir) => {
      const bytes = readFileSync(join(dir, "traces", path));
      const part = bytes.subarray(0, bytes.lastIndexOf(10, 12_000) + 1 || 12_000);
      await fuzz(part, id, {}, Math.ceil(runs / 4));
    },
  );
}
