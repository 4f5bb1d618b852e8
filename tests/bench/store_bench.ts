// deno-lint-ignore-file no-console
/**
 * Stores of partitioned Parquet: how fast text is converted and in how much memory, and how fast a store
 * is read against DuckDB and Polars on the same files, on one thread each. Every program is a process
 * of its own; the figures are medians of three runs. Then the time to open a store of 300,000 files.
 *
 * DuckDB and Polars are Python packages: `python3 -m venv DIR && DIR/bin/pip install duckdb polars`,
 * then set JOULEBOOK_BENCH_PYTHON=DIR/bin/python. Without them their rows are missing, and said so.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore, StoreWriter } from "../../lib/formats/store/mod.ts";
import { fleetOf, gpusPerServer, powerOf, samplesPerDay, serverName } from "./generated_fleet.ts";
import { generate } from "./generated_logs.ts";
import { measureModule, measurePython, type ProcessFigures } from "./whole_process.ts";

const python = Deno.env.get("JOULEBOOK_BENCH_PYTHON");
const lib = (path: string): string => new URL(`../../lib/formats/${path}`, import.meta.url).href;
const cpuLine = `import { resourceUsage } from "node:process";
console.log("cpu-s " + (resourceUsage().userCPUTime + resourceUsage().systemCPUTime) / 1e6);`;

function cpuOf({ output }: ProcessFigures): number {
  return Number(/cpu-s ([\d.]+)/.exec(output)![1]);
}

const dir = await Deno.makeTempDir({ prefix: "joulebook-store-" });
try {
  await convertText(join(dir, "log.csv"), 100e6);
  await convertText(join(dir, "log.csv"), 400e6);
  await read(join(dir, "store"));
  openMany(join(dir, "many"));
} finally {
  await Deno.remove(dir, { recursive: true });
}

/** An nvidia-smi log of four GPUs into a store. */
async function convertText(path: string, bytes: number): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  for (const text of generate("nvidia-smi-query", bytes)) {
    await writer.write(new TextEncoder().encode(text));
  }
  await writer.close();
  const figures = await measureModule(`
import { convertInputs } from "${lib("store/convert_input.ts")}";
const out = await Deno.makeTempDir({ dir: ${JSON.stringify(dir)} });
let samples = 0, stored = 0;
for await (const { source } of convertInputs([${JSON.stringify(path)}], out)) {
  for (const part of source.parts) {
    samples += part.to;
    for (const file of part.files) stored += file.bytes;
  }
}
console.log("samples " + samples + " stored " + stored);
await Deno.remove(out, { recursive: true });
${cpuLine}`);
  const [, samples, stored] = /samples (\d+) stored (\d+)/.exec(figures.output)!;
  console.log(
    `convert ${(bytes / 1e6).toFixed(0)} MB of nvidia-smi text, ${samples} readings: ` +
      `processor ${cpuOf(figures).toFixed(2)} s (${
        (bytes / 1e6 / cpuOf(figures)).toFixed(0)
      } MB/s), wall ` +
      `${figures.wallS.toFixed(2)} s, peak ${figures.peakMb.toFixed(0)} MB, ` +
      `${(Number(stored) / Number(samples)).toFixed(2)} bytes a reading`,
  );
}

/** Count, mean power and energy of a store, by three programs. */
async function read(store: string): Promise<void> {
  const fleet = fleetOf(1e7, 1e4);
  for (let server = 0; server < fleet.servers; server++) {
    const writer = new StoreWriter(store, {
      id: serverName(server),
      path: "",
      format: "generated",
    });
    const pushes: ReturnType<StoreWriter["beginSeries"]>[] = [];
    for (let day = 0; day < fleet.days; day++) {
      powerOf(fleet, server, day).forEach((series, gpu) => {
        pushes[gpu] ??= writer.beginSeries(series);
        pushes[gpu]!([series.timeS, series.powerW], series.timeS.length);
      });
    }
    writer.commit();
  }
  const samples = fleet.servers * gpusPerServer * fleet.days * samplesPerDay;
  const glob = `${store}/power/**/*.parquet`;
  const sums = measureModule(`
import { openStore, storedBatches } from "${lib("store/mod.ts")}";
const store = openStore(${JSON.stringify(store)});
let n = 0, sum = 0;
for (const series of store.series) {
  for await (const { timeS, powerW } of storedBatches(store, series)) {
    n += timeS.length;
    for (let i = 0; i < powerW.length; i++) sum += powerW[i] + timeS[i] % 1;
  }
}
console.log("answer " + JSON.stringify([n, sum]));
${cpuLine}`);
  const energies = measureModule(`
import { inspectInput } from "${lib("read.ts")}";
const { devices } = await inspectInput(${JSON.stringify(store)});
console.log("answer " + JSON.stringify([devices.length, devices.reduce((sum, d) => sum + d.energyJ, 0)]));
${cpuLine}`);
  const duckdb = (query: string): string => `
import duckdb
c = duckdb.connect(config={"threads": 1})
print("answer", list(c.execute("""${query}""").fetchone()))`;
  const scan = `read_parquet('${glob}', hive_partitioning = true)`;
  const tasks: [string, Promise<ProcessFigures>, Record<string, string>][] = [
    ["all readings added up", sums, {
      DuckDB: duckdb(`select count(*), sum(powerW + timeS % 1) from ${scan}`),
      Polars: `
import polars as pl
log = pl.scan_parquet("${glob}", hive_partitioning=True)
print("answer", list(log.select(pl.len(), (pl.col("powerW") + pl.col("timeS") % 1).sum()).collect().row(0)))`,
    }],
    ["energy by device (trapezoid)", energies, {
      DuckDB: duckdb(`select count(distinct (host, device)), sum((t - t0) * (w + w0) / 2) from (
        select host, device, timeS t, powerW w, lag(timeS) over s t0, lag(powerW) over s w0 from ${scan}
        window s as (partition by host, device order by timeS)) where t - t0 <= 5`),
      Polars: `
import polars as pl
by = ["host", "device"]
log = pl.scan_parquet("${glob}", hive_partitioning=True).sort("timeS").with_columns(
  t0=pl.col("timeS").shift(1).over(by), w0=pl.col("powerW").shift(1).over(by))
out = log.group_by(by).agg(j=((pl.col("timeS") - pl.col("t0")) * (pl.col("powerW") + pl.col("w0")) / 2).sum()).collect()
print("answer", [out.height, out["j"].sum()])`,
    }],
  ];
  console.log(`\n${samples} readings in ${fleet.servers * gpusPerServer * fleet.days} files`);
  for (const [what, own, peers] of tasks) {
    const first = await own;
    const answer = JSON.parse(/answer (.*)/.exec(first.output)![1]!) as number[];
    const show = (name: string, figures: ProcessFigures): void =>
      console.log(
        `${what}: ${name.padEnd(10)} processor ${cpuOf(figures).toFixed(2).padStart(6)} s ` +
          `(${(cpuOf(figures) / cpuOf(first)).toFixed(2)} x), wall ${
            figures.wallS.toFixed(2)
          } s, ` +
          `peak ${figures.peakMb.toFixed(0)} MB`,
      );
    show("Joulebook", first);
    for (const [name, program] of Object.entries(peers)) {
      if (python === undefined) {
        console.log(`${what}: ${name}: absent (see the head of this file)`);
        continue;
      }
      const figures = await measurePython(python, program);
      show(name, figures);
      const other = JSON.parse(/answer (.*)/.exec(figures.output)![1]!) as number[];
      other.forEach((value, i) => {
        if (!(Math.abs(value / answer[i]! - 1) < 1e-6)) {
          throw new Error(`${name}: ${value}, not ${answer[i]}`);
        }
      });
    }
  }
}

/** A month of 10,000 devices as its list of files alone. */
function openMany(store: string): void {
  mkdirSync(join(store, "_sources"), { recursive: true });
  for (let host = 0; host < 1250; host++) {
    const parts = Array.from({ length: 8 }, (_unused, gpu) => ({
      kind: "series",
      from: 0,
      to: 30 * samplesPerDay,
      quantity: "power",
      reading: "instant",
      device: { kind: "gpu", id: `gpu${gpu}`, host: serverName(host) },
      clock: "epoch",
      averagingS: null,
      source: { path: "log.csv", format: "x", column: "power.draw", sourceClock: "epoch" },
      dropped: [],
      files: Array.from({ length: 30 }, (_none, day) => ({
        path: `power/host=${serverName(host)}/device=gpu${gpu}/column=power.draw/day=2026-01-${
          String(day + 1).padStart(2, "0")
        }/${"0123456789abcdef"}-${gpu}.parquet`,
        day: `2026-01-${String(day + 1).padStart(2, "0")}`,
        rows: samplesPerDay,
        startS: day * samplesPerDay,
        endS: (day + 1) * samplesPerDay - 1,
        stepS: 1,
        bytes: 200_000,
        sha256: "0".repeat(64),
      })),
    }));
    const source = {
      version: 1,
      id: serverName(host),
      path: "log.csv",
      format: "x",
      dropped: [],
      notes: [],
      parts,
    };
    writeFileSync(join(store, "_sources", `${serverName(host)}.json`), JSON.stringify(source));
  }
  const start = performance.now();
  const { series } = openStore(store);
  const files = series.reduce((sum, one) => sum + one.files.length, 0);
  console.log(
    `\nopen a store of ${files} files: ${((performance.now() - start) / 1000).toFixed(2)} s wall`,
  );
}
