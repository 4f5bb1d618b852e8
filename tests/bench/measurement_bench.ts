// deno-lint-ignore-file no-console
/**
 * What the driver costs: a whole measurement, run folder and sampler included, of 64 streams and 2000
 * tokens a second against the test server in a process of its own, which stamps every token. How late
 * the run's token times are, and the share of a core that this process took. A third process, which
 * only sleeps, shows how late this machine lets anything be.
 *
 *     deno run -A tests/bench/measurement_bench.ts [SECONDS]
 *
 * On a machine that does other work too, `chrt -f 10 deno run ...` gives all three processes the
 * processor whenever they want it: what is left is the lateness of the driver itself.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nowS } from "../../lib/measurement/clock.ts";
import { parseMeasureConfig } from "../../lib/measurement/config.ts";
import { measure } from "../../lib/measurement/measure.ts";
import { promptSource } from "../../lib/measurement/prompts.ts";
import { readRunFolder } from "../../lib/measurement/read_run_folder.ts";
import { sweepCells } from "../../lib/measurement/sweep.ts";

const streams = 64;
const tokensPerS = 2000;
const seconds = Number(Deno.args[0] ?? 10);
const tokens = Math.round(tokensPerS / streams * seconds);
const folder = mkdtempSync(join(tmpdir(), "joulebook-bench-"));

/** Sleeps 1 ms at a time and prints by how much it overslept: 50th and 99th percentile and most. */
const sleeper = `const cell = new Int32Array(new SharedArrayBuffer(4)), late = [];
  const end = performance.now() + ${seconds * 1000};
  while (performance.now() < end) {
    const start = performance.now();
    Atomics.wait(cell, 0, 0, 1);
    late.push(performance.now() - start - 1);
  }
  late.sort((a, b) => a - b);
  const at = (p) => late[Math.floor(p * (late.length - 1))].toFixed(3);
  console.log("p50 " + at(0.5) + " ms, p99 " + at(0.99) + " ms, most " + at(1) + " ms");`;

/** One measurement; `phases` is over how many moments of a step the streams' tokens are spread. */
async function once(name: string, phases: number): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      new URL("../measurement/server.ts", import.meta.url).pathname,
      "200",
      String(1000 * streams / tokensPerS),
      String(phases),
    ],
    stdout: "piped",
  }).spawn();
  const lines = server.stdout.getReader();
  const url = new TextDecoder().decode((await lines.read()).value).trim();
  const control = new Deno.Command(Deno.execPath(), { args: ["eval", sleeper], stdout: "piped" })
    .spawn();
  const configText = `{name: bench, model: test, endpoint: {url: "${url}"},
    load: {requests: ${streams}}, samplers: [{kind: declared, tdpW: 65, period: 100 ms}],
    sweep: {inputTokens: 16, outputTokens: ${tokens}, concurrency: ${streams}}}`;
  const settings = parseMeasureConfig(configText, "bench.yaml");
  const dir = join(folder, name);
  await measure(settings, {
    configPath: "bench.yaml",
    configText,
    dir,
    env: () => undefined,
    signal: new AbortController().signal,
    resolveDataset: () => Promise.reject(new Error("there are no datasets here")),
    onProgress: () => {},
  });
  const stamps = await (await fetch(`${url}/stamps`)).json() as Record<string, number[]>;
  server.kill("SIGKILL");
  await lines.cancel();
  await server.status;

  const [cell] = (await readRunFolder(dir)).cells;
  const { ids, success, tokenTimes } = cell!.requests!;
  const prompts = await promptSource(settings, "bench.yaml", () => Promise.reject());
  const lateS: number[] = [];
  ids!.forEach((id, row) => {
    const number = Number(id.split("/").at(-1));
    const sentS = stamps[prompts(sweepCells(settings)[0]!.seed, number, 16) as string]!;
    const { offsets, timeS } = tokenTimes!;
    const heardS = timeS.subarray(offsets[row]!, offsets[row + 1]!);
    if (heardS.length !== sentS.length) {
      throw new Error(`${id}: ${heardS.length} of ${sentS.length}`);
    }
    heardS.forEach((time, k) => lateS.push(time - sentS[k]!));
  });
  const sorted = Float64Array.from(lateS).sort();
  const at = (share: number): string =>
    (1000 * sorted[Math.floor(share * (sorted.length - 1))]!).toFixed(3);
  const wallS = cell!.drainedS - cell!.loadS;
  const failed = success.filter((ok) => ok === 0).length;
  console.log(
    `${name}: ${streams} streams, ${lateS.length} tokens in ${wallS.toFixed(2)} s ` +
      `(${(lateS.length / wallS).toFixed(0)} a second), ${failed} failed`,
  );
  console.log(
    `  behind the server's stamps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
  );
  const slept = new TextDecoder().decode((await control.output()).stdout).trim();
  console.log(`  a process that only sleeps was late by: ${slept}`);
  console.log(`  share of one core: ${(100 * cell!.driver!.coreShare).toFixed(1)} %`);
}

const startS = nowS();
await once("spread", streams);
await once("bursts", 1);
console.log(`took ${(nowS() - startS).toFixed(0)} s`);
rmSync(folder, { recursive: true });
