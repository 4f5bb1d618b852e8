import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  columnFromArray,
  CompressionType,
  float64,
  int64,
  tableFromColumns,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { InputError } from "../../lib/errors.ts";
import { readArrow, writeArrow } from "../../lib/formats/arrow.ts";
import type { ReadResult } from "../../lib/formats/format.ts";
import { jsonLines, readJsonLines } from "../../lib/formats/json_lines.ts";
import { readParquet, writeParquet } from "../../lib/formats/parquet.ts";
import { inspectInput, readInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";
import { createIntegrator } from "../../lib/power/integrate.ts";
import { valuesOf } from "../../lib/power/series.ts";
import { command } from "../../scripts/commands/convert.ts";
import { UsageError } from "../../scripts/command.ts";
import { mirrorTest } from "../mirror.ts";
import { resultArb } from "./arbitrary_result.ts";
import { inFolder } from "./store/temporary_folder.ts";

const plain = (result: ReadResult): ReadResult => structuredClone(result);

Deno.test("what is written as Parquet reads back equal", async () => {
  await fc.assert(
    fc.asyncProperty(resultArb, async (result) => {
      assert.deepEqual(plain(await readParquet(writeParquet(result))), plain(result));
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is written as Arrow reads back equal", () => {
  fc.assert(
    fc.property(resultArb, (result) => {
      assert.deepEqual(plain(readArrow(writeArrow(result))), plain(result));
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is written as JSON Lines reads back equal", () => {
  fc.assert(
    fc.property(resultArb, (result) => {
      assert.deepEqual(plain(readJsonLines(jsonLines(result))!), plain(result));
    }),
    { numRuns: 60 },
  );
});

const trace = "timestamp, index, power.draw [W]\n" +
  "2024/03/29 08:43:09.800, 0, 25.09 W\n2024/03/29 08:43:09.900, 0, [N/A]\n" +
  "2024/03/29 08:43:10.000, 0, 26.09 W\n";

Deno.test("a converted file reads as the original does, with its losses and where it came from", async () => {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-convert-"));
  try {
    const input = join(dir, "power.csv");
    Deno.writeTextFileSync(input, trace);
    const original = await readInput(input);
    for (const end of [".parquet", ".arrow", ".jsonl", ".jsonl.gz", ".jsonl.zst"]) {
      const output = join(dir, `power${end}`);
      let printed = "";
      const io = {
        out: (text: string) => void (printed += text),
        err: () => {},
        interactive: false,
      };
      assert.equal(await command.run([input, output], io), 0);
      assert.match(printed, /1 series \(2 samples\)/);
      const [series] = (await readInput(output)).series;
      const [before] = original.series;
      assert.deepEqual([...series!.timeS], [...before!.timeS]);
      assert.deepEqual([...valuesOf(series!)], [25.09, 26.09]);
      assert.deepEqual([series!.device, series!.clock, series!.dropped], [
        before!.device,
        "local",
        before!.dropped,
      ]);
    }
    const io = { out: () => {}, err: () => {}, interactive: false };
    assert.equal(await command.run([input, `${dir}/parts/`], io), 0);
    const stored = (await readInput(`${dir}/parts`)).series[0]!;
    assert.deepEqual([...valuesOf(stored)], [25.09, 26.09]);
    assert.deepEqual(stored.dropped, original.series[0]!.dropped);
    await assert.rejects(command.run([input, input], io), UsageError);
    await assert.rejects(command.run([input, join(dir, "power.xlsx")], io), UsageError);
    await assert.rejects(command.run([input, join(dir, "none", "power.arrow")], io), InputError);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

Deno.test("columns of other programs' Parquet and Arrow files are read by a mapping, or refused", async () => {
  const seconds = [0, 1, 2];
  const at = seconds.map((second) => new Date(1_714_564_800_000 + second * 1000));
  const parquet = new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "when", data: at, type: "TIMESTAMP" },
      { name: "gpu", data: ["a", "a", "a"], type: "STRING" },
      { name: "mw", data: [1000, 2000, null], type: "DOUBLE" },
    ],
  }));
  const arrow = tableToIPC(
    tableFromColumns({
      when: columnFromArray(Float64Array.from(seconds, (s) => 1_714_564_800 + s), float64()),
      gpu: columnFromArray(["a", "a", "a"], utf8()),
      mw: columnFromArray([1000, 2000, null], float64()),
    }),
    { format: "file" },
  )!;
  // Polars' default: counts of nanoseconds as 64-bit integers, compressed.
  const packed = tableToIPC(
    tableFromColumns({
      when: columnFromArray(
        BigInt64Array.from(seconds, (s) => 1_714_564_800_000_000_000n + BigInt(s) * 1_000_000_000n),
        int64(),
      ),
      gpu: columnFromArray(["a", "a", "a"], utf8()),
      mw: columnFromArray([1000, 2000, null], float64()),
    }),
    { format: "file", codec: CompressionType.ZSTD },
  )!;
  const files = [
    ["parquet", parquet, "s"],
    ["arrow", arrow, "s"],
    ["arrow", packed, "ns"],
  ] as const;
  for (const [format, bytes, timeFormat] of files) {
    await assert.rejects(readInput(sourceOf(bytes)), /nothing says what its columns mean/);
    const { series } = await readInput(sourceOf(bytes), {
      format,
      columns: {
        time: "when",
        timeFormat,
        value: "mw",
        unit: "mW",
        device: "gpu",
        kind: "gpu",
      },
    });
    assert.deepEqual([...series[0]!.timeS], [1_714_564_800, 1_714_564_801]);
    assert.deepEqual([...valuesOf(series[0]!)], [1, 2]);
    assert.deepEqual([series[0]!.device.id, series[0]!.clock], ["a", "epoch"]);
    assert.deepEqual(series[0]!.dropped.map(({ reason, count }) => [reason, count]), [[
      "not-a-number",
      1,
    ]]);
  }
});

Deno.test("damaged Parquet, Arrow and JSON Lines files are refused, never a crash", async () => {
  const whole = await readInput(sourceOf(trace));
  const files = [
    writeParquet(whole),
    writeArrow(whole),
    new TextEncoder().encode([...jsonLines(whole)].join("")),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(255),
      async (which, share, byte) => {
        const damaged = files[which]!.slice();
        damaged[Math.floor(share * (damaged.length - 1))] = byte;
        const cut = byte % 2 === 0
          ? damaged
          : damaged.subarray(0, Math.ceil(share * damaged.length));
        try {
          await readInput(sourceOf(cut));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      },
    ),
    { numRuns: Number(Deno.env.get("JOULEBOOK_FUZZ_RUNS") ?? "60") },
  );
});

Deno.test("a Parquet file of series only is read by row groups, and is the same", async () => {
  await fc.assert(
    fc.asyncProperty(resultArb, async (result) => {
      const only = { ...result, requests: [], windows: [], results: [] };
      const samples = only.series.reduce((sum, { timeS }) => sum + timeS.length, 0);
      const ids = new Set(only.series.map(({ device }) => device.id));
      fc.pre(samples > 0 && ids.size === only.series.length);
      await inFolder(async (dir) => {
        const bytes = writeParquet(only);
        const path = join(dir, "series.parquet");
        Deno.writeFileSync(path, bytes);
        const fromFile = await readInput(path);
        const fromMemory = await readInput(sourceOf(bytes, path));
        assert.deepEqual(plain(fromFile), plain(fromMemory));
      });
    }),
    { numRuns: 15 },
  );
});

Deno.test("a counter that started over is a gap however it is written and read", async () => {
  const restarted = "timestamp,gpu_0_energy\n" +
    "0,5000\n1,5100\n2,5200\n3,10\n4,110\n5,210\n";
  const counter = await readInput(sourceOf(restarted), {
    columns: {
      time: "timestamp",
      timeFormat: "s",
      value: "gpu_0_energy",
      unit: "J",
      energy: "counter",
      clock: "elapsed",
    },
  });
  const files = [
    writeParquet(counter),
    writeArrow(counter),
    new TextEncoder().encode([...jsonLines(counter)].join("")),
  ];
  for (const file of files) {
    const { series: [series] } = await readInput(sourceOf(file));
    assert.ok(series?.quantity === "counter");
    assert.deepEqual([...series.resetS!], [3]);
    const integrator = createIntegrator(series);
    assert.deepEqual([integrator.totalJ, integrator.gapS], [400, 1]);
    assert.equal(integrator.estimate(2, 3).reason, "gap-too-long");
    const [device] = (await inspectInput(sourceOf(file))).devices;
    assert.equal(device!.meanW, 100);
  }
});

mirrorTest(
  "a published trace and a request log go through Parquet and Arrow unchanged",
  async (dir) => {
    for (
      const path of [
        "phase_gold/grantwilkins/palmetto_v100_llama2-7b/nvidia-smi.csv",
        "phase_gold/grantwilkins/palmetto_v100_llama2-7b/phases.csv",
        "codecarbon/llm_bench_emissions.csv",
        "rapl_wattsup/hpl_mkl/hpl_mkl.perf",
      ]
    ) {
      const file = join(dir, "traces", path);
      assert.ok(readFileSync(file).length > 0);
      const result = await readInput(file);
      assert.deepEqual(await readParquet(writeParquet(result)), result);
      assert.deepEqual(readArrow(writeArrow(result)), result);
    }
  },
);
