// deno-lint-ignore-file no-console
/**
 * How fast logs of a million requests are read, and in how much memory: vLLM's parallel arrays with
 * inter-token latencies, AIPerf's line a request, and an Azure trace. The peers are JSON.parse, of the
 * whole text or line by line, which makes objects of everything and keeps only what a log keeps; and
 * DuckDB and Polars on one thread, which keep as columns what of a log they are asked for: start, first
 * token, tokens. All give the number of requests and the sums of three columns, which must agree.
 *
 * DuckDB and Polars are Python packages: `python3 -m venv DIR && DIR/bin/pip install duckdb polars`,
 * then set JOULEBOOK_BENCH_PYTHON=DIR/bin/python. Without them their rows are missing, and said so.
 */

import { createRandom } from "../../lib/random.ts";
import { measureModule, measurePython, type ProcessFigures } from "./whole_process.ts";

const requests = 1_000_000;
const intervals = 16;

type Write = (text: string) => Promise<void>;

async function writeFile(path: string, produce: (write: Write) => Promise<void>): Promise<number> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  let written = 0;
  let pending = "";
  const flush = async (): Promise<void> => {
    const part = encoder.encode(pending);
    pending = "";
    written += part.length;
    await writer.write(part);
  };
  await produce(async (text) => {
    pending += text;
    if (pending.length > 1 << 20) await flush();
  });
  await flush();
  await writer.close();
  return written;
}

/** vLLM's detailed results. */
async function vllm(write: Write): Promise<void> {
  const random = createRandom(1);
  const list = async (key: string, value: (i: number) => string): Promise<void> => {
    await write(`"${key}": [`);
    for (let i = 0; i < requests; i++) await write((i === 0 ? "" : ", ") + value(i));
    await write("]");
  };
  await write(`{"date": "20260101-000000", "backend": "vllm", "model_id": "generated", `);
  await write(`"request_throughput": 100.0, "total_token_throughput": 1700.0, `);
  await list("input_lens", () => String(1 + Math.floor(4000 * random.uniform())));
  await write(", ");
  await list("output_lens", () => String(intervals + 1));
  await write(", ");
  await list("ttfts", () => String(0.02 + 0.3 * random.uniform()));
  await write(", ");
  const itls = Array.from(
    { length: 997 },
    () => `[${Array.from({ length: intervals }, () => 0.01 + 0.02 * random.uniform()).join(", ")}]`,
  );
  await list("itls", (i) => itls[i % itls.length]!);
  await write(", ");
  await list("request_timestamps", (i) => String(1.7e9 + i / 100 + random.uniform() / 100));
  await write(", ");
  await list("errors", () => '""');
  await write("}\n");
}

/** AIPerf's records. */
async function aiperf(write: Write): Promise<void> {
  const random = createRandom(2);
  for (let i = 0; i < requests; i++) {
    const start = 1759813207532900363n + BigInt(i) * 10_000_019n;
    const ttft = 20 + 300 * random.uniform();
    const latency = ttft + 16 * 20;
    await write(
      `{"metadata": {"session_num": ${i}, "x_request_id": "${i}-aa53-4ab1-98f4", "turn_index": 0, ` +
        `"request_start_ns": ${start}, "request_ack_ns": ${start + 1_000_003n}, ` +
        `"request_end_ns": ${start + BigInt(Math.floor(latency * 1e6))}, ` +
        `"worker_id": "worker_359d423a", "benchmark_phase": "profiling", "was_cancelled": false}, ` +
        `"metrics": {"input_sequence_length": {"value": 550, "unit": "tokens"}, ` +
        `"time_to_first_token": {"value": ${ttft}, "unit": "ms"}, ` +
        `"request_latency": {"value": ${latency}, "unit": "ms"}, ` +
        `"output_sequence_length": {"value": 17, "unit": "tokens"}}, "error": null}\n`,
    );
  }
}

async function azure(write: Write): Promise<void> {
  const random = createRandom(3);
  const startMs = Date.UTC(2023, 10, 16);
  await write("TIMESTAMP,ContextTokens,GeneratedTokens\n");
  for (let i = 0; i < requests; i++) {
    const stamp = new Date(startMs + i * 7).toISOString();
    await write(
      `${stamp.slice(0, 10)} ${stamp.slice(11, 23)}${String(i % 10_000).padStart(4, "0")},` +
        `${Math.floor(4000 * random.uniform())},${Math.floor(400 * random.uniform())}\n`,
    );
  }
}

const formats = new URL("../../lib/formats/mod.ts", import.meta.url).href;
const path = await Deno.makeTempFile();
const python = Deno.env.get("JOULEBOOK_BENCH_PYTHON");

/** Programs that print `[requests, sum of TTFT in seconds, input tokens, output tokens]`. */
function pythonPeers(file: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const duckdb = (query: string): string => `
import duckdb
c = duckdb.connect(config={"threads": 1})
c.execute("""create table log as ${query}""")
print("answer", list(c.execute("select count(*), sum(ttft), sum(i), sum(o) from log").fetchone()))`;
  const polars = (query: string): string => `
import polars as pl
${query}
print("answer", list(log.select(pl.len(), pl.col("ttft").sum(), pl.col("i").sum(), pl.col("o").sum()).row(0)))`;
  return {
    vllm: {
      DuckDB: duckdb(
        `select unnest(ttfts) ttft, unnest(input_lens) i, unnest(output_lens) o, unnest(request_timestamps) t
          from read_json('${file}', maximum_object_size = 2000000000, columns = {ttfts: 'double[]',
            input_lens: 'bigint[]', output_lens: 'bigint[]', request_timestamps: 'double[]'})`,
      ),
      Polars: polars(
        `log = (pl.read_json("${file}", schema={"ttfts": pl.List(pl.Float64), "input_lens": pl.List(pl.Int64),
    "output_lens": pl.List(pl.Int64), "request_timestamps": pl.List(pl.Float64)})
  .explode(pl.all()).rename({"ttfts": "ttft", "input_lens": "i", "output_lens": "o"}))`,
      ),
    },
    aiperf: {
      DuckDB: duckdb(
        `select metrics.time_to_first_token.value / 1e3 ttft, metrics.input_sequence_length.value i,
          metrics.output_sequence_length.value o, metadata.request_start_ns t
          from read_json('${file}', format = 'newline_delimited', columns = {
            metadata: 'struct(request_start_ns bigint)', metrics: 'struct(
              time_to_first_token struct(value double), input_sequence_length struct(value bigint),
              output_sequence_length struct(value bigint))'})`,
      ),
      Polars: polars(
        `value = lambda t: pl.Struct({"value": t})
log = (pl.read_ndjson("${file}", schema={"metadata": pl.Struct({"request_start_ns": pl.Int64}),
    "metrics": pl.Struct({"time_to_first_token": value(pl.Float64),
      "input_sequence_length": value(pl.Int64), "output_sequence_length": value(pl.Int64)})})
  .select(t=pl.col("metadata").struct.field("request_start_ns"),
    ttft=pl.col("metrics").struct.field("time_to_first_token").struct.field("value") / 1e3,
    i=pl.col("metrics").struct.field("input_sequence_length").struct.field("value"),
    o=pl.col("metrics").struct.field("output_sequence_length").struct.field("value")))`,
      ),
    },
  };
}

/** The same of our own, once the log is read. */
const ownAnswer = `const log = result.requests[0];
if (log?.submitS !== undefined) {
  const sum = (of) => log.submitS.reduce((total, _, i) => total + of(i), 0);
  console.log("answer " + JSON.stringify([log.submitS.length, sum((i) => log.firstTokenS[i] - log.submitS[i]),
    sum((i) => log.inputTokens[i]), sum((i) => log.outputTokens[i])]));
}`;

function answerOf(figures: ProcessFigures): number[] {
  return JSON.parse(/answer (.*)/.exec(figures.output)![1]!) as number[];
}

const show = (what: string, bytes: number, figures: ProcessFigures): void => {
  // Other programs on the machine stretch the wall time, not the processor's.
  const cpuS = Number(/cpu-s ([\d.]+)/.exec(figures.output)![1]);
  console.log(
    `${what.padEnd(22)} ${(bytes / 1e6).toFixed(0).padStart(4)} MB  ` +
      `${figures.wallS.toFixed(2)} s, ${(bytes / 1e6 / figures.wallS).toFixed(0)} MB/s  ` +
      `processor ${cpuS.toFixed(2)} s, ${(bytes / 1e6 / cpuS).toFixed(0)} MB/s  ` +
      `peak ${figures.peakMb.toFixed(0)} MB`,
  );
};
const cpu = `import { resourceUsage } from "node:process";
console.log("cpu-s " + (resourceUsage().userCPUTime + resourceUsage().systemCPUTime) / 1e6);`;
try {
  for (const [name, produce] of Object.entries({ vllm, aiperf, azure })) {
    const bytes = await writeFile(path, produce);
    let own: number[] = [];
    for (const how of ["inspectInput", "readInput"] as const) {
      const figures = await measureModule(
        `import { ${how} } from "${formats}";
const result = await ${how}(${JSON.stringify(path)});
if ((result.requests[0]?.submitS.length ?? result.requests) !== ${requests}) throw new Error("lost");
${how === "readInput" && name !== "azure" ? ownAnswer : ""}
${cpu}`,
      );
      show(`${name}: ${how}`, bytes, figures);
      if (how === "readInput" && name !== "azure") own = answerOf(figures);
    }
    if (name === "azure") continue;
    const peer = name === "vllm"
      ? `import { readFileSync } from "node:fs";
const { ttfts, input_lens, output_lens, request_timestamps } =
  JSON.parse(readFileSync(${JSON.stringify(path)}, "utf8"));
const columns = [ttfts, input_lens, output_lens, request_timestamps].map((c) => Float64Array.from(c));`
      : `import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
const columns = [[], [], [], []];
for await (const line of createInterface({ input: createReadStream(${JSON.stringify(path)}) })) {
  const { metadata, metrics } = JSON.parse(line);
  columns[0].push(metadata.request_start_ns / 1e9);
  columns[1].push(metrics.time_to_first_token.value);
  columns[2].push(metrics.input_sequence_length.value);
  columns[3].push(metrics.output_sequence_length.value);
}`;
    show(
      `${name}: JSON.parse`,
      bytes,
      await measureModule(`${peer}
if (columns[0].length !== ${requests}) throw new Error("lost");
${cpu}`),
    );
    for (const [peerName, program] of Object.entries(pythonPeers(path)[name]!)) {
      if (python === undefined) {
        console.log(`${name}: ${peerName}: absent (see the head of this file)`);
        continue;
      }
      const figures = await measurePython(python, program);
      show(`${name}: ${peerName}`, bytes, figures);
      answerOf(figures).forEach((value, i) => {
        if (!(Math.abs(value / own[i]! - 1) < 1e-6)) {
          throw new Error(`${peerName}: ${value}, not ${own[i]}`);
        }
      });
    }
  }
} finally {
  await Deno.remove(path);
}
