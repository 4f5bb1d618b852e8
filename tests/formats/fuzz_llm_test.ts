/**
 * Readers of requests and results on damaged files: what is wrong is an InputError or a counted
 * loss, never a crash, never a hang, and never a number that the whole file does not have.
 * `JOULEBOOK_FUZZ_RUNS` sets the cases of each format, `JOULEBOOK_FUZZ_ONLY` a part of its name.
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
import { mirrorTest } from "../mirror.ts";
import { fixtureCases } from "./fixture_cases.ts";
import { kindMutation, mutate, type Mutation, rudeMutation } from "./mutations.ts";

const runs = Number(Deno.env.get("JOULEBOOK_FUZZ_RUNS") ?? "20");
const wanted = Deno.env.get("JOULEBOOK_FUZZ_ONLY") ?? "";

/** Formats of requests and results that have no fuzz test among the power logs' own checks. */
const ids = [
  "ai-energy-score",
  "aiperf-profile",
  "aiperf-summary",
  "aiperf-telemetry",
  "argonne-llm-bench",
  "azure-llm-trace",
  "burstgpt",
  "codecarbon-json",
  "ecocompute",
  "elana-power",
  "elana-tables",
  "genai-perf",
  "inferencex",
  "llama-bench",
  "llm-energy-benchmark",
  "llm-perf",
  "llmperf",
  "mlenergy-leaderboard",
  "mlenergy-run",
  "mooncake",
  "optimum-benchmark",
  "results-csv",
  "run-table",
  "servegen",
  "serving-metrics",
  "sglang-bench",
  "splitwise-perf",
  "splitwise-trace",
  "tokenpowerbench",
  "tokenpowerbench-run",
  "tokenpowerbench-samples",
  "tokenpowerbench-tables",
  "tokenpowerbench-trace",
  "vidur-lengths",
  "vllm-bench",
  "vllm-offline",
];

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

/** What holds of every log and table, wherever it comes from. */
function checkShape(result: ReadResult): void {
  for (const log of result.requests) {
    const { submitS, firstTokenS, endS, tokenTimes } = log;
    for (let i = 0; i < submitS.length; i++) {
      assert.ok(
        !(firstTokenS[i]! < submitS[i]!),
        `the first token of ${i} came before its request`,
      );
      assert.ok(!(endS[i]! < submitS[i]!), `request ${i} ended before it began`);
      assert.ok(!(log.inputTokens[i]! < 0 || log.outputTokens[i]! < 0));
      assert.ok(Math.abs(submitS[i]!) < Infinity || Number.isNaN(submitS[i]));
    }
    if (tokenTimes === null) continue;
    const { offsets, timeS } = tokenTimes;
    assert.equal(offsets.length, submitS.length + 1);
    assert.equal(offsets.at(-1), timeS.length);
    for (let i = 0; i < submitS.length; i++) {
      for (let t = offsets[i]! + 1; t < offsets[i + 1]!; t++) {
        assert.ok(timeS[t]! >= timeS[t - 1]!, "tokens go back in time");
      }
    }
  }
  for (const table of result.results) {
    const lengths = new Set(Object.values(table.columns).map((column) => column.length));
    assert.ok(lengths.size <= 1, "columns differ in length");
    for (const column of Object.values(table.columns)) {
      assert.ok(column.every((cell) => typeof cell !== "number" || Number.isFinite(cell)));
    }
    for (const name of Object.keys(table.units)) assert.ok(name in table.columns);
  }
}

/** All numbers that a file has, by what they are, with their unit. */
function numbersOf(result: ReadResult): Map<string, { unit: string; values: Set<number> }> {
  const found = new Map<string, { unit: string; values: Set<number> }>();
  const add = (key: string, unit: string, values: Iterable<unknown>): void => {
    let known = found.get(key);
    if (known === undefined) found.set(key, known = { unit, values: new Set() });
    for (const value of values) if (typeof value === "number") known.values.add(value);
  };
  for (const table of result.results) {
    for (const [name, column] of Object.entries(table.columns)) {
      const unit = table.units[name];
      if (unit !== undefined) add(`${table.name}: ${name}`, unit, column);
    }
  }
  for (const log of result.requests) {
    for (const name of ["submitS", "inputTokens", "outputTokens"] as const) {
      add(name, log.clock, log[name]);
    }
    // To the microsecond: a first token is a sum of two numbers.
    add("ttftS", "s", log.firstTokenS.map((time, i) => Math.round((time - log.submitS[i]!) * 1e6)));
  }
  return found;
}

/** Sums over what was doubled or dropped are other sums. */
const derived = /_(sum|mean|stddev|lengths|count)$/;

/**
 * Damage that leaves numbers alone must leave what is read: every number in a column with a unit is
 * one that the whole file has in that column, in that unit. A last row without a line end may be cut
 * within its last number; then the reader says so.
 */
function checkNumbers(
  whole: ReturnType<typeof numbersOf>,
  damaged: ReadResult,
  mutations: readonly Mutation[],
): void {
  const moved = mutations.some(({ kind }) => kind === "double" || kind === "drop");
  const cut = mutations.some(({ kind }) => kind === "cut");
  for (const [key, { unit, values }] of numbersOf(damaged)) {
    const known = whole.get(key);
    if (known === undefined || (moved && derived.test(key))) continue;
    const what = `${JSON.stringify(mutations)}: ${damaged.format}, ${key}`;
    const odd = [...values].filter((value) => !Number.isNaN(value) && !known.values.has(value));
    if (values.size > 0) assert.equal(unit, known.unit, what);
    if (odd.length === 0) continue;
    const says = damaged.notes.some((note) => note.includes("no line end"));
    assert.ok(cut && says && odd.length === 1, `${what} reads ${odd.join(", ")}`);
  }
}

async function fuzz(
  file: Uint8Array,
  id: string,
  options: ReadOptions,
  cases: number,
): Promise<void> {
  const bytes = Uint8Array.from(file);
  const path = `fuzz.${id}`;
  const whole = await attempt(bytes, path, { ...options, format: id });
  const numbers = whole === null ? new Map() : numbersOf(whole);
  const modes = fc.record({
    named: fc.boolean(),
    kind: fc.option(fc.array(kindMutation, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    rude: fc.array(rudeMutation, { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(modes, async ({ named, kind, rude }) => {
      // Once decimal commas part columns, swapping those tears numbers apart. A row that was cut and
      // then ended by a line feed cannot be told from a whole one: a cut comes last.
      const torn = (kind ?? []).some((mutation) => mutation.kind === "locale");
      const mutations = (kind ?? rude)
        .filter((mutation) => !torn || mutation.kind !== "swap-columns")
        .sort((a, b) => Number(a.kind === "cut") - Number(b.kind === "cut"));
      const damaged = mutations.reduce(mutate, bytes);
      const result = await attempt(damaged, path, named ? { ...options, format: id } : options);
      if (result !== null && whole !== null && kind !== undefined && result.format === id) {
        checkNumbers(numbers, result, mutations);
      }
    }),
    { numRuns: cases, seed: 20_241_123 },
  );
}

const fixtures = fixtureCases();
for (const id of ids) {
  if (!id.includes(wanted)) continue;
  assert.ok(formats.some((format) => format.id === id), `there is no format ${id}`);
  const own = fixtures.filter(({ name }) => name.startsWith(`${id}/`));
  assert.ok(own.length > 0, `${id} has no fixture`);
  Deno.test(`damaged ${id} files give no number that the whole file does not have`, async () => {
    const each = Math.ceil(runs / own.length);
    for (const { input, options } of own) await fuzz(readFileSync(input), id, options, each);
  });
}

/** Real samples; of long ones the first part, where the grammar allows it. */
const samples: readonly (readonly [string, string])[] = [
  ["ai-energy-score", "traces/llm_bench/aienergyscore_oct_2025_models.csv"],
  ["argonne-llm-bench", "traces/llm_bench/argonne_power_results.csv"],
  ["azure-llm-trace", "traces/request_traces/AzureLLMInferenceTrace_conv.csv"],
  ["codecarbon-json", "traces/optimum_benchmark/prefill_codecarbon.json"],
  ["ecocompute", "traces/llm_bench/ecocompute_a800_raw.csv"],
  ["ecocompute", "traces/llm_bench/ecocompute_a800_summary.csv"],
  ["elana-tables", "elana/elana_tables.csv"],
  ["llama-bench", "traces/llm_bench/llama-bench.json"],
  ["llm-energy-benchmark", "traces/llm_bench/alejandroldz_total_limpio.csv"],
  ["llmperf", "traces/llm_bench/llmperf_summary_bedrock_70b.json"],
  ["llmperf", "traces/llm_bench/llmperf_individual_anyscale_7b.json"],
  ["mlenergy-leaderboard", "traces/llm_bench/mlenergy_v3_model_gpt-oss-20b_gpqa.json"],
  ["optimum-benchmark", "traces/optimum_benchmark/benchmark_report.json"],
  ["optimum-benchmark", "traces/optimum_benchmark/benchmark_report.txt"],
  ["run-table", "traces/llm_bench/cain2025_run_table.csv"],
  ["serving-metrics", "traces/llm_bench/vllm_metrics_vllm_0_25_1_loaded.txt"],
  ["splitwise-perf", "traces/request_traces/splitwise_perf_model.csv"],
  ["splitwise-trace", "traces/request_traces/splitwise_test_trace.csv"],
  [
    "tokenpowerbench",
    "tokenpowerbench/results/vllm_models--Llama-3.2-3B_32-64_200_20250529_063021.json",
  ],
  ["tokenpowerbench", "tokenpowerbench/fork_denizdius/example_v0.2_result.json"],
  ["tokenpowerbench-tables", "tokenpowerbench/fork_denizdius/eager_vs_cudagraph.csv"],
  ["vidur-lengths", "traces/request_traces/vidur_arxiv.csv"],
  ["vllm-bench", "traces/phase_gold/powertrace_sim/requests_no_itls.json"],
  ["vllm-bench", "traces/llm_bench/vllm_summary.json"],
  [
    "vllm-offline",
    "traces/rocm_smi/mi300x_vllm_latency_bs1_in128_out128_float16_mem0.8_20250807_185823.json",
  ],
];

for (const [id, path] of samples) {
  if (!id.includes(wanted)) continue;
  mirrorTest(
    `a damaged ${basename(path)} gives no number that the whole file does not have`,
    async (dir) => {
      const bytes = readFileSync(join(dir, path));
      const isTable = /\.(csv|txt)$/.test(path);
      const part = isTable ? bytes.subarray(0, bytes.lastIndexOf(10, 12_000) + 1 || 12_000) : bytes;
      await fuzz(part, id, {}, Math.ceil(runs / 4));
    },
  );
}
