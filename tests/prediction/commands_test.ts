import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, UsageError } from "../../scripts/command.ts";
import { command as evaluate } from "../../scripts/commands/evaluate.ts";
import { command as predict } from "../../scripts/commands/predict.ts";
import { mirrorTest } from "../mirror.ts";

async function run(command: Command, ...args: string[]): Promise<string> {
  let text = "";
  const io = { out: (s: string) => void (text += s), err: () => {}, interactive: false };
  assert.equal(await command.run(args, io), 0);
  return text;
}

const llama = ["--model", "meta-llama/Llama-3.1-8B", "--input", "512", "--output", "64"];

Deno.test("predict --json has the phases with both ends of their intervals, and warnings", async () => {
  const json = JSON.parse(await run(predict, ...llama, "--hardware", "l4", "--json"));
  for (const phase of ["prefill", "decode", "request"]) {
    const p = json[phase];
    for (const key of ["timeS", "powerW", "energyJ"]) {
      assert.ok(p.low[key] < p[key] && p[key] < p.high[key], `${phase}.${key}`);
    }
  }
  assert.ok(json.warnings.some((w: string) => w.includes("l4")));
});

Deno.test("predict prints a table that says it is modelled", async () => {
  const text = await run(predict, ...llama, "--hardware", "h100-sxm-80");
  assert.match(text, /1 x NVIDIA H100 .*\(modelled\)/);
  assert.match(text, /prefill .*\ndecode .*\nrequest/);
});

Deno.test("predict reads a kernel list at a clock and under a cap", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-"));
  try {
    const file = join(dir, "net.json");
    const product = [{ batch: 1, dimM: 8192, dimN: 8192, dimK: 8192, precM: "bf16" }, ["gemm"]];
    writeFileSync(file, JSON.stringify(Array.from({ length: 20 }, () => product)));
    const args = ["--kernels", file, "--hardware", "a100-pcie-40", "--launch", "5", "--json"];
    const free = JSON.parse(await run(predict, ...args, "--clock", "900"));
    const capped = JSON.parse(await run(predict, ...args, "--clock", "900", "--cap", "120"));
    assert.equal(free.coreMhz, 900);
    assert.ok(capped.capped && capped.timeS > free.timeS && capped.powerW <= 120);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

Deno.test("predict --sweep lists every configuration with its place on the front", async () => {
  const args = ["--sweep", "--hardware", "h100-sxm-80,l4", "--batch", "1,8", "--price", "l4=0.5"];
  const json = JSON.parse(await run(predict, ...llama, ...args, "--json"));
  assert.equal(json.configurations.length, 4);
  assert.ok(json.configurations.some((c: { pareto: boolean }) => c.pareto));
  assert.match(
    await run(predict, ...llama, ...args),
    /of 4 configurations are on the Pareto front of time, energy and device seconds;/,
  );
  assert.match(
    await run(predict, ...llama, ...args.slice(0, -1), "l4=0.5,h100-sxm-80=2"),
    /front of time, energy and cost;/,
  );
});

Deno.test("wrong usage says what is missing", async () => {
  const io = { out: () => {}, err: () => {}, interactive: false };
  const refused = (...args: string[]) => predict.run(args, io);
  await assert.rejects(async () => await refused("--hardware", "l4"), UsageError);
  await assert.rejects(
    async () => await refused(...llama, "--hardware", "l4,a10"),
    /lists need --sweep/,
  );
  await assert.rejects(
    async () => await refused(...llama, "--hardware", "l4", "--batch", "0"),
    /--batch must be a whole number of at least 1, not 0/,
  );
  // What would be passed over in silence is refused.
  for (const option of [["--cap", "300"], ["--clock", "900"], ["--launch", "5"], ["--causal"]]) {
    await assert.rejects(
      async () => await refused(...llama, "--hardware", "l4", ...option),
      /goes with --kernels/,
    );
  }
  await assert.rejects(
    async () => await refused(...llama, "--hardware", "l4", "--price", "l4=1"),
    /--price goes with --sweep/,
  );
  await assert.rejects(
    async () => await refused(...llama, "--hardware", "l4", "--kernels", "a.json"),
    /--model has no use with --kernels/,
  );
  await assert.rejects(
    async () => await evaluate.run(["--set", "guess"], io),
    /--set must be one of energaizer, ml-energy, elana/,
  );
});

mirrorTest(
  "evaluate reports errors and coverage of power-limit sweeps and ELANA's phases",
  async (dir) => {
    const zeus = JSON.parse(await run(evaluate, "--data", dir, "--set", "zeus", "--json"));
    assert.equal(zeus.splits.length, 4);
    for (const { latency, power } of zeus.splits) {
      assert.ok(latency.mape < 12 && power.mape < 8);
    }
    const text = await run(evaluate, "--data", dir, "--set", "elana");
    assert.match(text, /elana: device; A6000; decode +joulebook +3/);
  },
);
