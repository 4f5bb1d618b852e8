import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
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
  const files = { power: [join(dir, "power.csv")], requests: join(dir, "profile.jsonl") };
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

mirrorTest(
  "vLLM's requests beside nvidia-smi are imported without a joule more or less",
  async (dir) => {
    const folder = testFolder();
    const source = join(dir, "traces/phase_gold/powertrace_sim");
    const files = {
      power: [join(source, "power.csv")],
      requests: join(source, "requests_no_itls.json"),
      tpotS: 0.0123,
    };
    await assert.rejects(importRun({ ...files, dir: join(folder, "a") }), /does not say its zone/);
    await importRun({ ...files, zone: "-07:00", dir: join(folder, "b") });
    const run = await readRunFolder(join(folder, "b"));
    // The total that the published case states.
    assert.ok(Math.abs(createIntegrator(run.power[0]!).totalJ - 26_039.31) < 0.01);
    assert.equal(run.requests!.inputTokens.reduce((a, b) => a + b, 0), 66_356);
    assert.equal(run.requests!.outputTokens.reduce((a, b) => a + b, 0), 42_672);
    rmSync(folder, { recursive: true });
  },
);
