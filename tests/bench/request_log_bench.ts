// deno-lint-ignore-file no-console
/**
 * How fast logs of a million requests are read, and in how much memory: vLLM's parallel arrays with
 * inter-token latencies, AIPerf's line a request, and an Azure trace. The peer is JSON.parse, of the
 * whole text or line by line, which makes objects of everything and keeps only what a log keeps.
 */

import { createRandom } from "../../lib/random.ts";
import { measureModule, type ProcessFigures } from "./whole_process.ts";

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
const show = (what: string, bytes: number, figures: ProcessFigures): void => {
  // Other programs on the machine stretch the wall time, not the processor's.
  const cpuS = Number(/cpu-s ([\d.]+)/.exec(figures.output)![1]);
  console.log(
    `${what.padEnd(22)} ${(bytes / 1e6).toFixed(0).padStart(4)} MB  ` +
      `${figures.wallS.toFixed(2)} s, ${(bytes / 1e6 / figures.wallS).toFixed(0)} MB/s  ` +
      `processor ${cpuS.toFixed(2)} s, ${(bytes / 1e6 / cpuS).toFixed(0)} MB/s  ` +
      `peak ${(Number(/hwm-kb (\d+)/.exec(figures.output)![1]) / 1024).toFixed(0)} MB`,
  );
};
const cpu = `import { resourceUsage } from "node:process";
import { readFileSync as statusOf } from "node:fs";
console.log("cpu-s " + (resourceUsage().userCPUTime + resourceUsage().systemCPUTime) / 1e6);
// The peak that getrusage tells begins with that of the program which started this one.
console.log("hwm-kb " + /VmHWM:\\s*(\\d+)/.exec(statusOf("/proc/self/status", "utf8"))[1]);`;
try {
  for (const [name, produce] of Object.entries({ vllm, aiperf, azure })) {
    const bytes = await writeFile(path, produce);
    for (const how of ["inspectInput", "readInput"] as const) {
      const figures = await measureModule(
        `import { ${how} } from "${formats}";
const result = await ${how}(${JSON.stringify(path)});
if ((result.requests[0]?.submitS.length ?? result.requests) !== ${requests}) throw new Error("lost");
${cpu}`,
      );
      show(`${name}: ${how}`, bytes, figures);
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
  }
} finally {
  await Deno.remove(path);
}
