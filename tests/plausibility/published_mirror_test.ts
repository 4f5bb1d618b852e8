import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { InputError } from "../../lib/errors.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { readInput } from "../../lib/formats/read.ts";
import type { Finding } from "../../lib/plausibility/finding.ts";
import { lint } from "../../lib/plausibility/lint.ts";
import { mirrorTest } from "../mirror.ts";

/** Rows (from 1) of a finding's places, by rule. */
function rowsByRule(findings: readonly Finding[]): Record<string, number[]> {
  const rows: Record<string, Set<number>> = {};
  for (const { rule, where } of findings) {
    (rows[rule] ??= new Set()).add(Number(/row (\d+)$/.exec(where)?.[1]));
  }
  return Object.fromEntries(
    Object.entries(rows).map(([rule, set]) => [rule, [...set].sort((a, b) => a - b)]),
  );
}

mirrorTest(
  "ELANA's tables: the contradictions are found, and nothing on the sound rows",
  async (dir) => {
    const table = await readInput(`${dir}/elana/elana_tables.csv`);
    assert.deepEqual(rowsByRule(lint([table])), {
      // Energies: Qwen on 4 GPUs, all of Orin Nano, Qwen b1 on Thor. Latencies: the rest of Thor.
      "phases-add-up": [5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22],
      // Four A6000 at 88 W each, where one alone draws 275 W.
      "wrong-gpu-metered": [4, 5, 6, 7, 8, 9],
    });
  },
);

mirrorTest(
  "ELANA's cache table: only the Nemotron-H row is wrong, and the finding says why",
  async (dir) => {
    const findings = lint([await readInput(`${dir}/elana/elana_cache_table.csv`)]);
    assert.deepEqual(rowsByRule(findings), { "cache-size": [3] });
    assert.match(
      findings.map(({ message }) => message).join("\n"),
      /the state alone, of 64 sequences/,
    );
  },
);

interface OldRecord {
  readonly duration: number;
  readonly responses: number;
  readonly engine: string;
  readonly gpu_energy: number;
  readonly cpu_energy: number;
  readonly gpu_avg_power: number;
  readonly total_avg_power: number;
  readonly gpu_energy_per_response: number;
  readonly [gpu: `gpu${number}_power_watts`]: number;
}

mirrorTest(
  "TokenPowerBench files: each rule finds the faulty records, and no others",
  async (dir) => {
    const folder = `${dir}/tokenpowerbench/results`;
    const inputs: ReadResult[] = [];
    const expected: Record<string, string[]> = {};
    const empty: string[] = [];
    for (const file of readdirSync(folder).sort()) {
      try {
        inputs.push(await readInput(`${folder}/${file}`));
      } catch (error) {
        assert.ok(error instanceof InputError);
        empty.push(file);
        continue;
      }
      const byModel = JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as Record<
        string,
        OldRecord[]
      >;
      Object.values(byModel).flat().forEach((r, i) => {
        const here = `${file} ${i + 1}`;
        const add = (rule: string, holds: boolean): void => {
          if (holds) (expected[rule] ??= []).push(here);
        };
        const off = r.gpu_energy_per_response * r.responses / r.gpu_energy;
        const gpus = [0, 1, 2, 3].map((g) => r[`gpu${g}_power_watts`]).filter((w) =>
          w !== undefined
        );
        add("energy-per-response", Math.abs(off - 1) > 0.02);
        add("total-missing", r.total_avg_power === 0 && r.gpu_avg_power > 0);
        add("zero-energy", r.cpu_energy === 0);
        add("idle-dilution", r.duration < 16.2);
        add("idle-gpus-counted", gpus.length > 1 && Math.min(...gpus) < 90);
        add("word-tokens", r.engine === "vllm");
        add("padded-tokens", r.engine === "deepspeed");
      });
    }
    assert.equal(empty.length, 1, "one published file is an empty object");
    const found: Record<string, Set<string>> = {};
    for (const { rule, where } of lint(inputs)) {
      const [, file, row] = /([^/]+\.json), .* row (\d+)$/.exec(where)!;
      (found[rule] ??= new Set()).add(`${file} ${row}`);
    }
    assert.deepEqual(
      Object.fromEntries(Object.entries(found).map(([rule, set]) => [rule, [...set].sort()])),
      Object.fromEntries(Object.entries(expected).map(([rule, list]) => [rule, list.sort()])),
    );
  },
);
