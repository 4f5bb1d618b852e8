import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readMlperfRun } from "../../lib/formats/mlperf_run.ts";
import { inspectInput, readInput } from "../../lib/formats/read.ts";
import { mirrorTest } from "../mirror.ts";

interface Official {
  readonly Location: string;
  readonly Power_Result: number;
  readonly Power_Units: string;
  readonly LocalRun?: string;
}

const official = (dir: string, round: string): Official[] =>
  JSON.parse(readFileSync(`${dir}/traces/mlperf_power/official_power_${round}.json`, "utf8"));

mirrorTest("every MLPerf v5.1 run at hand reproduces its published value to 1e-9", async (dir) => {
  const rows = official(dir, "v5.1").filter(({ LocalRun }) => LocalRun !== undefined);
  assert.ok(rows.length >= 6);
  for (const { LocalRun, Power_Result, Power_Units } of rows) {
    const { value, units } = await readMlperfRun(`${dir}/traces/mlperf_power/${LocalRun}`);
    assert.equal(units, Power_Units);
    assert.ok(Math.abs(value / Power_Result - 1) < 1e-9, `${LocalRun}: ${value}`);
  }
});

mirrorTest("the MLPerf v4.1 runs at hand reproduce their published values to 1e-9", async (dir) => {
  for (const { Location, Power_Result } of official(dir, "v4.1")) {
    const scenario = Location.split("/").at(-1)!;
    const { value } = await readMlperfRun(
      `${dir}/traces/mlperf_power/v4.1/H200x8_MaxQ__llama2-70b-99__${scenario}`,
    );
    assert.ok(Math.abs(value / Power_Result - 1) < 1e-9, `${Location}: ${value}`);
  }
});

mirrorTest(
  "sign-flipped readings are excluded as the official rule has it, and counted",
  async (dir) => {
    const run = await readMlperfRun(
      `${dir}/traces/mlperf_power/v5.1/TRIGKEY_Ryzen5560__mobilenet-v1-128__offline`,
    );
    assert.deepEqual([run.samplesUsed, run.samplesExcluded], [563, 37]);
    const trapezoidW = run.trapezoidJ! / (run.endS - run.beginS);
    assert.ok(Math.abs(trapezoidW / run.meanW - 1) < 1e-3);
  },
);

mirrorTest("older rounds load: CRLF, three channels, missing volts", async (dir) => {
  for (const round of ["v1.0", "v3.0", "v4.1"]) {
    for (const run of readdirSync(`${dir}/traces/mlperf_power/${round}`)) {
      const folder = `${dir}/traces/mlperf_power/${round}/${run}`;
      assert.ok((await readMlperfRun(folder)).value > 0, folder);
      const { devices } = await inspectInput(`${folder}/run_1/spl.txt`);
      assert.ok(devices[0]!.id === "wall" && devices[0]!.samples > 600, folder);
    }
  }
});

mirrorTest(
  "MLPerf Tiny boards reproduce their results.txt to the last printed digit",
  async (dir) => {
    const boards = readdirSync(`${dir}/traces/mlperf_tiny`);
    assert.ok(boards.length >= 3);
    for (const board of boards) {
      const folder = `${dir}/traces/mlperf_tiny/${board}`;
      const text = readFileSync(`${folder}/results.txt`, "utf8");
      const printed = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((m) => m[1]!);
      const { columns } = (await readInput(`${folder}/results.json`)).results[0]!;
      const ours = (name: string, digits: number): string[] =>
        (columns[name] as number[]).map((value) => value.toFixed(digits));
      assert.deepEqual(ours("energyUj", 3), printed(/Total Energy\s*: ([\d.]+) uJ/g), board);
      assert.deepEqual(
        ours("energyPerInferenceUj", 3),
        printed(/Energy\/Inf\s*: ([\d.]+)/g),
        board,
      );
      assert.deepEqual(ours("powerMw", 4), printed(/Power\s*: ([\d.]+) mW/g), board);
      const { value } = await readMlperfRun(folder);
      assert.equal(value.toFixed(4), printed(/Median energy cost is ([\d.]+)/g)[0], board);
    }
  },
);
