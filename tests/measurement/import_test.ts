import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attributeRun } from "../../lib/measurement/attribute_run.ts";
import { importRun } from "../../lib/measurement/import_run.ts";
import { readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { mirrorTest } from "../mirror.ts";
import { put, testFolder } from "./fake_sink.ts";

Deno.test("AIPerf's requests and power become a run folder, with sources and what was noticed", async () => {
  const dir = testFolder();
  const request = (i: number): string =>
    JSON.stringify({
      metadata: {
        x_request_id: `r${i}`,
        request_start_ns: 1_700_000_000_000_000_000 + i * 1e9,
        request_end_ns: 1_700_000_000_500_000_000 + i * 1e9,
      },
      metrics: {
        time_to_first_token: { value: 100, unit: "ms" },
        input_sequence_length: { value: 7, unit: "tokens" },
        output_sequence_length: { value: 5, unit: "tokens" },
      },
    });
  put(join(dir, "profile.jsonl"), `${request(0)}\n${request(1)}\n`);
  put(
    join(dir, "power.csv"),
    "timestamp,gpu,power_w\n" +
      Array.from({ length: 40 }, (_, i) => `${1_700_000_000 - 0.5 + i * 0.1},0,100\n`).join(""),
  );
  const files = {
    from: { power: [join(dir, "power.csv")], requests: join(dir, "profile.jsonl") },
  };
  await importRun({ ...files, dir: join(dir, "run") });
  const run = await readRunFolder(join(dir, "run"));
  assert.equal(run.state, "complete");
  assert.equal(run.requests!.submitS.length, 2);
  assert.ok(Math.abs(run.requests!.firstTokenS[1]! - 1_700_000_001.1) < 1e-5);
  assert.equal(run.cells[0]!.requests!.inputTokens[0], 7);
  const energy = createIntegrator(run.power[0]!).estimate(
    run.cells[0]!.loadS,
    run.cells[0]!.drainedS,
  );
  assert.ok(Math.abs(energy.energyJ! - 150) < 0.01);
  await assert.rejects(importRun({ ...files, dir: join(dir, "run") }), /not empty/);
  rmSync(dir, { recursive: true });
});

const fixtures = fileURLToPath(new URL("../formats/fixtures", import.meta.url));

Deno.test("a TokenPowerBench folder becomes a run with a cell for each batch", async () => {
  const dir = testFolder();
  const result = JSON.parse(
    readFileSync(join(fixtures, "tokenpowerbench-run/batch_1_result.json"), "utf8"),
  );
  // 100 W at rest, 300 W while one of its requests is served.
  const power = (moveS: number): string =>
    JSON.stringify({
      gpu: Array.from({ length: 100 }, (_, i) => {
        const atS = 999 + i / 10;
        const busy = (atS >= 1000 && atS < 1003.5) || (atS >= 1004 && atS < 1007.5);
        return { timestamp_s: atS + moveS, power_w: [busy ? 300 : 100] };
      }),
    });
  const moved = (moveS: number): string =>
    JSON.stringify(
      result,
      (key, value) =>
        /^(start|end|.*ted|first_token|finished|prefill_start)_s$/.test(key)
          ? value + moveS
          : value,
    );
  for (const [batch, moveS] of [[2, 100], [1, 0]] as const) {
    put(join(dir, `batch_${batch}_result.json`), moved(moveS));
    put(join(dir, `batch_${batch}_power_samples.json`), power(moveS));
  }
  await importRun({ from: dir, dir: join(dir, "run") });
  const run = await readRunFolder(join(dir, "run"));
  assert.deepEqual(run.cells.map(({ id }) => id), ["batch-1", "batch-2"]);
  assert.equal(run.power.length, 1);
  const { cells, idle, conservationError } = attributeRun(run);
  assert.equal(idle.idleW, 100);
  assert.ok(conservationError < 1e-9);
  for (const { method, prefill, decode } of cells) {
    assert.equal(method, "serial");
    assert.ok(Math.abs(prefill.energyJ - 2 * 200) < 40, `${prefill.energyJ}`);
    assert.ok(Math.abs(decode.energyJ - 2 * 2.5 * 200) < 40, `${decode.energyJ}`);
  }
  await assert.rejects(importRun({ from: fixtures, dir: join(dir, "b") }), /no folder of a tool/);
  rmSync(dir, { recursive: true });
});

Deno.test("ML.ENERGY's results have no times of requests: the steady state is a cell, and no more", async () => {
  const dir = testFolder();
  const document = JSON.parse(readFileSync(join(fixtures, "mlenergy-run/results.json"), "utf8"));
  const { benchmark_start_time: startS, benchmark_end_time: endS } = document.timeline;
  const samples = Array.from({ length: 21 }, (_, i) => [startS + i * (endS - startS) / 20, 300]);
  document.timeline.power = { device_instant: { "0": samples } };
  const from = join(dir, "results.json");
  put(from, JSON.stringify(document));
  const notes = await importRun({ from, dir: join(dir, "run") });
  assert.ok(notes.some((note) => /tells no times of requests/.test(note)));
  const run = await readRunFolder(join(dir, "run"));
  assert.deepEqual(run.cells.map(({ id }) => id), ["steady-state"]);
  assert.equal(run.requests, null);
  assert.ok(run.power.some(({ source }) => source.column === "device_instant"));
  assert.throws(() => attributeRun(run), /no request was sent/);
  rmSync(dir, { recursive: true });
});

mirrorTest(
  "vLLM's requests beside nvidia-smi are imported without a joule more or less",
  async (dir) => {
    const folder = testFolder();
    const source = join(dir, "traces/phase_gold/powertrace_sim");
    const files = {
      from: {
        power: [join(source, "power.csv")],
        requests: join(source, "requests_no_itls.json"),
      },
      tpotS: 0.0123,
    };
    await assert.rejects(importRun({ ...files, dir: join(folder, "a") }), /does not say its zone/);
    await importRun({ ...files, zone: "-07:00", dir: join(folder, "b") });
    const run = await readRunFolder(join(folder, "b"));
    // The total that the published case states.
    assert.ok(Math.abs(createIntegrator(run.power[0]!).totalJ - 26_039.31) < 0.01);
    assert.equal(run.requests!.inputTokens.reduce((a, b) => a + b, 0), 66_356);
    assert.equal(run.requests!.outputTokens.reduce((a, b) => a + b, 0), 42_672);
    assert.equal(run.requests!.endOrigin.kind, "derived");
    rmSync(folder, { recursive: true });
  },
);
