// deno-lint-ignore-file no-console
/**
 * What the driver costs: 64 streams and 2000 tokens a second against the test server in a process of
 * its own, which stamps every token. How late the driver's stamps are, and its share of a core. A third
 * process, which only sleeps, shows how late this machine lets anything be.
 *
 *     deno run -A tests/bench/measurement_bench.ts [SECONDS]
 */

import process from "node:process";
import { nowS } from "../../lib/measurement/clock.ts";
import { EventStream } from "../../lib/measurement/sse.ts";
import { tryRequest } from "../../lib/measurement/try_request.ts";

const streams = 64;
const tokensPerS = 2000;
const seconds = Number(Deno.args[0] ?? 10);
const tokens = Math.round(tokensPerS / streams * seconds);

const server = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    new URL("../measurement/server.ts", import.meta.url).pathname,
    "200",
    String(1000 * streams / tokensPerS),
  ],
  stdout: "piped",
}).spawn();
const lines = server.stdout.getReader();
const url = new TextDecoder().decode((await lines.read()).value).trim();

/** Sleeps 1 ms at a time and prints by how much it overslept: 50th and 99th percentile and most. */
const control = new Deno.Command(Deno.execPath(), {
  args: [
    "eval",
    `const cell = new Int32Array(new SharedArrayBuffer(4)), late = [];
    const end = performance.now() + ${seconds * 1000};
    while (performance.now() < end) {
      const start = performance.now();
      Atomics.wait(cell, 0, 0, 1);
      late.push(performance.now() - start - 1);
    }
    late.sort((a, b) => a - b);
    const at = (p) => late[Math.floor(p * (late.length - 1))].toFixed(3);
    console.log("p50 " + at(0.5) + " ms, p99 " + at(0.99) + " ms, most " + at(1) + " ms");`,
  ],
  stdout: "piped",
}).spawn();

/** Stamps of the server by request and token; the probe reads them from a copy of the stream. */
const lateS: number[] = [];
const push = EventStream.prototype.push;
EventStream.prototype.push = function (piece, onData): void {
  const arrivalS = nowS();
  push.call(this, piece, (data) => {
    const stamp = /"stamp":([\d.]+)/.exec(data);
    if (stamp !== null) lateS.push(arrivalS - Number(stamp[1]));
    onData(data);
  });
};

const before = process.cpuUsage();
const startS = nowS();
const results = await Promise.all(Array.from({ length: streams }, (_, i) =>
  // Spread over one step, as arrivals are; all at once would be a burst that no server makes.
  new Promise((resolve) => setTimeout(resolve, i * 1000 / tokensPerS)).then(() =>
    tryRequest({
      url,
      api: "completions",
      timeoutS: 600,
      stallS: 60,
      retries: 0,
      backoffS: 1,
      maxBackoffS: 1,
      body: {},
    }, {
      body: JSON.stringify({ prompt: "a", max_tokens: tokens, stream: true }),
      apiKey: null,
      signal: new AbortController().signal,
      onSubmit: () => {},
      onChunk: () => {},
    })
  )));
const wallS = nowS() - startS;
const { user, system } = process.cpuUsage(before);
server.kill("SIGKILL");
await lines.cancel();
await server.status;

const failed = results.filter(({ failure }) => failure !== null).length;
const sorted = Float64Array.from(lateS).sort();
const at = (share: number): string =>
  (1000 * sorted[Math.floor(share * (sorted.length - 1))]!).toFixed(3);
console.log(
  `${streams} streams, ${lateS.length} tokens in ${wallS.toFixed(2)} s, ${failed} failed`,
);
console.log(`${(lateS.length / wallS).toFixed(0)} tokens/s`);
console.log(`behind the server's stamps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
const slept = new TextDecoder().decode((await control.output()).stdout).trim();
console.log(`a process that only sleeps was late by: ${slept}`);
console.log(`share of one core: ${(100 * (user + system) / 1e6 / wallS).toFixed(1)} %`);
