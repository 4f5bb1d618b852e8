/** Identities that hold on published results, to the digits that their own authors' numbers hold. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { quantile, sampleStandardDeviation } from "simple-statistics";
import { InputError } from "../../lib/errors.ts";
import type { ResultTable } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import { mirrorTest } from "../mirror.ts";

const tables = async (path: string): Promise<readonly ResultTable[]> =>
  (await readInput(path)).results;

/** A column of a table's rows as numbers. */
function numbers(table: ResultTable, name: string): number[] {
  const column = table.columns[name];
  assert.ok(column !== undefined, `there is no ${name} in ${Object.keys(table.columns)}`);
  return column.map((cell) => typeof cell === "number" ? cell : NaN);
}

function near(found: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(found - expected) / Math.abs(expected);
  assert.ok(error <= relative, `${what}: ${found} for ${expected}, off by ${error}`);
}

for (
  const [name, requests, succeeded] of [["anyscale_7b", 150, 150], [
    "bedrock_70b",
    150,
    101,
  ]] as const
) {
  mirrorTest(`LLMPerf's summary of ${name} follows from its single requests`, async (dir) => {
    const [single] = await tables(`${dir}/traces/llm_bench/llmperf_individual_${name}.json`);
    const [summary] = await tables(`${dir}/traces/llm_bench/llmperf_summary_${name}.json`);
    const codes = single!.columns["error_code"]!;
    assert.equal(codes.length, requests);
    assert.equal(codes.filter((code) => code === null).length, succeeded);
    for (
      const quantity of [
        "inter_token_latency_s",
        "ttft_s",
        "end_to_end_latency_s",
        "request_output_throughput_token_per_s",
        "number_output_tokens",
      ]
    ) {
      const kept = numbers(single!, quantity).filter((_value, i) => codes[i] === null);
      const published = (statistic: string): number =>
        numbers(summary!, `results_${quantity}_${statistic}`)[0]!;
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
      near(mean, published("mean"), 1e-15, `${quantity} mean`);
      near(sampleStandardDeviation(kept), published("stddev"), 1e-15, `${quantity} stddev`);
      assert.equal(Math.min(...kept), published("min"));
      assert.equal(Math.max(...kept), published("max"));
      const median = quantile(kept, 0.5);
      near(median, published("quantiles_p50"), 1e-15, `${quantity} median`);
    }
    assert.equal(numbers(summary!, "results_num_completed_requests")[0], succeeded);
  });
}

mirrorTest("ML.ENERGY: energy per token times tokens is energy per request", async (dir) => {
  const [table] = await tables(`${dir}/traces/llm_bench/mlenergy_v3_task_gpqa.json`);
  const perToken = numbers(table!, "energy_per_token_joules");
  assert.equal(perToken.length, 187);
  const perRequest = numbers(table!, "energy_per_request_joules");
  const tokens = numbers(table!, "avg_output_len");
  const powerW = numbers(table!, "avg_power_watts");
  const rate = numbers(table!, "output_throughput_tokens_per_sec");
  for (let i = 0; i < perToken.length; i++) {
    near(perToken[i]! * tokens[i]!, perRequest[i]!, 3e-16, `request of row ${i}`);
    near(powerW[i]! / rate[i]!, perToken[i]!, 3e-16, `token of row ${i}`);
  }
  assert.equal(table!.units["energy_per_token_joules"], "J/token");
});

mirrorTest("ML.ENERGY: the model's page and the task's page give the same rows", async (dir) => {
  const folder = `${dir}/traces/llm_bench`;
  const [model] = await tables(`${folder}/mlenergy_v3_model_gpt-oss-20b_gpqa.json`);
  const [task] = await tables(`${folder}/mlenergy_v3_task_gpqa.json`);
  const all = new Set(numbers(task!, "energy_per_token_joules"));
  const own = numbers(model!, "energy_per_token_joules");
  assert.equal(own.length, 26);
  assert.ok(own.every((value) => all.has(value)));
});

mirrorTest("ML.ENERGY: images and videos have energy per piece", async (dir) => {
  for (const [task, rows] of [["text-to-image", 638], ["text-to-video", 382]] as const) {
    const [table] = await tables(`${dir}/scheduling/ml-energy-leaderboard/${task}_v3.json`);
    const piece = task === "text-to-image" ? "image" : "video";
    const energy = numbers(table!, `energy_per_${piece}_joules`);
    assert.equal(energy.length, rows);
    assert.equal(table!.units[`energy_per_${piece}_joules`], `J/${piece}`);
  }
});

mirrorTest("optimum-benchmark: decode is generate minus prefill, in kWh", async (dir) => {
  const folder = `${dir}/traces/optimum_benchmark`;
  const [report] = await tables(`${folder}/benchmark_report.json`);
  const [whole] = await tables(`${folder}/benchmark.json`);
  assert.deepEqual(whole!.columns, report!.columns);
  assert.equal(report!.units["energy_gpu"], "kWh");
  const [prefill] = await tables(`${folder}/prefill_codecarbon.json`);
  const [generate] = await tables(`${folder}/generate_codecarbon.json`);
  const decode = report!.columns["phase"]!.indexOf("decode");
  for (const part of ["cpu", "ram", "gpu"]) {
    const difference = numbers(generate!, `${part}_energy`)[0]! -
      numbers(prefill!, `${part}_energy`)[0]!;
    assert.equal(numbers(report!, `energy_${part}`)[decode], difference);
  }
  // The report as text is the same, rounded to six decimals.
  const [text] = await tables(`${folder}/benchmark_report.txt`);
  for (const part of ["cpu", "ram", "gpu", "total"]) {
    numbers(text!, `energy_${part}`).forEach((value, i) =>
      assert.ok(Math.abs(value - numbers(report!, `energy_${part}`)[i]!) <= 0.5e-6)
    );
  }
});

mirrorTest("CodeCarbon in optimum-benchmark: the parts add up to the total", async (dir) => {
  for (const phase of ["load_dataset", "load_model", "prefill", "generate", "preprocess_dataset"]) {
    const path = `${dir}/traces/optimum_benchmark/${phase}_codecarbon.json`;
    const [run] = await tables(path);
    const parts = ["cpu", "gpu", "ram"].reduce(
      (sum, part) => sum + numbers(run!, `${part}_energy`)[0]!,
      0,
    );
    near(parts, numbers(run!, "energy_consumed")[0]!, 1e-12, phase);
  }
});

mirrorTest(
  "EcoCompute: watts times seconds are joules, the summary is that of the raw rows",
  async (dir) => {
    const [raw] = await tables(`${dir}/traces/llm_bench/ecocompute_a800_raw.csv`);
    const powerW = numbers(raw!, "avg_power_w");
    const timeS = numbers(raw!, "total_time_s");
    const energyJ = numbers(raw!, "total_energy_j");
    assert.equal(energyJ.length, 70);
    energyJ.forEach((joules, i) => assert.equal(powerW[i]! * timeS[i]!, joules));
    const [summary] = await tables(`${dir}/traces/llm_bench/ecocompute_a800_summary.csv`);
    const batches = numbers(raw!, "batch_size");
    numbers(summary!, "batch_size").forEach((batch, row) => {
      const of = powerW.filter((_value, i) => batches[i] === batch);
      const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
      assert.ok(Math.abs(mean - numbers(summary!, "avg_power_w mean")[row]!) <= 0.0051);
      const stddev = numbers(summary!, "avg_power_w std")[row]!;
      assert.ok(Math.abs(sampleStandardDeviation(of) - stddev) <= 0.0051);
    });
  },
);

mirrorTest("llama-bench: tokens a second are those of its mean time", async (dir) => {
  const [tests, repetitions] = await tables(`${dir}/traces/llm_bench/llama-bench.json`);
  const rates = numbers(repetitions!, "ts");
  const times = numbers(repetitions!, "time_ns");
  const of = numbers(repetitions!, "test");
  const tokens = numbers(tests!, "n_prompt").map((n, i) => n + numbers(tests!, "n_gen")[i]!);
  assert.deepEqual(tokens, [8192, 1280]);
  rates.forEach((rate, i) => near(tokens[of[i]! - 1]! / (times[i]! / 1e9), rate, 1e-5, `${i}`));
});

mirrorTest("Argonne: powers are milliwatts of whole GPUs", async (dir) => {
  const [table] = await tables(`${dir}/traces/llm_bench/argonne_power_results.csv`);
  assert.equal(table!.units["avg_power"], "mW");
  const gpus = numbers(table!, "Num of Hardware");
  numbers(table!, "avg_power").forEach((powerMw, i) => {
    const powerW = powerMw / 1000 / gpus[i]!;
    assert.ok(powerW > 20 && powerW < 800, `${powerW} W a GPU`);
  });
  const [all] = await tables(`${dir}/traces/llm_bench/argonne_All_results.csv`);
  assert.equal(all!.columns["Latency"]!.length, 4772);
});

mirrorTest("LLM-Energy-Benchmark: kWh and J side by side agree", async (dir) => {
  const [table] = await tables(`${dir}/traces/llm_bench/alejandroldz_total_limpio.csv`);
  const kwh = numbers(table!, "Energía (kWh)");
  assert.equal(kwh.length, 252);
  numbers(table!, "Energía (J)").forEach((joules, i) => {
    if (!Number.isNaN(joules)) near(kwh[i]! * 3.6e6, joules, 1e-9, `row ${i}`);
  });
});

mirrorTest("ExperimentRunner: 1260 runs, in either notation of numbers", async (dir) => {
  const [table] = await tables(`${dir}/traces/llm_bench/cain2025_run_table.csv`);
  assert.ok(numbers(table!, "energy_usage_J").every((joules) => joules > 0));
  assert.equal(table!.columns["__run_id"]!.length, 1260);
});

mirrorTest(
  "TokenPowerBench: power times duration is energy in all rows, one file is empty",
  async (dir) => {
    const folder = `${dir}/tokenpowerbench/results`;
    let rows = 0;
    const empty: string[] = [];
    for (const file of readdirSync(folder)) {
      try {
        const [table] = await tables(join(folder, file));
        const duration = numbers(table!, "duration");
        const powerW = numbers(table!, "gpu_avg_power");
        numbers(table!, "gpu_energy").forEach((joules, i) => {
          near(powerW[i]! * duration[i]!, joules, 1e-12, file);
          rows++;
        });
      } catch (error) {
        assert.ok(error instanceof InputError && error.code === "empty");
        empty.push(file);
      }
    }
    assert.equal(rows, 66);
    assert.deepEqual(empty, ["vllm_models--Llama-3.2-3B_32-64_200_20250529_035453.json"]);
  },
);

mirrorTest(
  "Azure, Splitwise, Vidur and ServeGen traces have their published sizes",
  async (dir) => {
    const folder = `${dir}/traces/request_traces`;
    const { requests: [azure] } = await readInput(`${folder}/AzureLLMInferenceTrace_conv.csv`);
    assert.equal(azure!.submitS.length, 19366);
    assert.equal(azure!.clock, "local");
    // 2023-11-16 18:15:46.6805900, the last of seven decimals being 100 ns.
    assert.equal(azure!.submitS[0], Date.UTC(2023, 10, 16, 18, 15, 46) / 1000 + 0.68059);
    assert.ok(azure!.endS.every(Number.isNaN));
    const { requests: [splitwise] } = await readInput(`${folder}/splitwise_test_trace.csv`);
    assert.deepEqual([...splitwise!.submitS], [1, 3, 4]);
    const [vidur] = await tables(`${folder}/vidur_arxiv.csv`);
    const total = numbers(vidur!, "num_total_tokens");
    assert.equal(total.length, 28257);
    const prefill = numbers(vidur!, "num_prefill_tokens");
    const decode = numbers(vidur!, "num_decode_tokens");
    assert.ok(total.every((tokens, i) => tokens === prefill[i]! + decode[i]!));
    const [spans] = await tables(`${folder}/servegen_m-small_chunk-31.json`);
    assert.equal(spans!.columns["startS"]!.length, 56);
    for (
      const sum of [...numbers(spans!, "input_tokens_sum"), ...numbers(spans!, "output_tokens_sum")]
    ) {
      near(sum, 1, 1e-12, "probability");
    }
  },
);

mirrorTest("vLLM's metrics are one row a sample", async (dir) => {
  const path = `${dir}/traces/llm_bench/vllm_metrics_vllm_0_25_1_loaded.txt`;
  const { results: [table], dropped } = await readInput(path);
  assert.deepEqual(dropped, []);
  assert.ok(table!.columns["metric"]!.includes("vllm:num_requests_running"));
});
