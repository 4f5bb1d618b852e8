// deno-lint-ignore-file no-console
/**
 * The readers against DuckDB, Polars, d3-dsv and Arquero in one run, on the same generated files: an
 * nvidia-smi log of 100 MB and Prometheus text of 100 MB, four GPUs each. Every program reads the
 * file from disk and gives readings, mean power and energy by the trapezoid of each GPU, as a process
 * of its own; runs alternate, and the run of the least processor time counts, with its peak memory.
 * DuckDB and Polars run on one thread as the readers do. Then a log of 1 GB through the command line,
 * and the speed of each fast reader in this process.
 *
 * DuckDB and Polars are Python packages: `python3 -m venv DIR && DIR/bin/pip install duckdb polars`,
 * then set JOULEBOOK_BENCH_PYTHON=DIR/bin/python. Without them their rows are missing, and said so.
 * d3-dsv comes from npm into Deno's cache, without touching the lock file.
 */

import process from "node:process";
import { inspectInput } from "../../lib/formats/read.ts";
import { sourceOf } from "../../lib/formats/source.ts";
import { generate, generatedLogs } from "./generated_logs.ts";

const runs = 5;
const lib = (path: string): string => new URL(`../../lib/formats/${path}`, import.meta.url).href;
const python = Deno.env.get("JOULEBOOK_BENCH_PYTHON");
const dir = await Deno.makeTempDir({ prefix: "joulebook-bench-" });

/** A program that prints one JSON line: rows of [samples, meanW, energyJ] by GPU. */
interface Peer {
  readonly name: string;
  readonly language: "deno" | "deno-npm" | "python";
  readonly source: string;
}

const trapezoid = `
const byGpu = new Map();
export function take(gpu, t, w) {
  let s = byGpu.get(gpu);
  if (s === undefined) byGpu.set(gpu, s = { n: 0, sum: 0, j: 0, t: 0, w: 0 });
  if (s.n > 0) s.j += (t - s.t) * (w + s.w) / 2;
  s.n++; s.sum += w; s.t = t; s.w = w;
}
export function done() {
  return [...byGpu].sort(([a], [b]) => Number(a) - Number(b)).map(([, s]) => [s.n, s.sum / s.n, s.j]);
}`;

const joulebook = (path: string): Peer => ({
  name: "Joulebook",
  language: "deno",
  source: `
import { readInput } from "${lib("read.ts")}";
const { series } = await readInput(${JSON.stringify(path)});
console.log(JSON.stringify(series.map(({ timeS, powerW }) => {
  let sum = powerW[0], j = 0;
  for (let i = 1; i < timeS.length; i++) {
    sum += powerW[i];
    j += (timeS[i] - timeS[i - 1]) * (powerW[i] + powerW[i - 1]) / 2;
  }
  return [timeS.length, sum / timeS.length, j];
})));`,
});

/** The same without keeping the readings. */
const streaming = (path: string): Peer => ({
  name: "Joulebook, inspect",
  language: "deno",
  source: `
import { inspectInput } from "${lib("read.ts")}";
const { devices } = await inspectInput(${JSON.stringify(path)});
console.log(JSON.stringify(devices.map((d) => [d.samples, d.meanW, d.energyJ])));`,
});

const energySql = `
select count(*), avg(w), sum((t - t0) * (w + w0) / 2) from (
  select gpu, t, w, lag(t) over (partition by gpu order by t) t0,
    lag(w) over (partition by gpu order by t) w0 from log)
group by gpu order by gpu`;

const polarsTail = `
out = (log.with_columns(t0=pl.col("t").shift(1).over("gpu"), w0=pl.col("w").shift(1).over("gpu"))
  .group_by("gpu").agg(pl.len(), pl.col("w").mean().alias("mean"),
    ((pl.col("t") - pl.col("t0")) * (pl.col("w") + pl.col("w0")) / 2).sum().alias("j"))
  .sort("gpu").collect())
print(json.dumps([list(r[1:]) for r in out.iter_rows()]))`;

function queryPeers(path: string): Peer[] {
  const file = JSON.stringify(path);
  return [
    joulebook(path),
    streaming(path),
    {
      name: "DuckDB",
      language: "python",
      source: `
import duckdb, json
c = duckdb.connect(config={"threads": 1})
c.execute("""create table log as select trim("index")::int gpu,
  epoch_us(strptime(trim("timestamp"), '%Y/%m/%d %H:%M:%S.%g')) / 1e6 t,
  replace(trim(p), ' W', '')::double w
  from read_csv(${file.replaceAll('"', "'")}, all_varchar=true, header=false, skip=1,
    names=['timestamp', 'index', 'p', 'u', 'm', 'c'])""")
print(json.dumps([list(r) for r in c.execute("""${energySql}""").fetchall()]))`,
    },
    {
      name: "Polars",
      language: "python",
      source: `
import json, polars as pl
log = (pl.scan_csv(${file}, has_header=False, skip_rows=1, infer_schema=False,
    new_columns=["timestamp", "index", "p", "u", "m", "c"])
  .select(gpu=pl.col("index").str.strip_chars().cast(pl.Int32),
    t=pl.col("timestamp").str.to_datetime("%Y/%m/%d %H:%M:%S%.3f", time_unit="us").dt.epoch("us") / 1e6,
    w=pl.col("p").str.strip_chars().str.strip_suffix(" W").cast(pl.Float64)))
${polarsTail}`,
    },
    {
      name: "d3-dsv",
      language: "deno-npm",
      source: `
import { dsvFormat } from "npm:d3-dsv@3.0.1";
import { take, done } from "./trapezoid.mjs";
const text = Deno.readTextFileSync(${file});
dsvFormat(",").parseRows(text, (row, i) => {
  if (i === 0) return null;
  take(row[1].trim(), Date.parse(row[0].replaceAll("/", "-").replace(" ", "T") + "Z") / 1000,
    Number.parseFloat(row[2]));
  return null;
});
console.log(JSON.stringify(done()));`,
    },
    {
      name: "Arquero",
      language: "deno",
      source: `
import { fromCSV } from "arquero";
import { take, done } from "./trapezoid.mjs";
const table = fromCSV(Deno.readTextFileSync(${file}), { autoType: false });
const [at, index, power] = table.columnNames().slice(0, 3).map((name) => table.getter(name));
for (let row = 0; row < table.numRows(); row++) {
  take(index(row).trim(), Date.parse(at(row).replaceAll("/", "-").replace(" ", "T") + "Z") / 1000,
    Number.parseFloat(power(row)));
}
console.log(JSON.stringify(done()));`,
    },
  ];
}

function prometheusPeers(path: string): Peer[] {
  const file = JSON.stringify(path);
  return [
    joulebook(path),
    streaming(path),
    {
      name: "DuckDB",
      language: "python",
      source: `
import duckdb, json
c = duckdb.connect(config={"threads": 1})
c.execute("""create table log as with l as (
  select row_number() over () n, line from read_csv(${
        file.replaceAll('"', "'")
      }, columns={'line': 'varchar'},
    header=false, delim='\\x01', quote='', escape='', auto_detect=false)
  where line like 'DCGM_FI_DEV_POWER_USAGE{%' or regexp_matches(line, '^# [0-9]+$'))
  select regexp_extract(line, 'gpu="([0-9]+)"', 1)::int gpu, t, regexp_extract(line, ' ([0-9.]+)$', 1)::double w
  from (select line, last_value(case when line[1] = '#' then line[3:]::double end ignore nulls)
    over (order by n) t from l) where line[1] != '#'""")
print(json.dumps([list(r) for r in c.execute("""${energySql}""").fetchall()]))`,
    },
    {
      name: "Polars",
      language: "python",
      source: `
import json, polars as pl
log = (pl.scan_csv(${file}, has_header=False, separator="\\x01", quote_char=None, infer_schema=False,
    new_columns=["line"])
  .filter(pl.col("line").str.starts_with("DCGM_FI_DEV_POWER_USAGE{") | pl.col("line").str.contains(r"^# [0-9]+$"))
  .with_columns(t=pl.when(pl.col("line").str.starts_with("#"))
    .then(pl.col("line").str.slice(2)).cast(pl.Float64, strict=False).forward_fill())
  .filter(~pl.col("line").str.starts_with("#"))
  .select("t", gpu=pl.col("line").str.extract('gpu="([0-9]+)"').cast(pl.Int32),
    w=pl.col("line").str.extract(" ([0-9.]+)$").cast(pl.Float64)))
${polarsTail}`,
    },
    {
      name: "split and regular expression",
      language: "deno-npm",
      source: `
import { take, done } from "./trapezoid.mjs";
let t = NaN;
for (const line of Deno.readTextFileSync(${file}).split("\\n")) {
  if (line.startsWith("# ")) { if (/^# \\d+$/.test(line)) t = Number(line.slice(2)); continue; }
  const m = /^DCGM_FI_DEV_POWER_USAGE\\{gpu="(\\d+)".*\\} ([\\d.]+)$/.exec(line);
  if (m !== null) take(m[1], t, Number(m[2]));
}
console.log(JSON.stringify(done()));`,
    },
  ];
}

interface Figures {
  /** Wall time of the whole process. */
  wallS: number;
  /** Processor time of all its threads: what a busy machine changes least. */
  cpuS: number;
  peakMb: number;
  answer: number[][];
}

// The peak of this memory map alone: the one of getrusage begins with that of the parent.
const peakOfDeno = `
console.log("peak-kb " + /VmHWM:[^0-9]*([0-9]+)/.exec(Deno.readTextFileSync("/proc/self/status"))[1]);
const stat = Deno.readTextFileSync("/proc/self/stat").split(") ")[1].split(" ");
console.log("cpu-s " + (Number(stat[11]) + Number(stat[12])) / 100);`;
const peakOfPython = `
import re
print("peak-kb", re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
stat = open("/proc/self/stat").read().split(") ")[1].split(" ")
print("cpu-s", (int(stat[11]) + int(stat[12])) / 100)`;

async function run(peer: Peer, index: number): Promise<Figures> {
  const isPython = peer.language === "python";
  const file = `${dir}/peer-${index}.${isPython ? "py" : "mjs"}`;
  await Deno.writeTextFile(file, peer.source + (isPython ? peakOfPython : peakOfDeno));
  const args = peer.language === "deno"
    ? ["run", "-A", "--no-check", "--config", new URL("../../deno.json", import.meta.url).pathname]
    // A script outside the project, so that nothing is added to its lock file.
    : ["run", "-A", "--no-check", "--no-config", "--no-lock"];
  const start = performance.now();
  const result = await new Deno.Command(isPython ? python! : process.execPath, {
    args: isPython ? [file] : [...args, file],
    cwd: dir,
    env: { POLARS_MAX_THREADS: "1" },
  }).output();
  const wallS = (performance.now() - start) / 1000;
  const output = new TextDecoder().decode(result.stdout);
  if (!result.success) throw new Error(`${peer.name}: ${new TextDecoder().decode(result.stderr)}`);
  return {
    wallS,
    cpuS: Number(/cpu-s ([0-9.]+)/.exec(output)![1]),
    peakMb: Number(/peak-kb (\d+)/.exec(output)![1]) / 1024,
    answer: JSON.parse(output.split("\n")[0]!) as number[][],
  };
}

async function compare(
  title: string,
  id: string,
  peersOf: (path: string) => Peer[],
): Promise<void> {
  const path = `${dir}/log.${generatedLogs[id]!.end}`;
  await writeLog(path, id, 100e6);
  const megabytes = (await Deno.stat(path)).size / 1e6;
  const best = new Map<string, Figures>();
  const absent: string[] = [];
  const peers = peersOf(path).filter((peer) => {
    const missing = peer.language === "python" && python === undefined;
    if (missing) absent.push(peer.name);
    return !missing;
  });
  for (let round = 0; round < runs; round++) {
    for (const [index, peer] of peers.entries()) {
      const figures = await run(peer, index);
      const before = best.get(peer.name);
      if (before === undefined || figures.cpuS < before.cpuS) best.set(peer.name, figures);
    }
  }
  const own = best.get("Joulebook")!;
  console.log(`\n${title}, ${megabytes.toFixed(0)} MB, whole processes, best of ${runs}`);
  for (const [name, { wallS, cpuS, peakMb, answer }] of best) {
    const off = Math.max(
      ...answer.map((row, gpu) =>
        Math.max(...row.map((value, i) => Math.abs(value / own.answer[gpu]![i]! - 1)))
      ),
    );
    console.log(
      `${name.padEnd(30)}${wallS.toFixed(2).padStart(7)} s wall ${
        cpuS.toFixed(2).padStart(6)
      } s CPU ${(cpuS / own.cpuS).toFixed(2).padStart(6)} x CPU ${
        peakMb.toFixed(0).padStart(5)
      } MB ${(peakMb / own.peakMb).toFixed(2).padStart(5)} x memory  answers agree to ${
        off.toExponential(0)
      }`,
    );
  }
  if (absent.length > 0) console.log(`absent: ${absent.join(", ")} (see the head of this file)`);
}

/** The command line on a file larger than its memory may be. */
async function inspectLarge(bytes: number): Promise<void> {
  const path = `${dir}/large.csv`;
  await writeLog(path, "nvidia-smi-query", bytes);
  const start = performance.now();
  const child = new Deno.Command(process.execPath, {
    args: [
      "run",
      "-A",
      "--no-check",
      new URL("../../scripts/joulebook.ts", import.meta.url).pathname,
      "inspect",
      "--json",
      path,
    ],
    stdout: "piped",
  }).spawn();
  let peakKb = 0;
  const watch = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 20);
  const { stdout } = await child.output();
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1000;
  const { files } = JSON.parse(new TextDecoder().decode(stdout)) as {
    files: { samples: number }[];
  };
  console.log(
    `\njoulebook inspect, ${(bytes / 1e9).toFixed(1)} GB nvidia-smi log: ${files[0]!.samples} ` +
      `readings, ${seconds.toFixed(2)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s, peak ` +
      `${(peakKb / 1024).toFixed(0)} MB`,
  );
  await Deno.remove(path);
}

async function writeLog(path: string, id: string, bytes: number): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  for (const text of generate(id, bytes)) await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

await Deno.writeTextFile(`${dir}/trapezoid.mjs`, trapezoid);
try {
  await compare("nvidia-smi log", "nvidia-smi-query", queryPeers);
  await compare("Prometheus text", "prometheus", prometheusPeers);
  await inspectLarge(1e9);
  console.log("\nreaders in this process, 40 MB in memory, best of 5");
  for (const id of Object.keys(generatedLogs)) {
    const bytes = new TextEncoder().encode([...generate(id, 40e6)].join(""));
    let best = Infinity;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      await inspectInput(sourceOf(bytes));
      best = Math.min(best, performance.now() - start);
    }
    console.log(`${id.padEnd(30)}${(bytes.length / 1e3 / best).toFixed(0).padStart(5)} MB/s`);
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
