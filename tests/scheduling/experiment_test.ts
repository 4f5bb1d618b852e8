import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { InputError } from "../../lib/errors.ts";
import { decodeState, encodeState } from "../../lib/scheduling/checkpoint.ts";
import {
  bootstrapRatio,
  createSetup,
  exampleConfig,
  experimentTasks,
  loadSolver,
  pairedTest,
  parseScheduleConfig,
  runTask,
  summarize,
} from "../../lib/scheduling/mod.ts";
import { command } from "../../scripts/commands/schedule.ts";
import type { CommandIo } from "../../scripts/command.ts";

function experiment(policies: readonly string[], seeds = "[1, 2]"): string {
  return `${exampleConfig}experiment:
  seeds: ${seeds}
  trainDays: [30, 31]
  validationDays: [60]
  testDays: [100, 101]
  workers: 1
  policies:
${policies.map((policy) => `    - { ${policy} }\n`).join("")}`;
}

Deno.test("every kind of policy runs, stays at or below the optimum and declares no future", async () => {
  const policies = [
    "kind: optimum",
    "kind: untrained, layer: raw",
    "kind: best-constant, layer: shadow-mean-price",
    "kind: random, layer: repaired",
    "kind: local, steps: 14",
    "kind: cheapest-site",
    "kind: greenest-site",
    "kind: least-loaded",
    "kind: greedy",
    "kind: quantile-battery",
    "kind: mpc, forecast: persistence, lookAheadSlots: 4",
    "kind: dqn, budget: 1152",
    "kind: ppo, layer: repaired, budget: 960",
    "kind: td3, layer: repaired, budget: 960",
    "kind: sac, layer: shadow-mean-price, budget: 960",
    "kind: evolution, layer: shadow-mean-price, budget: 3072",
    "kind: imitation, layer: repaired",
    "kind: imitation-sac, layer: repaired, budget: 960",
    ...["constant", "noise", "potential", "dual-potential", "rnd", "sasr", "dense-network"].map(
      (shaping) =>
        `kind: sac, layer: raw, budget: 960, sparsity: window-gated, shaping: ${shaping}, width: 16, batch: 16`,
    ),
    "kind: td3, layer: raw, budget: 960, sparsity: day-end, shaping: diffusion-published, denoisingSteps: 2, latent: 8, width: 16, batch: 16",
    "kind: sac, layer: raw, budget: 960, sparsity: slot-gated, shaping: diffusion-corrected, denoisingSteps: 2, latent: 8, width: 16, batch: 16",
  ];
  const config = parseScheduleConfig(experiment(policies, "[1]"), "x.yaml");
  const solver = await loadSolver();
  const setup = createSetup(config, solver);
  const tasks = experimentTasks(config.experiment!);
  const results = tasks.map((task) => runTask(setup, solver, config.experiment!, task));
  const rows = summarize(config.experiment!, results);
  assert.equal(rows.length, policies.length);
  assert.equal(new Set(rows.map((row) => row.policy)).size, policies.length);
  rows.forEach((row, i) => {
    assert.ok(row.bestDay <= 1 + 1e-6, row.policy);
    assert.equal(row.today, i === 0 ? "all" : "past");
    assert.ok(row.fraction.low <= row.fraction.mean && row.fraction.mean <= row.fraction.high);
  });
  assert.ok(Math.abs(rows[0]!.fraction.mean - 1) < 1e-6);
  assert.equal(rows[1]!.gain!.mean, 0);
  const again = runTask(setup, solver, config.experiment!, tasks[12]!);
  assert.deepEqual(again, results[12]);
});

Deno.test("a checkpoint comes back as it was and a broken one is refused", () => {
  const state = {
    chunk: 3,
    learner: [Float32Array.of(1, 2), Float32Array.of(NaN)],
    best: Float32Array.of(5),
    bestScore: 0.5,
    curve: [{ steps: 10, score: 0.4 }],
  };
  const bytes = encodeState(state);
  assert.deepEqual(decodeState(bytes, "a"), state);
  assert.throws(() => decodeState(bytes.subarray(0, bytes.length - 1), "a"), InputError);
  assert.throws(() => decodeState(new Uint8Array(40), "a"), InputError);
});

Deno.test("intervals cover what they should", () => {
  const same = bootstrapRatio([{ top: [5, 5, 5], bottom: [10, 10, 10] }]);
  assert.deepEqual(same, { mean: 0.5, low: 0.5, high: 0.5 });
  assert.ok(Number.isNaN(bootstrapRatio([{ top: [5], bottom: [10] }]).low));
  const test = pairedTest([0.5, 1.5, 1, 2, 0]);
  assert.equal(test.mean, 1);
  assert.ok(test.low > 0.01 && test.low < 0.02); // 1 - 2.776 x 0.7906 / sqrt(5)
  assert.ok(Math.abs(test.detectable - (2.776 + 0.941) * Math.sqrt(0.625 / 5)) < 1e-12);
});

Deno.test("the command writes one table, keeps results and goes on where it stopped", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    const path = join(dir, "tiny.yaml");
    const text = experiment(["kind: greedy", "kind: sac, layer: repaired, budget: 960, width: 16"]);
    writeFileSync(path, text);
    const out = join(dir, "out");
    const run = async (...args: string[]): Promise<string> => {
      let printed = "";
      const io: CommandIo = { out: (t) => printed += t, err: () => {}, interactive: false };
      assert.equal(await command.run(args, io), 0);
      return printed;
    };
    const table = await run(path, "--out", out);
    assert.match(table, /^easy: 3 sites, 96 slots a day, year generated; simulated, 2 test days/);
    assert.match(table, /sac repaired \(2 seeds\)/);
    assert.match(readFileSync(join(out, "curves.csv"), "utf8"), /"sac repaired",2,960,0\.\d+/);
    const parts = join(out, "run", "parts");
    const [first, ...others] = readdirSync(parts);
    assert.equal(others.length, 2);
    rmSync(join(parts, first!));
    const madeMs = others.map((name) => statSync(join(parts, name)).mtimeMs);
    const document = JSON.parse(await run(path, "--out", out, "--json"));
    assert.deepEqual(document.policies.map((p: { name: string }) => p.name), [
      "greedy",
      "sac repaired",
    ]);
    assert.equal(document.policies[1].seeds, 2);
    assert.deepEqual(others.map((name) => statSync(join(parts, name)).mtimeMs), madeMs);
    assert.equal(readdirSync(parts).length, 3);
    assert.equal(await run(path, "--out", out), table);
    writeFileSync(path, text.replace("seed: 1\n", "seed: 2\n"));
    assert.notEqual(await run(path, "--out", out), table);
    assert.equal(readdirSync(parts).length, 6);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

Deno.test("the shipped configurations parse, and days are never both learned from and judged", () => {
  const dir = fileURLToPath(new URL("../../datasets/scheduling/", import.meta.url));
  const files = readdirSync(dir).filter((name) => name.endsWith(".yaml"));
  assert.ok(files.length >= 3);
  for (const name of files) {
    const config = parseScheduleConfig(readFileSync(join(dir, name), "utf8"), name);
    assert.ok(config.experiment!.testDays.length >= 6, name);
    if (name === "easy.yaml") {
      const { experiment: _, ...system } = config;
      const { experiment: _none, ...example } = parseScheduleConfig(exampleConfig, "example");
      assert.deepEqual(system, example);
    }
  }
});
