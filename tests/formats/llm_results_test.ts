/** What the readers of benchmark outputs take from files of formats that no published sample shows. */

import assert from "node:assert/strict";
import type { ReadResult, ResultTable } from "../../lib/formats/format.ts";
import { inspectInput, readInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";
import { unitOfName } from "../../lib/formats/result_units.ts";
import { fixturesDir } from "./fixture_cases.ts";

const read = (name: string): Promise<ReadResult> => readInput(`${fixturesDir}${name}`);

/** One row of a table with its units, where they have one. */
function row(table: ResultTable, index: number, ...names: string[]): unknown[] {
  return names.map((name) => {
    const unit = table.units[name];
    const cell = table.columns[name]![index];
    return unit === undefined ? cell : `${cell} ${unit}`;
  });
}

Deno.test("SGLang's details without start times become a table, not a log", async () => {
  const { requests, results: [runs, single] } = await read("sglang-bench/details.jsonl");
  assert.equal(requests.length, 0);
  assert.deepEqual(row(runs!, 0, "output_throughput", "mean_ttft_ms", "duration"), [
    "3.5 tok/s",
    "90 ms",
    "2 s",
  ]);
  assert.deepEqual(row(single!, 0, "inputTokens", "ttftS", "latencyS", "success"), [
    "10 tok",
    "0.1 s",
    "0.16 s",
    1,
  ]);
});

Deno.test("InferenceX: seconds, watts and joules by the names of their columns", async () => {
  const { results: [runs] } = await read("inferencex/aggregate.json");
  assert.deepEqual(
    row(
      runs!,
      0,
      "p99_ttft",
      "avg_power_w",
      "total_gpu_energy_j",
      "joules_per_output_token",
      "joules_per_successful_query",
      "tput_per_gpu",
      "conc",
    ),
    ["0.8 s", "650 W", "1200000 J", "0.9 J/token", "920 J/request", "1500 tok/s/GPU", 64],
  );
});

Deno.test("AIPerf's telemetry has watts and a counter of megajoules", async () => {
  const { series } = await read("aiperf-telemetry/two_gpus.jsonl");
  const of = (id: string, column: string) =>
    series.find(({ device, source }) => device.id === id && source.column === column)!;
  const power = of("gpu1", "gpu_power_usage");
  assert.ok(power.quantity === "power" && power.clock === "epoch");
  assert.deepEqual([...power.powerW], [110, 310]);
  assert.equal(power.device.host, "node1");
  const energy = of("gpu1", "energy_consumption");
  assert.ok(energy.quantity === "counter");
  assert.ok(Math.abs(energy.energyJ[1]! - energy.energyJ[0]! - 7) < 1e-6);
});

Deno.test("summaries of AIPerf and GenAI-Perf keep the unit beside each metric", async () => {
  const { results: [metrics] } = await read("aiperf-summary/aiperf.json");
  assert.deepEqual(row(metrics!, 1, "metric", "unit", "avg", "p99"), [
    "request_latency",
    "ms",
    300,
    399,
  ]);
  const { results: [latencies, rates] } = await read("aiperf-summary/genai_perf_tables.csv");
  assert.deepEqual(row(latencies!, 0, "metric", "unit", "avg", "max"), [
    "Time To First Token",
    "ms",
    1234.56,
    2000,
  ]);
  assert.deepEqual(row(rates!, 1, "metric", "unit", "Value"), [
    "Request Throughput",
    "per sec",
    null,
  ]);
});

Deno.test("GenAI-Perf's requests have the moments of their responses", async () => {
  const { requests: [log] } = await read("genai-perf/profile_export.json");
  assert.equal(log!.clock, "epoch");
  assert.equal(log!.submitS[0], 1767323045.000000123);
  assert.ok(Math.abs(log!.firstTokenS[0]! - 1767323045.1) < 1e-6);
  assert.ok(Math.abs(log!.endS[0]! - 1767323045.14) < 1e-6);
  // One response may be a whole answer: its end is known, its first token is not.
  assert.ok(Number.isNaN(log!.firstTokenS[1]));
  assert.equal(log!.endS[1], 1767323045.9);
  assert.deepEqual([...log!.success], [1, 1, 0, 1]);
  assert.ok(Number.isNaN(log!.endS[3]));
  assert.deepEqual([...log!.tokenTimes!.offsets], [0, 3, 3, 3, 3]);
});

Deno.test("an ML.ENERGY run has power by domain, spans with measured joules, and no invented starts", async () => {
  const { series, windows: [spans], requests, results } = await read("mlenergy-run/results.json");
  const kinds = series.map((one) =>
    one.quantity === "power" ? [one.device.id, one.device.kind, one.reading] : []
  );
  assert.deepEqual(kinds, [
    ["gpu0", "gpu", "instant"],
    ["gpu0", "gpu", "average"],
    ["gpu0-memory", "dram", "average"],
  ]);
  assert.equal(series[2]!.device.partOf, "gpu0");
  assert.deepEqual([...spans!.referenceJ], [700, 400]);
  assert.deepEqual([...spans!.endS].map((end, i) => end - spans!.startS[i]!), [2, 1]);
  assert.equal(requests.length, 0);
  assert.deepEqual(row(results[1]!, 0, "ttft", "energy", "output_len"), [
    "0.1 s",
    "1.2 J",
    "3 tok",
  ]);
});

Deno.test("a TokenPowerBench 1.0 run and its samples share one monotonic clock", async () => {
  const run = await read("tokenpowerbench-run/batch_1_result.json");
  const samples = await read("tokenpowerbench-samples/batch_1_power_samples.json");
  const [log] = run.requests;
  assert.deepEqual([...log!.submitS], [1000, 1004]);
  assert.deepEqual([...log!.endS], [1003.5, 1007.5]);
  assert.deepEqual(log!.ids, ["r0", "r1"]);
  assert.equal(run.windows[0]!.referenceJ[0], 4296);
  for (const part of [log!, run.windows[0]!, ...samples.series]) {
    assert.equal(part.clock, "monotonic");
  }
  const ids = samples.series.map(({ device, quantity }) => [device.id, device.kind, quantity]);
  assert.deepEqual(ids, [
    ["gpu0", "gpu", "power"],
    ["gpu1", "gpu", "power"],
    ["package-0", "cpu", "counter"],
    ["dram-0", "dram", "counter"],
    ["ipmi", "node", "power"],
  ]);
});

Deno.test("ELANA's readings within a second become their mean", async () => {
  const { series: [power] } = await read("elana-power/server.csv");
  assert.ok(power!.quantity === "power");
  assert.deepEqual([...power!.powerW], [105, 220]);
  assert.equal(power!.timeS[1]! - power!.timeS[0]!, 1);
});

Deno.test("BurstGPT: no tokens are a failure, and the time elapsed gives the end", async () => {
  const { requests: [log] } = await read("burstgpt/release_2.csv");
  assert.deepEqual([...log!.success], [1, 1, 0]);
  assert.deepEqual([...log!.endS].slice(0, 2), [7.75, 48.5]);
  assert.ok(Number.isNaN(log!.endS[2]));
  assert.deepEqual(log!.replicas, ["ChatGPT", "GPT-4"]);
  assert.deepEqual([...log!.replica!], [0, 1, 1]);
});

Deno.test("Mooncake counts milliseconds, Bailian seconds", async () => {
  const { requests: [mooncake] } = await read("mooncake/trace.jsonl");
  assert.deepEqual([...mooncake!.submitS], [0, 3.052]);
  const { requests: [bailian] } = await read("mooncake/bailian.jsonl");
  assert.deepEqual([...bailian!.submitS], [61.114, 62.5]);
});

Deno.test("llama-bench says the same in each of its outputs", async () => {
  for (const name of ["array.json", "lines.jsonl", "quoted.csv"]) {
    const { results: [tests] } = await read(`llama-bench/${name}`);
    assert.deepEqual(row(tests!, 0, "n_prompt", "n_gen", "avg_ns", "avg_ts"), [
      512,
      0,
      "200000000 ns",
      "2560 tok/s",
    ]);
  }
  const { results: [tests] } = await read("llama-bench/markdown.txt");
  assert.deepEqual(row(tests!, 1, "n_prompt", "n_gen", "n_depth", "avg_ts", "stddev_ts"), [
    0,
    128,
    1024,
    "131.42 tok/s",
    "0.38 tok/s",
  ]);
});

Deno.test("LLM-Perf's units come from the columns beside the values", async () => {
  const { results: [runs], notes } = await read("llm-perf/runs.csv");
  assert.deepEqual(row(runs!, 0, "report.prefill.latency.mean", "report.decode.energy.gpu"), [
    "0.05 s",
    "0.0002 kWh",
  ]);
  // One row counts tokens, the other samples.
  assert.equal(runs!.units["report.prefill.throughput.value"], undefined);
  assert.ok(notes.some((note) => note.includes("report.prefill.throughput.value")));
});

Deno.test("a unit is read from a column's name only where the name says it", () => {
  const cases: [string, string | undefined][] = [
    ["energy_per_token_joules", "J/token"],
    ["energy_per_1k_tokens_j", "J/1k tokens"],
    ["gpu_mj_per_token", "mJ/token"],
    ["total_energy_kwh", "kWh"],
    ["avg_power_watts", "W"],
    ["mean_ttft_ms", "ms"],
    ["first_token_s", "s"],
    ["throughput_tok_s", "tok/s"],
    ["output_tokens_per_s", "tok/s"],
    ["requests_per_s", undefined],
    ["Energía (J)", "J"],
    ["TPOT (s/token)", "s/token"],
    ["Priority (1=hi)", undefined],
    ["energy_MJ", undefined],
    ["Energy (MJ)", undefined],
    ["power", undefined],
    ["energy", undefined],
    ["latency", undefined],
    ["params", undefined],
    ["class", undefined],
  ];
  for (const [name, unit] of cases) assert.equal(unitOfName(name), unit, name);
});

Deno.test("inspecting a log without keeping it gives the same counts and extent", async () => {
  const names = ["vllm-bench/epoch_stamps.json", "aiperf-profile/requests.jsonl"];
  for (const name of [...names, "genai-perf/profile_export.json", "burstgpt/release_2.csv"]) {
    const path = `${fixturesDir}${name}`;
    const summary = await inspectInput(path);
    const { requests: [log] } = await readInput(path);
    assert.equal(summary.requests, log!.submitS.length);
    const times = [...log!.submitS, ...log!.endS].filter((time) => !Number.isNaN(time));
    assert.equal(summary.startS, Math.min(...times));
    assert.equal(summary.endS, Math.max(...times));
  }
});

Deno.test("an empty JSON object is an empty TokenPowerBench file, and nothing else's", async () => {
  await assert.rejects(readInput(sourceOf("{}", "run.json")), /the run wrote no record/);
});
