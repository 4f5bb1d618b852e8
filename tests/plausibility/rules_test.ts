import assert from "node:assert/strict";
import type { ReadResult, ResultTable } from "../../lib/formats/format.ts";
import { claimsOf } from "../../lib/plausibility/claim.ts";
import { lint } from "../../lib/plausibility/lint.ts";
import { rules } from "../../lib/plausibility/rules/mod.ts";
import { windows } from "../../lib/requests/windows.ts";
import { type PowerSeries, type SampledPower, sampledPower } from "../../lib/power/series.ts";

const input = (parts: Partial<ReadResult>): ReadResult => ({
  path: "file",
  format: "x",
  series: [],
  requests: [],
  windows: [],
  results: [],
  dropped: [],
  notes: [],
  ...parts,
});

type Row = Record<string, number | string | null>;
const results = (rows: Row[], format = "x", units: Record<string, string> = {}): ReadResult => {
  const columns = Object.fromEntries(
    Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name] ?? null)]),
  );
  const table: ResultTable = { name: "results", columns, units };
  return input({ format, results: [table] });
};

const trace = (powerW: number[], extra: Partial<SampledPower> = {}, stepS = 1): PowerSeries =>
  sampledPower({
    timeS: Float64Array.from(powerW, (_, i) => i * stepS),
    powerW: Float64Array.from(powerW),
  }, extra);
const h100 = { device: { kind: "gpu", id: "gpu0", name: "NVIDIA H100 80GB HBM3" } } as const;
const moving = (n: number, around = 300): number[] =>
  Array.from({ length: n }, (_, i) => around + 40 * Math.sin(i * 1.7));

/** For each rule an input that breaks it and one like it that does not. */
const cases: Record<string, { broken: ReadResult; sound: ReadResult }> = {
  "power-above-tdp": {
    broken: input({ series: [trace([300, 4000, 300], h100)] }),
    sound: input({ series: [trace([300, 760, 300], h100)] }),
  },
  "power-unit-slip": {
    broken: input({ series: [trace([250_000, 300_000])] }),
    sound: input({ series: [trace([250, 300])] }),
  },
  "zero-power": {
    broken: input({ series: [trace([0, 0, 0])] }),
    sound: input({ series: [trace([0, 0, 1])] }),
  },
  "constant-power": {
    broken: input({ series: [trace(new Array<number>(40).fill(515))] }),
    sound: input({ series: [trace(moving(30))] }),
  },
  "counter-against-power": {
    broken: input({
      series: [trace(moving(40)), counterOf(40, 0.3)],
    }),
    sound: input({ series: [trace(moving(40)), counterOf(40, 300)] }),
  },
  "average-as-instant": {
    broken: input({
      series: [
        trace(moving(30), { reading: "instant" }),
        trace(moving(30), { reading: "average" }),
      ],
    }),
    sound: input({
      series: [
        trace(moving(30), { reading: "instant" }),
        trace(moving(30).map((w) => w * 0.5 + 150), { reading: "average" }),
      ],
    }),
  },
  "impossible-readings": {
    broken: input({
      series: [trace(moving(30), { dropped: [{ reason: "negative-power", count: 3 }] })],
    }),
    sound: input({
      series: [trace(moving(30), { dropped: [{ reason: "truncated-row", count: 1 }] })],
    }),
  },
  "gaps-in-trace": {
    broken: input({
      series: [sampledPower({
        timeS: Float64Array.of(0, 1, 2, 3, 60, 61),
        powerW: Float64Array.of(1, 2, 3, 4, 5, 6),
      })],
    }),
    sound: input({ series: [trace([1, 2, 3, 4, 5, 6])] }),
  },
  "stale-readings": {
    broken: input({ series: [trace(moving(20).flatMap((w) => [w, w, w, w]), {}, 0.02)] }),
    sound: input({
      series: [
        trace([
          ...new Array<number>(60).fill(80),
          ...moving(40),
          ...new Array<number>(60).fill(80),
        ]),
      ],
    }),
  },
  "energy-per-response": {
    broken: results([{ responses: 512, gpu_energy: 8960, gpu_energy_per_response: 162.8 }]),
    sound: results([{ responses: 512, gpu_energy: 8960, gpu_energy_per_response: 17.5 }]),
  },
  "energy-per-token": {
    broken: results([{ total_output_tokens: 1000, gpu_energy: 50, gpu_mj_per_token: 500 }]),
    sound: results([{ total_output_tokens: 1000, gpu_energy: 50, gpu_mj_per_token: 50 }]),
  },
  "power-times-duration": {
    broken: results([{ duration: 10, gpu_avg_power: 300, gpu_energy: 3 }]),
    sound: results([{ duration: 10, gpu_avg_power: 300, gpu_energy: 3000 }]),
  },
  "phases-add-up": {
    broken: results([{ gen_len: 101, ttft_ms: 100, tpot_ms: 10, ttlt_ms: 700 }]),
    sound: results([{ gen_len: 101, ttft_ms: 100, tpot_ms: 10, ttlt_ms: 1100 }]),
  },
  "total-missing": {
    broken: results([{ gpu_avg_power: 300, cpu_avg_power: 0, total_avg_power: 0 }]),
    sound: results([{ gpu_avg_power: 300, cpu_avg_power: 0, total_avg_power: null }]),
  },
  "total-below-parts": {
    broken: results([{ gpu_avg_power: 300, cpu_avg_power: 100, total_avg_power: 350 }]),
    sound: results([{ gpu_avg_power: 300, cpu_avg_power: 100, total_avg_power: 600 }]),
  },
  "zero-energy": {
    broken: results([{ duration: 10, gpu_energy: 3000, cpu_energy: 0 }]),
    sound: results([{ duration: 10, gpu_energy: 3000, cpu_energy: null }]),
  },
  "idle-gpus-counted": {
    broken: results([{ gpu_avg_power: 410, gpu0_power_watts: 350, gpu1_power_watts: 60 }]),
    sound: results([{ gpu_avg_power: 690, gpu0_power_watts: 350, gpu1_power_watts: 340 }]),
  },
  "rapl-counted-twice": {
    broken: results([{ cpu_avg_power: 180, "package-0_power_watts": 100, core_power_watts: 80 }]),
    sound: results([{ cpu_avg_power: 100, "package-0_power_watts": 100, core_power_watts: 80 }]),
  },
  "padded-tokens": {
    broken: results([{ responses: 1000, total_output_tokens: 500_000 }]),
    sound: results([{ responses: 1000, total_output_tokens: 322_017 }]),
  },
  "word-tokens": {
    broken: results(
      [{ engine: "vllm", total_output_tokens: 1300, gpu_energy_per_response: 3 }],
      "tokenpowerbench",
    ),
    sound: results([{ engine: "vllm", total_output_tokens: 1300, gpu_energy_per_response: 3 }]),
  },
  "idle-dilution": {
    broken: results(
      [{ duration: 5, gpu_avg_power: 300, gpu_energy_per_response: 3 }],
      "tokenpowerbench",
    ),
    sound: results(
      [{ duration: 17, gpu_avg_power: 300, gpu_energy_per_response: 3 }],
      "tokenpowerbench",
    ),
  },
  "claim-above-tdp": {
    broken: results([{ device: "A6000", n_gpu: 1, ttft_ms: 100, j_per_prompt: 45 }]),
    sound: results([{ device: "A6000", n_gpu: 1, ttft_ms: 100, j_per_prompt: 28 }]),
  },
  "wrong-gpu-metered": {
    broken: results([
      { device: "A6000", n_gpu: 1, ttlt_ms: 1000, j_per_request: 275 },
      { device: "A6000", n_gpu: 4, ttlt_ms: 1000, j_per_request: 350 },
    ]),
    sound: results([
      { device: "A6000", n_gpu: 1, ttlt_ms: 1000, j_per_request: 275 },
      { device: "A6000", n_gpu: 4, ttlt_ms: 1000, j_per_request: 1050 },
    ]),
  },
};

cases["parts-above-whole"] = {
  broken: input({
    series: [
      trace([100, 100, 100], { device: { kind: "wall", id: "wall" } }),
      trace([90, 90, 90], { device: { kind: "rail", id: "a", partOf: "wall" } }),
      trace([90, 90, 90], { device: { kind: "rail", id: "b", partOf: "wall" } }),
    ],
  }),
  sound: input({
    series: [
      trace([100, 100, 100], { device: { kind: "wall", id: "wall" } }),
      trace([60, 60, 60], { device: { kind: "rail", id: "a", partOf: "wall" } }),
      trace([39, 39, 39], { device: { kind: "rail", id: "b", partOf: "wall" } }),
    ],
  }),
};
cases["time-order"] = {
  broken: input({ series: [trace([1, 2], { dropped: [{ reason: "time-goes-back", count: 1 }] })] }),
  sound: input({ series: [trace([1, 2])] }),
};
cases["board-averages"] = {
  broken: input({ series: [trace([300, 310], h100)] }),
  sound: input({ series: [trace([300, 310], { ...h100, reading: "instant" })] }),
};
cases["tokens-above-maximum"] = {
  broken: results([{ num_responses: 10, output_tokens: 100, total_output_tokens: 1200 }]),
  sound: results([{ num_responses: 10, output_tokens: 100, total_output_tokens: 900 }]),
};
cases["cache-size"] = {
  broken: results([{ model: "Llama-3.1-8B", cache_gb_b128_l1024: 8.59 }], "x", {
    cache_gb_b128_l1024: "GB",
  }),
  sound: results([{ model: "Llama-3.1-8B", cache_gb_b128_l1024: 17.18 }], "x", {
    cache_gb_b128_l1024: "GB",
  }),
};
cases["below-roofline"] = {
  broken: results([{ model: "Llama-3.1-8B", device: "A6000", n_gpu: 1, tpot_ms: 4 }]),
  sound: results([{ model: "Llama-3.1-8B", device: "A6000", n_gpu: 1, tpot_ms: 24.84 }]),
};
const windowsAt = (startS: number): ReadResult =>
  input({
    path: "phases",
    series: [trace([1, 2], { clock: "local" })],
    windows: [
      windows({ names: ["a"], startS: Float64Array.of(startS), endS: Float64Array.of(startS + 9) }),
    ],
  });
cases["clocks-apart"] = { broken: windowsAt(90_000), sound: windowsAt(7 * 3600) };

function counterOf(samples: number, powerW: number): PowerSeries {
  return {
    ...trace(moving(samples)),
    quantity: "counter",
    energyJ: Float64Array.from({ length: samples }, (_, i) => i * powerW),
  } as PowerSeries;
}

for (const rule of rules) {
  Deno.test(`rule ${rule.id} finds its fault and leaves a sound input alone`, () => {
    const example = cases[rule.id];
    assert.ok(example !== undefined, "give the rule an example");
    assert.deepEqual(lint([example.broken], [rule]).map((finding) => finding.rule), [rule.id]);
    assert.deepEqual(lint([example.sound], [rule]), []);
  });
}

Deno.test("rules have distinct ids, a reason and a reference", () => {
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { id, reason, reference } of rules) {
    assert.match(id, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(reason.length > 20 && reference.length > 3, id);
  }
});

Deno.test("findings are listed with errors first", () => {
  const findings = lint([
    input({ series: [trace([0, 0, 0], { dropped: [{ reason: "negative-power", count: 1 }] })] }),
  ]);
  assert.deepEqual(findings.map(({ severity }) => severity), ["error", "warning"]);
});

Deno.test("a claim finds its quantities under any tool's names, in SI units", () => {
  const [claim] = claimsOf(results(
    [{ ttft_ms: 250, "GPU Energy J": 7, total_mj_per_token: 40 }],
    "x",
    { ttft_ms: "ms", total_mj_per_token: "mJ/token" },
  ));
  assert.equal(claim!.value("ttftS"), 0.25);
  assert.equal(claim!.value("gpuJ"), 7);
  assert.equal(claim!.value("totalJPerToken"), 0.04);
  assert.equal(claim!.value("tpotS"), null);
});

Deno.test("readings that repeat for less than half a minute are not called stuck", () => {
  const rule = rules.filter(({ id }) => id === "constant-power");
  const still = (stepS: number): ReadResult =>
    input({ series: [trace(new Array<number>(30).fill(61), {}, stepS)] });
  assert.deepEqual(lint([still(0.1)], rule), []);
  assert.equal(lint([still(1.1)], rule).length, 1);
});

Deno.test("devices of one id on two hosts are not compared", () => {
  const on = (host: string): Pick<PowerSeries, "device"> => ({
    device: { kind: "gpu", id: "gpu0", host },
  });
  const compared = (there: string): string[] =>
    lint([
      input({
        series: [
          trace(moving(40), { ...on("a"), reading: "instant" }),
          trace(moving(40), { ...on(there), reading: "average" }),
          { ...counterOf(40, 0.3), ...on(there) },
        ],
      }),
    ]).map(({ rule }) => rule);
  for (const rule of ["average-as-instant", "counter-against-power"]) {
    assert.ok(compared("a").includes(rule));
  }
  assert.ok(!compared("b").includes("average-as-instant"));
  const counterOnly = (there: string): number =>
    lint(
      [input({ series: [trace(moving(40), on("a")), { ...counterOf(40, 0.3), ...on(there) }] })],
      rules.filter(({ id }) => id === "counter-against-power"),
    ).length;
  assert.deepEqual([counterOnly("a"), counterOnly("b")], [1, 0]);
});

Deno.test("a claim finds the quantities of the ML.ENERGY leaderboard", () => {
  const [claim] = claimsOf(results(
    [{ energy_per_token_joules: 0.4, energy_per_request_joules: 300, avg_power_watts: 650 }],
  ));
  assert.equal(claim!.value("totalJPerToken"), 0.4);
  assert.equal(claim!.value("totalJPerResponse"), 300);
  assert.equal(claim!.value("gpuW"), 650);
});
